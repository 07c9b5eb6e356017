"""The sheets of a clinic: what reception fills in, what is refused at its field, what fits."""

import re
from datetime import date, datetime, timedelta
from uuid import uuid4

from domain.spans import NO_BUFFER, Span
from realtime.topics import Topic
from tests.contracts.test_statements import counted
from tests.scheduling.clinic import LONDON, SET, Clinic
from tests.stations import Sign, Station
from ward.scheduling.clinics import Resource
from ward.scheduling.events import day_of
from ward.scheduling.hold import hold


def wall(clinic: Clinic, hour: int, minute: int = 0) -> str:
    return clinic.at(hour, minute).astimezone(LONDON).strftime("%Y-%m-%dT%H:%M")


def changes(month: int) -> date:
    """Name the next night on which London's clocks change in this month: its last Sunday."""
    today = datetime.now(LONDON).date()
    lasts = (date(today.year + ahead, month, 31) for ahead in range(2))
    sundays = (last - timedelta(days=(last.weekday() + 1) % 7) for last in lasts)
    return next(one for one in sundays if one > today)


async def press(
    station: Station, clinic: Clinic, patient, at: str, visit: str = "Echocardiogram", **more
):
    said = {"patient_id": patient, "visit_type_id": clinic.visits[visit], "at": at} | more
    return await station.post(f"/clinics/{clinic.ward}/appointments/new", **said)


async def test_reception_books_and_the_other_desk_sees_it(open_door: Clinic, sign: Sign) -> None:
    desk, other = await sign("reception"), await sign("doctor")
    patient = await open_door.scene.patient("Khan", "Aisha")
    sheet = await desk.get(f"/clinics/{open_door.ward}/appointments/new")
    assert "Dr Adeyemi" in sheet.text
    assert "Echocardiogram, 30min" in sheet.text
    topic = Topic("calendar", day_of(open_door.ward, open_door.day()))
    async with other.watch(topic) as screen:
        answer = await press(desk, open_door, patient, wall(open_door, 10))
        assert answer.status_code == 204, answer.text
        await screen.until("KHAN, Aisha")
    taken = "SELECT count(*) FROM reservation WHERE ended_at IS NULL"
    assert await open_door.scene.scalar(taken) == 3  # nobody was chosen: whoever is free


async def test_a_clash_offers_times_and_one_press_books_one(open_door: Clinic, sign: Sign) -> None:
    desk, doctor = await sign("reception"), open_door.resources["Dr Adeyemi"]
    first, second = await open_door.scene.patient("Khan"), await open_door.scene.patient("Bell")
    await press(desk, open_door, first, wall(open_door, 10), resource=doctor)
    refused = await press(desk, open_door, second, wall(open_door, 10, 15), resource=doctor)
    assert refused.status_code == 409
    assert "Dr Adeyemi has KHAN, Ida 10:00" in refused.text
    picks = re.findall(r'name="pick" value="([^"]+)"', refused.text)
    assert len(picks) == 3
    booked = await press(desk, open_door, second, wall(open_door, 10, 15), pick=picks[0])
    assert booked.status_code == 204, booked.text


async def test_bad_times_are_said_at_the_field(open_door: Clinic, sign: Sign) -> None:
    desk, patient = await sign("reception"), await open_door.scene.patient()
    for at, said in {
        f"{changes(3)}T01:30": "does not exist",
        f"{changes(10)}T01:30": "comes twice",
        "soon": "Write the day and the time",
        "": "Say when",
    }.items():
        answer = await press(desk, open_door, patient, at)
        assert answer.status_code == 422, (at, answer.text)
        assert said in answer.text
    past = await press(desk, open_door, patient, "2020-01-06T10:00")
    assert past.status_code == 409
    assert "has passed" in past.text


async def test_a_hold_is_seen_and_goes_when_the_sheet_closes(open_door: Clinic, sign: Sign) -> None:
    desk, other = await sign("reception"), await sign("charge")
    visit, at = open_door.visits["Follow-up"], wall(open_door, 10)
    topic = Topic("calendar", day_of(open_door.ward, open_door.day()))
    async with other.watch(topic) as screen:
        kept = await desk.post(
            f"/clinics/{open_door.ward}/holds", visit_type_id=visit, at=at,
            resource=open_door.resources["Dr Adeyemi"],
        )  # fmt: skip
        assert "Kept for you until" in kept.text
        await screen.until("Mary Seagrove")
        assert (await desk.post(kept.headers["ward-ends"])).status_code == 204
        await screen.next()
    assert await open_door.scene.scalar("SELECT count(*) FROM hold WHERE ended_at IS NULL") == 0


async def test_a_time_asked_for_before_the_press_is_not_kept_after_the_booking(
    open_door: Clinic, sign: Sign
) -> None:
    """Dr Adeyemi sees two at a time; who has booked is not to keep the other place too."""
    desk, patient, sheet = await sign("reception"), await open_door.scene.patient(), str(uuid4())
    doctor = open_door.resources["Dr Adeyemi"]
    async with open_door.work() as work:
        (await work.access(Resource, doctor, SET, lock=True)).capacity = 2
    visit = open_door.visits["Follow-up"]
    said = {"visit_type_id": visit, "at": wall(open_door, 10), "resource": doctor}
    where, holds = f"/clinics/{open_door.ward}", "SELECT count(*) FROM hold WHERE ended_at IS NULL"
    assert "Kept for you" in (await desk.post(f"{where}/holds", sheet=sheet, **said)).text
    booked = await desk.post(f"{where}/appointments/new", key=sheet, patient_id=patient, **said)
    assert booked.status_code == 204, booked.text
    late = await desk.post(f"{where}/holds", sheet=sheet, **said)
    assert "This is booked." in late.text
    assert await open_door.scene.scalar(holds) == 0
    assert "Kept for you" in (await desk.post(f"{where}/holds", sheet=uuid4(), **said)).text


