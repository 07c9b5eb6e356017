"""Moving one's own appointment: what is offered, kept, and taken by somebody who was faster."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from domain.appointments import HOLD_ONLINE
from domain.errors import NotAllowed
from realtime.topics import Topic
from tests.portal.conftest import Own
from tests.scheduling.clinic import LONDON, SET, open_clinic
from tests.stations import Sign, ids
from ward import clock
from ward.scheduling.clinics import VisitType
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.models import Appointment

HELD = "SELECT count(*) FROM hold WHERE ended_at IS NULL"


def way(row: Appointment, deed: str) -> str:
    return f"/me/appointments/{row.id}/{deed}"


async def offered(own: Own, row: Appointment) -> list[datetime]:
    page = await own.station.get(way(row, "move"))
    assert page.status_code == 200, page.text
    return times_on(page.text)


def times_on(page: str) -> list[datetime]:
    found = re.findall(r'name="pick" value="([^"/]+)/[^"]+"', page)
    return [datetime.fromisoformat(one) for one in found]


async def chosen(own: Own, row: Appointment, at: datetime, who: str = "Dr Adeyemi"):
    seen = await own.version(row)
    pick = f"{at.isoformat()}/{own.clinic.resources[who]}"
    return await own.station.post(way(row, "choice"), htmx=False, version=seen, pick=pick)


def hold_of(page) -> str:
    (found,) = re.findall(r'name="hold_id" value="([^"]+)"', page.text)
    return found


async def test_what_is_offered_is_free_with_the_same_clinician(own: Own) -> None:
    row, other = await own.book(9), await own.clinic.scene.patient("Otherwise")
    taken = own.clinic.at(8, days=1)
    await own.clinic.book(other, taken)
    found = await offered(own, row)
    assert found
    assert taken not in found
    assert row.starts_at not in found
    assert min(found) > datetime.now(UTC)
    page = await own.station.get(way(row, "move"))
    assert "Dr Adeyemi" in page.text
    assert "Dr Müller" not in page.text
    assert 'data-mark="DEMO"' in page.text  # the head of the page is whole
    assert page.text.count("invented patients") == 1
    later = re.search(r'href="([^"]+move\?from=[^"]+)"', page.text)
    assert later is not None
    after = (await own.station.get(later[1])).text
    assert times_on(after)[0] > max(found)


async def test_a_time_is_kept_and_then_taken(own: Own, sign: Sign) -> None:
    row, desk = await own.book(9), await sign("reception")
    at = (await offered(own, row))[-1]
    day = f"{own.clinic.ward}/{at.astimezone(LONDON).date()}"
    async with desk.watch(Topic("calendar", day)) as calendar:
        kept = await chosen(own, row, at)
        assert kept.status_code == 200, kept.text
        ghost = await calendar.until("Kept for a patient")
        assert "SMITHSON" not in ghost.content.upper()
        seen = await own.version(row)
        moved = await own.station.post(
            way(row, "move"), htmx=False, version=seen, hold_id=hold_of(kept)
        )
        assert moved.headers["location"] == "/me?done=moved"
        assert "SMITHSON, Joan" in (await calendar.until("SMITHSON")).content
    now = await own.clinic.of(row)
    assert now.starts_at == at
    assert now.wall == at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")
    assert await own.clinic.scene.scalar(HELD) == 0


async def test_one_time_is_kept_at_once_and_may_be_let_go(own: Own) -> None:
    row = await own.book(9)
    first, second, *_ = await offered(own, row)
    await chosen(own, row, first)
    await chosen(own, row, second)
    assert await own.clinic.scene.scalar(HELD) == 1
    assert first in await offered(own, row)
    await own.station.post(way(row, "stay"))
    assert await own.clinic.scene.scalar(HELD) == 0
    assert (await own.clinic.of(row)).starts_at == row.starts_at


async def test_reception_was_faster(own: Own) -> None:
    row, other = await own.book(9), await own.clinic.scene.patient("Otherwise")
    at = (await offered(own, row))[0]
    mark = Topic("free", own.clinic.ward)
    async with own.station.watch(mark) as page:
        shown = re.findall(r'data-free="(\w+)"', page.first.content)
        await own.clinic.book(other, at)
        frame = await page.until("data-free=")
        assert re.findall(r'data-free="(\w+)"', frame.content) != shown
    late = await chosen(own, row, at)
    assert late.status_code == 409
    assert "just taken this time" in late.text
    left = times_on(late.text)
    assert left
    assert at not in left
    assert (await own.clinic.of(row)).starts_at == row.starts_at


async def test_of_a_patient_and_a_desk_at_once_one_wins(own: Own) -> None:
    row, other = await own.book(9), await own.clinic.scene.patient("Otherwise")
    at = (await offered(own, row))[3]

    async def desk() -> bool:
        try:
            await own.clinic.book(other, at)
        except (Clashing, NotAllowed):
            return False
        return True

    answer, booked = await asyncio.gather(chosen(own, row, at), desk())
    assert (answer.status_code == 200) != booked
    assert answer.status_code in {200, 409}, answer.text


async def test_what_was_kept_too_long_is_not_taken(own: Own) -> None:
    row = await own.book(9, days=5)
    kept = await chosen(own, row, (await offered(own, row))[-1])
    hold, seen = hold_of(kept), await own.version(row)
    clock.shift(HOLD_ONLINE + timedelta(seconds=1))
    await own.station.client.post(
        "/login", data={"username": "patient", "password": "ward-demo-2026"}
    )
    late = await own.station.post(way(row, "move"), htmx=False, version=seen, hold_id=hold)
    assert (late.status_code, "any longer" in late.text) == (409, True)
    assert (await own.clinic.of(row)).starts_at == row.starts_at


@pytest.mark.parametrize(("hour", "minute"), [(9, 7), (3, 0), (17, 50)])
async def test_only_what_is_offered_can_be_taken(own: Own, hour: int, minute: int) -> None:
    row = await own.book(11)
    answer = await chosen(own, row, own.clinic.at(hour, minute, days=2))
    assert answer.status_code == 409
    assert await own.clinic.scene.scalar(HELD) == 0


async def test_what_is_kept_for_one_is_no_use_to_another_appointment(own: Own) -> None:
    row, second = await own.book(9), await own.book(10, "Dr Müller", days=4)
    kept = await chosen(own, row, (await offered(own, row))[-1])
    seen = await own.version(second)
    answer = await own.station.post(
        way(second, "move"), htmx=False, version=seen, hold_id=hold_of(kept)
    )
    assert answer.status_code == 409
    assert (await own.clinic.of(second)).starts_at == second.starts_at


async def test_some_visits_only_the_clinic_moves(own: Own) -> None:
    row = await own.book(9, "Dr Adeyemi", "Room 1", "Echo", visit="Echocardiogram")
    page = await own.station.get(way(row, "move"))
    assert "Please call the clinic to move this appointment." in page.text
    assert (await chosen(own, row, own.clinic.at(14, days=2))).status_code == 409


async def test_nobody_is_taken_whom_the_visit_does_not_need(own: Own) -> None:
    row = await own.book(9)
    at, needless = (await offered(own, row))[0], own.clinic.resources["Echo"]
    pick = f"{at.isoformat()}/{own.clinic.resources['Dr Adeyemi']},{needless}"
    await own.station.post(way(row, "choice"), version=row.version, pick=pick)
    taken = "SELECT count(*) FROM reservation WHERE hold_id IS NOT NULL AND resource_id = :echo"
    assert await own.clinic.scene.scalar(taken, echo=needless) == 0


async def test_a_clinic_of_another_branch_has_its_times_too(own: Own) -> None:
    there = (await ids(own.clinic.scene.node, "ward"))["Day clinic"]
    far = await open_clinic(own.clinic.scene, there)
    async with far.work() as work:
        row = await work.access(VisitType, far.visits["Follow-up"], SET, lock=True)
        row.online = True
    row = await far.book(own.patient, far.at(9, days=3))
    found = await offered(own, row)
    assert found
    pick = f"{found[0].isoformat()}/{far.resources['Dr Adeyemi']}"
    kept = await own.station.post(way(row, "choice"), htmx=False, version=row.version, pick=pick)
    assert kept.status_code == 200, kept.text


@pytest.mark.parametrize("at", ["", "nonsense", "2026-11-24T10:00", "0001-01-01T00:00+14:00"])
async def test_what_is_no_time_is_refused(own: Own, at: str) -> None:
    row = await own.book(9)
    pick = at and f"{at}/{own.clinic.resources['Dr Adeyemi']}"
    answer = await own.station.post(way(row, "choice"), version=row.version, pick=pick)
    assert answer.status_code == 422
    assert (await own.station.get(way(row, "move") + f"?from={at}")).status_code == 200
