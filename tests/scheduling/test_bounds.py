"""Bounds: what no calendar holds is refused with a sentence, never with a crash."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.appointment_codes import CancellationReason
from domain.clinic_hours import Why
from domain.errors import NotAllowed
from domain.spans import Span
from tests.scheduling.clinic import LONDON, Clinic
from tests.settling import settled
from tests.stations import Sign
from ward.scheduling import cancel, hours
from ward.scheduling.models import Appointment
from ward.scheduling.recurring import AT_ONCE, Solved, book_series

BOOKED = "SELECT count(*) FROM appointment WHERE status = 'booked'"


async def weekly(
    clinic: Clinic, patient: UUID, times: int, solved: dict[int, Solved]
) -> list[Appointment]:
    said = clinic.said(patient, clinic.at(9))
    async with clinic.work() as work:
        return await book_series(work, said, f"FREQ=WEEKLY;COUNT={times}", solved)


def later(clinic: Clinic, numbers: range) -> dict[int, Solved]:
    start, who = clinic.at(9), (clinic.resources["Dr Adeyemi"],)
    wall = start.astimezone(LONDON)
    weeks = {one: wall + timedelta(weeks=one - 1, hours=1) for one in numbers}
    return {one: Solved(at.astimezone(UTC), who) for one, at in weeks.items()}


async def test_what_is_solved_late_in_a_series_is_booked_with_its_beginning(clinic: Clinic) -> None:
    await weekly(clinic, await clinic.scene.patient(), 32, later(clinic, range(25, 33)))
    await settled(clinic.scene.node)
    assert await clinic.scene.scalar(BOOKED) == 32


async def test_more_other_times_than_one_transaction_tells_of_are_refused(clinic: Clinic) -> None:
    patient, many = await clinic.scene.patient(), later(clinic, range(2, AT_ONCE + 3))
    with pytest.raises(NotAllowed, match=f"At most {AT_ONCE} of a series"):
        await weekly(clinic, patient, 30, many)


async def test_a_series_goes_on_though_its_first_was_cancelled_at_once(clinic: Clinic) -> None:
    rows = await weekly(clinic, await clinic.scene.patient(), 30, {})
    async with clinic.work() as work:
        await cancel.cancel(work, rows[0].id, CancellationReason.PATIENT, "", seen=None)
    await settled(clinic.scene.node)
    assert await clinic.scene.scalar(BOOKED) == 29


async def test_who_is_away_for_ever_has_only_calendars_that_exist_drawn(clinic: Clinic) -> None:
    for_ever = Span(datetime(1950, 1, 1, tzinfo=UTC), datetime(9980, 1, 1, tzinfo=UTC))
    async with clinic.work() as work:
        await hours.close(work, clinic.ward, None, for_ever, why=Why.OTHER)
    await settled(clinic.scene.node)
    last = await clinic.scene.scalar(
        "SELECT max(right(topic, 10)) FROM live_topic WHERE topic LIKE 'calendar/%'"
    )
    assert last <= f"{datetime.now(UTC) + hours.FARTHEST:%Y-%m-%d}"


REFUSED = {404, 409, 413, 422}
ODD = [
    {"pick": "0001-01-01T00:00+14:00/X"},
    {"pick": "0001-01-02T00:00+00:00/X"},
    {"pick": "9999-12-31T23:59-14:00/X"},
    {"pick": "2030-01-01/"},
    {"pick": "😀"},
    {"at": "2400-01-03T10:00"},
    {"at": "9990-12-31T23:59"},
    {"at": "2030-01-01T10:00\x00"},
    {"resource": "😀"},
    {"patient_id": "00000000-0000-0000-0000-000000000000"},
    {"visit_type_id": "00000000-0000-0000-0000-000000000000"},
    {"repeat": "week", "times": "0"},
    {"repeat": "week", "times": "201"},
    {"repeat": "week", "times": "-3"},
    {"repeat": "week", "times": "9" * 400},
    {"repeat": "never\x00", "times": "2"},
    {"repeat": "month", "times": "9" * 18},
    {"repeat": "week", "times": "2", "solve-²": "skip", "at": "x"},
    {"repeat": "week", "times": "201", "solve-" + "9" * 5000: "skip"},
    {"reason": "x" * 3000},
    {"overbook": "x" * 30000},
    {"interpreter": "x" * 30000},
]


async def test_odd_input_is_refused_in_words(open_door: Clinic, sign: Sign) -> None:
    desk, patient = await sign("reception"), await open_door.scene.patient("Khan")
    good: dict[str, Any] = {
        "patient_id": patient,
        "visit_type_id": open_door.visits["Follow-up"],
        "at": open_door.at(10).astimezone(LONDON).strftime("%Y-%m-%dT%H:%M"),
        "resource": open_door.resources["Dr Adeyemi"],
    }
    wrong = []
    for odd in ODD:
        named = {
            name: value.replace("X", str(good["resource"])) if name == "pick" else value
            for name, value in odd.items()
        }
        answer = await desk.post(f"/clinics/{open_door.ward}/appointments/new", **(good | named))
        wrong += [(str(odd)[:90], answer.status_code)] * (answer.status_code not in REFUSED)
    assert not wrong


LINES = [
    {"weekday": "7"},
    {"weekday": "9" * 30},
    {"weekday": "-1", "kind": "break"},
    {"weekday": "7", "kind": "break"},
    {"weekday": str(2**31), "kind": "break"},
    {"on_day": "9999-12-31"},
    {"on_day": "0001-01-01"},
    {"opens": "08:00+02:00"},
    {"label": "a\x00b"},
    {"until": "1990-01-01", "since": "2000-01-01", "kind": "break"},
]


async def test_odd_hours_are_refused_in_words(open_door: Clinic, sign: Sign) -> None:
    desk = await sign("reception")
    good: dict[str, Any] = {
        "resource_id": open_door.resources["Room 1"], "kind": "open",
        "opens": "19:00", "closes": "20:00", "weekday": "1",
    }  # fmt: skip
    wrong = []
    for odd in LINES:
        answer = await desk.post(f"/clinics/{open_door.ward}/hours", **(good | odd))
        wrong += [(odd, answer.status_code)] * (answer.status_code not in REFUSED)
    assert not wrong