async def test_moving_and_cancelling_from_the_sheet(open_door: Clinic, sign: Sign) -> None:
    desk, patient = await sign("reception"), await open_door.scene.patient("Khan", "Aisha")
    row = await open_door.book(patient, open_door.at(9))
    sheet = await desk.get(f"/appointments/{row.id}")
    assert "KHAN, Aisha" in sheet.text
    assert "Dr Adeyemi" in sheet.text
    moved = await desk.post(
        f"/appointments/{row.id}/move", version=row.version, at=wall(open_door, 11),
        resource=open_door.resources["Dr Müller"], reason="She asked",
    )  # fmt: skip
    assert moved.status_code == 204, moved.text
    stale = await desk.post(f"/appointments/{row.id}/cancel", version=row.version, reason="pat")
    assert stale.status_code == 409
    assert "Rescheduled" in stale.text
    now = await open_door.of(row)
    gone = await desk.post(f"/appointments/{row.id}/cancel", version=now.version, reason="pat")
    assert gone.status_code == 204
    history = await desk.get(f"/appointments/{row.id}")
    assert "She asked" in history.text
    assert "Undo" in history.text
    seen = (await open_door.of(row)).version
    assert (await desk.post(f"/appointments/{row.id}/undo", version=seen)).status_code == 204
    assert (await open_door.of(row)).starts_at == open_door.at(11)
    assert row.starts_at + timedelta(hours=2) == open_door.at(11)


async def test_whoever_may_not_book_gets_no_form(open_door: Clinic, sign: Sign) -> None:
    for username in ("lab", "pharmacist", "biller", "privacy"):
        station = await sign(username)
        answer = await station.get(f"/clinics/{open_door.ward}/appointments/new")
        assert answer.status_code == 403, username


async def test_a_series_with_a_clash_is_solved_in_the_sheet(open_door: Clinic, sign: Sign) -> None:
    desk, patient = await sign("reception"), await open_door.scene.patient("Khan")
    other, doctor = await open_door.scene.patient("Bell"), open_door.resources["Dr Adeyemi"]
    await open_door.book(other, open_door.later(open_door.at(10), weeks=1))
    said = {"visit": "Follow-up", "resource": doctor, "repeat": "week", "times": 4}
    refused = await press(desk, open_door, patient, wall(open_door, 10), **said)
    assert refused.status_code == 409
    assert "3 fit; for 1 something is in the way" in refused.text
    assert "BELL" in refused.text
    pick = re.findall(r'name="solve-2" value="([^"]+)"', refused.text)[0]
    done = await press(desk, open_door, patient, wall(open_door, 10), **said, **{"solve-2": pick})
    assert done.status_code == 204, done.text
    booked = "SELECT count(*) FROM appointment WHERE series_id IS NOT NULL"
    assert await open_door.scene.scalar(booked) == 4


async def test_nobody_ends_what_another_holds(open_door: Clinic, sign: Sign) -> None:
    desk = await sign("reception")
    span = Span.lasting(open_door.at(12), timedelta(minutes=20))
    async with open_door.work() as work:  # kept by Ward itself: an offer to a patient
        kept = await hold(
            work, open_door.ward, span, [open_door.resources["Room 1"]], buffer=NO_BUFFER
        )
    assert (await desk.post(f"/holds/{kept.id}/end")).status_code == 204
    assert await open_door.scene.scalar("SELECT count(*) FROM hold WHERE ended_at IS NULL") == 1


async def test_a_time_that_comes_twice_is_asked_about(open_door: Clinic, sign: Sign) -> None:
    desk, patient = await sign("reception"), await open_door.scene.patient()
    twice = f"{changes(10)}T01:30"
    asked = await press(desk, open_door, patient, twice)
    assert asked.status_code == 422
    assert re.findall(r'name="which" value="(\w+)"', asked.text) == ["first", "second"]
    chosen = await press(desk, open_door, patient, twice, which="second")
    assert chosen.status_code == 409  # nobody is there at night; the time itself was understood
    assert "is not open 01:30" in chosen.text


async def test_a_booking_reads_the_clinic_once(open_door: Clinic, sign: Sign) -> None:
    desk, patient = await sign("reception"), await open_door.scene.patient("Khan")
    with counted(open_door.scene.node.engine) as said:
        booked = await press(desk, open_door, patient, wall(open_door, 10))
    assert booked.status_code == 204, booked.text
    tables = ("clinic_hours", "closure", "resource", "visit_need", "visit_type")
    reads = {one: sum(f"FROM {one} " in text or f"FROM {one}\n" in text for _, text in said)
             for one in tables}  # fmt: skip
    assert set(reads.values()) == {1}, reads
