"""Hours and leave: nothing that is booked is lost, everybody who must be moved is listed."""

from datetime import date, time, timedelta

import pytest

from domain.clinic_hours import Why
from domain.errors import NotAllowed
from domain.spans import Span
from tests.scheduling.clinic import Clinic
from tests.settling import settled
from tests.stations import Sign
from ward.scheduling import hours
from ward.scheduling.clinics import HoursKind
from ward.scheduling.hours import Line
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.reschedule import NewTime, reschedule
from ward.scheduling.to_move import concerned


async def away(clinic: Clinic, who: str | None, start, end, why: Why = Why.SICK):
    async with clinic.work() as work:
        named = clinic.resources[who] if who else None
        return await hours.close(work, clinic.ward, named, Span(start, end), why=why)


async def listed(clinic: Clinic) -> list:
    async with clinic.work() as work:
        return [one.row.id for one in await concerned(work, clinic.ward)]


async def test_leave_over_booked_times_lists_everybody_and_moves_nobody(clinic: Clinic) -> None:
    rows = [
        await clinic.book(await clinic.scene.patient(f"Bell{n}"), clinic.at(9, 20 * n))
        for n in range(3)
    ]
    other = await clinic.book(await clinic.scene.patient("Khan"), clinic.at(9), "Dr Müller")
    _, met = await away(clinic, "Dr Adeyemi", clinic.at(8), clinic.at(18))
    assert [one.id for one in met] == [row.id for row in rows]
    assert other.id not in await listed(clinic)
    for row in rows:
        assert (await clinic.of(row)).starts_at == row.starts_at
    async with clinic.work() as work:  # one is moved: two are left
        to = NewTime(start=clinic.at(14), wall="", resources=[clinic.resources["Dr Müller"]])
        await reschedule(work, rows[0].id, to, seen=None)
    assert await listed(clinic) == [row.id for row in rows[1:]]


async def test_who_is_away_cannot_be_booked_and_why_is_nobodys_business(clinic: Clinic) -> None:
    await away(clinic, "Dr Adeyemi", clinic.at(8), clinic.at(18))
    with pytest.raises(Clashing, match="Dr Adeyemi is away") as refused:
        await clinic.book(await clinic.scene.patient(), clinic.at(9))
    assert "sick" not in refused.value.sentence.lower()
    first = refused.value.openings[0]  # with whom it was to be, when that can be
    assert (first.labels, first.span.start.date()) == (("Dr Adeyemi",), clinic.day(2))


async def test_a_holiday_closes_the_whole_clinic_and_can_be_taken_back(clinic: Clinic) -> None:
    shut, _ = await away(clinic, None, clinic.at(0), clinic.at(23), Why.HOLIDAY)
    patient = await clinic.scene.patient()
    for who in ("Dr Adeyemi", "Dr Müller"):
        with pytest.raises(Clashing, match="holiday"):
            await clinic.book(patient, clinic.at(9), who)
    async with clinic.work() as work:
        await hours.reopen(work, shut.id, seen=None)
    await clinic.book(patient, clinic.at(9))


async def test_hours_of_one_day_stand_instead_of_the_weeks(clinic: Clinic) -> None:
    once = Line(
        kind=HoursKind.OPEN, opens=time(18), closes=time(20), on_day=clinic.day(),
        since=date(2020, 1, 1),
    )  # fmt: skip
    async with clinic.work() as work:
        await hours.add_line(work, clinic.resources["Dr Adeyemi"], once)
    await clinic.book(await clinic.scene.patient(), clinic.at(18, 30))


async def test_two_lines_never_open_the_same_time(clinic: Clinic) -> None:
    again = Line(
        kind=HoursKind.OPEN, opens=time(9), closes=time(10), weekday=0, since=date(2020, 1, 1)
    )
    with pytest.raises(NotAllowed, match="Two lines open the same time"):
        async with clinic.work() as work:
            await hours.add_line(work, clinic.resources["Dr Adeyemi"], again)


async def test_every_calendar_of_two_years_learns_of_new_hours(clinic: Clinic) -> None:
    lunch = Line(
        kind=HoursKind.BREAK, opens=time(12), closes=time(13), weekday=2, label="Lunch",
        since=date(2020, 1, 1),
    )  # fmt: skip
    async with clinic.work() as work:
        await hours.add_line(work, clinic.resources["Room 1"], lunch)
    await settled(clinic.scene.node)
    told = "SELECT count(*) FROM live_topic WHERE topic LIKE 'calendar/%'"
    assert await clinic.scene.scalar(told) >= hours.FARTHEST // timedelta(days=1)


async def test_a_doctor_is_marked_sick_and_reception_moves_whoever_that_concerns(
    open_door: Clinic, sign: Sign
) -> None:
    desk = await sign("reception")
    rows = [
        await open_door.book(await open_door.scene.patient("Khan", "Aisha"), open_door.at(9)),
        await open_door.book(await open_door.scene.patient("Bell", "Tom"), open_door.at(10)),
    ]
    said = {"resource_id": open_door.resources["Dr Adeyemi"], "why": "sick"}
    day = open_door.day()
    answer = await desk.post(
        f"/clinics/{open_door.ward}/closures/new",
        starts=f"{day}T00:00", ends=f"{day}T23:59", **said,
    )  # fmt: skip
    way = answer.headers["hx-redirect"]
    assert way.endswith("/conflicts")
    page = await desk.get(way)
    for name, row in zip(("KHAN, Aisha", "BELL, Tom"), rows, strict=True):
        assert name in page.text
        assert f"/appointments/{row.id}/move" in page.text
    assert "Dr Adeyemi is away" in page.text
    assert "sick" not in page.text.lower()
    shown = await desk.get(f"/clinics/{open_door.ward}/hours")
    assert "2 to be moved" in shown.text


async def test_only_who_runs_the_clinic_sets_its_hours(open_door: Clinic, sign: Sign) -> None:
    for username in ("nurse", "doctor", "biller"):
        answer = await (await sign(username)).get(f"/clinics/{open_door.ward}/hours")
        assert answer.status_code == 403, username
