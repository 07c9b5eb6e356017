"""SIU that does not fit: an unknown code, a clash, an unclear time: held for a person."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.access import Permission
from domain.clinic_hours import Why
from domain.spans import Span
from realtime.topics import Topic
from tests.adt.scene import person
from tests.interop.hl7.booking import (
    ADEYEMI,
    DONE,
    MRN,
    MUELLER,
    again,
    booked,
    local,
    note,
    siu,
    taken,
    told,
)
from tests.interop.hl7.border import act, adt, rows, standing
from tests.scheduling.clinic import Clinic
from tests.settling import worked_off
from tests.stations import Sign, Station, ids
from ward.db import new_id
from ward.interop.hl7.service import reject
from ward.interop.hl7.siu import placing, timing
from ward.patients.register import register
from ward.scheduling import hold
from ward.scheduling.clinics import Closure, Resource
from ward.scheduling.visits import offered

THEIRS = {"visit": "XY^Something^L", "place": "OPD^R12^", "person": "D77^Synthetic^GRACE"}


@pytest.fixture
async def ada(clinic: Clinic) -> UUID:
    return await registered(clinic)


async def registered(clinic: Clinic, mrn: str = MRN, family: str = "Testpatient") -> UUID:
    async with clinic.work() as work:
        return (await register(work, person(family, "Ada", mrn))).id


async def message_of(clinic: Clinic, control_id: str) -> tuple[UUID, int]:
    sql = "SELECT id, version FROM hl7_message WHERE msh10 = :number"
    ((key, version),) = await rows(clinic.scene.node, sql, number=control_id)
    return key, version


async def asked(clinic: Clinic, admin: Station) -> tuple[str, int]:
    """Open the form of the first message: it names every code, and no person on the list."""
    key, version = await message_of(clinic, "1")
    url = f"/hl7/messages/{key}/codes"
    page = (await admin.get("/hl7")).text
    assert url in page
    assert "Synthetic" not in page
    opened = (await admin.get(f"/hl7/messages/{key}")).text
    assert url in opened
    assert "TESTPATIENT, ADA" in opened
    form = (await admin.get(url)).text
    for words in ("XY Something", "OPD R12", "D77 GRACE Synthetic", "Dr Adeyemi", "Follow-up"):
        assert words in form, words
    nothing = await admin.post(url, version=version)
    assert nothing.status_code == 422
    assert "Choose what it means." in nothing.text
    return url, version


async def test_unknown_codes_are_mapped_once_for_all(open_door: Clinic, sign: Sign) -> None:
    """Every code is asked for at once; what came meanwhile of this sender goes on by itself."""
    clinic, node = open_door, open_door.scene.node
    await registered(clinic)
    first = siu("S12", "1", clinic.at(9), **THEIRS)
    second = siu("S12", "2", clinic.at(11), number="AP-2^SCHED", **THEIRS)
    await act(node, first, second, siu("S13", "3", clinic.at(10), **THEIRS))
    waits = ("review", "unknown_code")
    assert await standing(node) == {"1": waits, "2": waits, "3": ("received", None)}
    assert await note(clinic, "1") == (
        "Nobody has said yet what this means here: visit XY Something; place OPD R12;"
        " person D77 GRACE Synthetic."
    )
    admin = await sign("admin")
    url, version = await asked(clinic, admin)
    answer = await admin.post(
        url,
        version=version,
        **{
            "code-0": f"visit:{clinic.visits['New patient']}",
            "code-1": f"resource:{clinic.resources['Room 2']}",
            "code-2": f"resource:{clinic.resources['Dr Müller']}",
        },
    )
    assert answer.status_code in {204, 303}, answer.text
    await worked_off(node)
    assert set((await standing(node)).values()) == {DONE}
    assert [row.starts_at for row in await booked(clinic)] == [clinic.at(10), clinic.at(11)]
    assert await taken(clinic) == {"Dr Müller", "Room 2"}
    listed = (await admin.get("/hl7/codes")).text
    for words in ("XY Something", "Outpatients: New patient", "Outpatients: Room 2 · Room"):
        assert words in listed, words


async def test_a_code_can_be_left_out_and_changed_later(open_door: Clinic, sign: Sign) -> None:
    clinic, node = open_door, open_door.scene.node
    await registered(clinic)
    admin = await sign("admin")
    await act(node, siu("S12", "1", clinic.at(9), more=("AIG|1|A|E5^Video^L|101^Equipment^L",)))
    key, version = await message_of(clinic, "1")
    url = f"/hl7/messages/{key}/codes"
    wrong = f"visit:{clinic.visits['Follow-up']}"
    assert (await admin.post(url, version=version, **{"code-0": wrong})).status_code == 422
    assert (await admin.post(url, version=version, **{"code-0": "rubbish"})).status_code == 422
    stale = await admin.post(url, version=version - 1, **{"code-0": "none"})
    assert stale.status_code == 409
    await admin.post(url, version=version, **{"code-0": "none"})
    await worked_off(node)
    assert await standing(node) == {"1": DONE}
    assert await taken(clinic) == {"Dr Adeyemi"}
    ((code, version),) = await rows(node, "SELECT id, version FROM hl7_code")
    form = (await admin.get(f"/hl7/codes/{code}")).text
    assert '<option value="none" selected>' in form
    echo = f"resource:{clinic.resources['Echo']}"
    answer = await admin.post(f"/hl7/codes/{code}", version=version, means=echo)
    assert answer.status_code in {204, 303}
    more = ("AIG|1|A|E5^Video^L|101^Equipment^L",)
    await act(node, siu("S12", "2", clinic.at(10), number="AP-2", more=more))
    assert await taken(clinic) == {"Dr Adeyemi", "Echo"}


async def test_a_nurse_maps_no_code(open_door: Clinic, sign: Sign) -> None:
    await registered(open_door)
    await act(open_door.scene.node, siu("S12", "1", open_door.at(9), **THEIRS))
    key, _ = await message_of(open_door, "1")
    nurse = await sign("nurse")
    for path in (f"/hl7/messages/{key}/codes", "/hl7/codes"):
        assert (await nurse.get(path)).status_code == 403


async def test_what_ended_here_is_unknown_again(clinic: Clinic, ada: UUID) -> None:
    del ada
    async with clinic.work() as work:
        row = await work.access(
            Resource, clinic.resources["Dr Adeyemi"], Permission.SET_SCHEDULE, lock=True
        )
        row.ended_at = work.now
    await act(clinic.scene.node, siu("S12", "1", clinic.at(9)))
    assert await standing(clinic.scene.node) == {"1": ("review", "unknown_code")}


async def test_a_clash_waits_with_everything_that_is_in_the_way(clinic: Clinic, ada: UUID) -> None:
    """Whoever else is booked is not named: the note is read beside this patient."""
    node = clinic.scene.node
    other = await registered(clinic, "700999", "Okafor")
    await clinic.book(other, clinic.at(9))
    await clinic.book(ada, clinic.at(9, 10), "Dr Müller")
    async with clinic.work() as work:
        kind = (await offered(work, clinic.ward))[clinic.visits["New patient"]]
        span = Span(clinic.at(9, 20), clinic.at(9, 40))
        await hold.hold(work, clinic.ward, span, [clinic.resources["Room 1"]], buffer=kind.buffer)
    more = {"visit": "NP^New patient^L", "place": "Outpatients^Room 1^", "minutes": 40}
    await act(node, siu("S12", "1", clinic.at(9), **more))
    assert await standing(node) == {"1": ("review", "clash")}
    assert await note(clinic, "1") == (
        "Room 1 is held by a desk 09:20–09:50."
        " Dr Adeyemi has another appointment 09:00–09:20."
        " The patient has another appointment 09:10–09:30."
    )
    assert len(await booked(clinic)) == 2


async def test_a_clash_that_is_gone_is_processed_again(clinic: Clinic, ada: UUID) -> None:
    del ada
    node = clinic.scene.node
    other = await registered(clinic, "700999", "Okafor")
    mine = await clinic.book(other, clinic.at(9))
    await act(node, siu("S12", "1", clinic.at(9)), siu("S14", "2", clinic.at(9), reason="X^Pain^L"))
    assert await standing(node) == {"1": ("review", "clash"), "2": ("received", None)}
    await again(clinic, "1")
    assert (await standing(node))["1"] == ("review", "clash")
    await act(node, siu("S15", "3", number=f"{mine.id}^WARD", pid=False, sender="OWN|NORTHSITE"))
    await again(clinic, "1")
    assert set((await standing(node)).values()) == {DONE}
    assert sorted(row.status for row in await booked(clinic)) == ["booked", "cancelled"]


async def test_a_move_into_a_clash_leaves_the_appointment_where_it_is(
    clinic: Clinic, ada: UUID
) -> None:
    del ada
    other = await registered(clinic, "700999", "Okafor")
    await clinic.book(other, clinic.at(11))
    await act(clinic.scene.node, siu("S12", "1", clinic.at(9)), siu("S13", "2", clinic.at(11)))
    assert (await standing(clinic.scene.node))["2"] == ("review", "clash")
    assert [row.starts_at for row in await booked(clinic)] == [clinic.at(9), clinic.at(11)]


async def test_what_was_booked_beside_on_purpose_is_marked(clinic: Clinic, ada: UUID) -> None:
    """The sender says so by its status: then it stands beside the other, never over a hold."""
    del ada
    other = await registered(clinic, "700999", "Okafor")
    await clinic.book(other, clinic.at(9))
    await act(clinic.scene.node, siu("S12", "1", clinic.at(9), status="Overbook"))
    assert await standing(clinic.scene.node) == {"1": DONE}
    assert sorted(row.overbooked for row in await booked(clinic)) == [False, True]
    await act(clinic.scene.node, siu("S12", "2", clinic.at(9), status="Overbook", number="AP-2"))
    assert (await standing(clinic.scene.node))["2"] == ("review", "clash")


async def test_outside_the_hours_and_in_a_holiday_it_waits(clinic: Clinic, ada: UUID) -> None:
    del ada
    await act(clinic.scene.node, siu("S12", "1", clinic.at(7)))
    assert "is not open" in await note(clinic, "1")
    async with clinic.work() as work:
        closed = Closure(
            id=new_id(),
            ward_id=clinic.ward,
            why=Why.HOLIDAY,
            starts_at=clinic.at(0),
            ends_at=clinic.at(23),
            made_at=work.now,
        )
        work.add(closed, Permission.SET_SCHEDULE)
    await act(clinic.scene.node, siu("S12", "2", clinic.at(9), number="AP-2"))
    assert "has a holiday" in await note(clinic, "2")
    assert await booked(clinic) == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"number": ""}, "unclear_appointment"),
        ({"at": ""}, "unclear_appointment"),
        ({"at": "20990105"}, "unclear_appointment"),
        ({"visit": "", "reason": ""}, "unclear_appointment"),
        ({"place": "", "person": "", "visit": "ZZ^Unheard of^L"}, "unknown_code"),
        ({"place": "Six East^^", "person": ""}, "unknown_code"),
        ({"status": "Cancelled"}, "unclear_appointment"),
        ({"status": "Pending"}, "unclear_appointment"),
        ({"minutes": 800}, "clash"),
        ({"mrn": "700124"}, "unknown_patient"),
        ({"pid": False}, "unknown_patient"),
        ({"name": "SOMEBODY^ELSE"}, None),
        ({"more": ("PID|2||700999^^^NORTHSITE^MR||OTHER^PERSON",)}, "refused"),
        ({"at": "20991231120000+0000"}, "refused"),
        ({"more": ("TQ1|1||||||20990105100000+0000",)}, "unclear_appointment"),
    ],
)
async def test_what_is_not_clear_is_never_guessed(
    clinic: Clinic, ada: UUID, said: dict[str, object], reason: str | None
) -> None:
    del ada
    at = said.pop("at", clinic.at(9))
    assert await act(clinic.scene.node, siu("S12", "1", at, **said)) == ["AA"]
    found = await standing(clinic.scene.node)
    if reason is None:
        assert found == {"1": DONE}
        return
    assert found == {"1": ("review", reason)}, await note(clinic, "1")
    assert await note(clinic, "1")
    assert await booked(clinic) == []


@pytest.mark.parametrize(
    ("duration", "long"),
    [("40|min^minutes^UCUM", 40), ("2400|s", 40), ("1|HR", 60), ("40|", 40), ("|", 20)],
)
async def test_durations_are_read(clinic: Clinic, ada: UUID, duration: str, long: int) -> None:
    del ada
    block = siu("S12", "1", clinic.at(9), place="Outpatients^^", person="")
    old = b"|||20|min^minutes^UCUM"
    block = block.replace(old, f"|||{duration}".encode()) + f"AIP|1|A|{ADEYEMI}\r".encode()
    await act(clinic.scene.node, block)
    (row,) = await booked(clinic)
    assert (row.ends_at - row.starts_at).total_seconds() == long * 60


async def test_a_duration_in_moons_is_no_duration(clinic: Clinic, ada: UUID) -> None:
    del ada
    block = siu("S12", "1", clinic.at(9)).replace(b"|20|min^minutes^UCUM", b"|1|moon")
    await act(clinic.scene.node, block)
    assert await standing(clinic.scene.node) == {"1": ("review", "unclear_appointment")}


async def test_resources_at_different_times_are_booked_for_the_whole(
    clinic: Clinic, ada: UUID
) -> None:
    del ada
    more = (f"AIP|2|A|{MUELLER}|||{clinic.at(9, 20):%Y%m%d%H%M%S}+0000|||20|min",)
    await act(clinic.scene.node, siu("S12", "1", clinic.at(9), more=more))
    (row,) = await booked(clinic)
    assert (row.starts_at, row.ends_at) == (clinic.at(9), clinic.at(9, 40))
    assert await told(clinic, "1") == (timing.APART,)


SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)


async def around_the_clock(clinic: Clinic) -> None:
    """Have the clinic open at night, and on Sundays."""
    async with clinic.scene.node.aside.begin() as connection:
        sql = "UPDATE clinic_hours SET opens = '00:00', closes = '23:59', weekday = 6"
        await connection.execute(text(sql))


async def test_a_time_without_an_offset_is_of_the_clinics_clock(clinic: Clinic, ada: UUID) -> None:
    del ada
    day = clinic.day()
    await act(clinic.scene.node, siu("S12", "1", f"{day:%Y%m%d}0900"))
    (row,) = await booked(clinic)
    assert (row.starts_at, row.wall) == (local(day, 9), f"{day}T09:00")


async def test_another_offset_is_the_same_instant(clinic: Clinic, ada: UUID) -> None:
    del ada
    utc = clinic.at(9)
    await act(clinic.scene.node, siu("S12", "1", f"{utc:%Y%m%d}{utc.hour + 5:02}0000+0500"))
    assert [row.starts_at for row in await booked(clinic)] == [utc]


async def test_the_missing_hour_waits_with_a_sentence(clinic: Clinic, ada: UUID) -> None:
    del ada
    await around_the_clock(clinic)
    await act(clinic.scene.node, siu("S12", "1", f"{SPRING:%Y%m%d}0130"))
    assert await standing(clinic.scene.node) == {"1": ("review", "unclear_appointment")}
    assert "does not exist" in await note(clinic, "1")


async def test_the_repeated_hour_waits_unless_its_offset_is_said(clinic: Clinic, ada: UUID) -> None:
    del ada
    node = clinic.scene.node
    await around_the_clock(clinic)
    await act(node, siu("S12", "1", f"{AUTUMN:%Y%m%d}0130"))
    assert await standing(node) == {"1": ("review", "unclear_appointment")}
    words = await note(clinic, "1")
    assert "comes twice" in words
    assert timing.OFFSET in words
    for number, offset in (("2", "+0100"), ("3", "+0000")):
        at = f"{AUTUMN:%Y%m%d}0130{offset}"
        await act(node, siu("S12", number, at, number=f"AP-{number}"))
    rows_ = await booked(clinic)
    assert [(row.wall, row.fold) for row in rows_] == [
        (f"{AUTUMN}T01:30", 0),
        (f"{AUTUMN}T01:30", 1),
    ]


async def test_a_rejected_message_lets_the_next_one_go(clinic: Clinic, ada: UUID) -> None:
    """The booking clashed and was moved by its system: once rejected, the move books it."""
    del ada
    node = clinic.scene.node
    other = await registered(clinic, "700999", "Okafor")
    await clinic.book(other, clinic.at(9))
    await act(node, siu("S12", "1", clinic.at(9)), siu("S13", "2", clinic.at(10)))
    key, _ = await message_of(clinic, "1")
    async with clinic.work() as work:
        await reject(work, key, "Their desk moved it", seen=None)
    await worked_off(node)
    assert await told(clinic, "2") == (placing.WITHOUT,)
    assert [row.starts_at for row in await booked(clinic)] == [clinic.at(9), clinic.at(10)]


async def test_an_appointment_in_review_holds_nothing_else_of_its_patient(
    clinic: Clinic, ada: UUID
) -> None:
    del ada
    node = clinic.scene.node
    waiting = siu("S12", "1", clinic.at(9), visit="ZZ^Unheard of^L")
    behind = siu("S13", "1b", clinic.at(9), visit="ZZ^Unheard of^L")
    await act(node, waiting, behind, siu("S12", "2", clinic.at(10), number="AP-2"))
    await act(node, adt("A08", "3", mrn=MRN, name="TESTPATIENT^ADA", born="19500304"))
    found = await standing(node)
    assert (found["2"], found["3"][0]) == (DONE, "done")
    assert found["1b"] == ("received", None)


async def test_a_patient_who_comes_later_can_be_booked_then(clinic: Clinic) -> None:
    node = clinic.scene.node
    await act(node, siu("S12", "1", clinic.at(9)))
    assert await standing(node) == {"1": ("review", "unknown_patient")}
    await registered(clinic)
    await again(clinic, "1")
    assert len(await booked(clinic)) == 1


async def test_it_is_seen_that_something_waits(open_door: Clinic, sign: Sign) -> None:
    admin = await sign("admin")
    branch = (await ids(open_door.scene.node, "branch"))["Northsite"]
    async with admin.watch(Topic("messages", branch)) as screen:
        await act(open_door.scene.node, siu("S12", "1", open_door.at(9)))
        await screen.until("Unknown patient")
