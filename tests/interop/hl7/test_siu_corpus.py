"""Public SIU messages: carried out once their codes are known, and never twice, however bent."""

import random

import pytest

from domain.access import Permission
from domain.appointments import AppointmentStatus
from tests.adt.scene import person
from tests.interop.hl7.bending import bent
from tests.interop.hl7.booking import booked, siu, steps, taken, told
from tests.interop.hl7.border import act, rows, send, standing, wire_to
from tests.interop.hl7.corpus import corpus_file, expected, taken_apart, vector, with_control_id
from tests.interop.hl7.test_lab_corpus import digests, settled
from tests.scheduling.clinic import Clinic
from ward.db import new_id
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.siu import codes, ending
from ward.interop.hl7.siu.models import CodeKind, Hl7Code
from ward.invariants import examine
from ward.patients.register import register

APP = ("SCHApp", "GHHSFacility^2.16.840.1.122848.1.30^ISO")
SCHED = ("SCHED", "NORTHSITE")
K = CodeKind
MEANT = {
    (APP, K.VISIT, "76164006"): "New patient",
    (APP, K.PLACE, "055^Room01^"): "Room 1",
    (APP, K.PLACE, "055^Room02^"): "Room 2",
    (APP, K.PERSON, "1210"): "Dr Adeyemi",
    (APP, K.EQUIPMENT, "5001"): "Echo",
    (SCHED, K.VISIT, "CARD-FU"): "Follow-up",
    (SCHED, K.PLACE, "OPD^R12^"): "Room 1",
    (SCHED, K.PERSON, "D123"): "Dr Adeyemi",
}
EVENTS = ("S12-01", "S13-01", "S14-01", "S15-01", "S26-01")


def public(event: str) -> bytes:
    return corpus_file(f"fhir-converter/SIU-{event}.hl7")


@pytest.fixture
async def mapped(clinic: Clinic) -> Clinic:
    """A clinic that knows the codes of these senders, and their patients."""
    async with clinic.work() as work:
        await register(work, person("Everyman", "Adam", "PATID1234"))
        await register(work, person("Testpatient", "Ada", "700123"))
        for (sender, kind, key), label in MEANT.items():
            mark = codes.mark(Sender(*sender), kind, key)
            row = Hl7Code(id=new_id(), msh3=sender[0], msh4=sender[1], kind=kind, mark=mark)
            if kind is K.VISIT:
                row.visit_type_id = clinic.visits[label]
            else:
                row.resource_id = clinic.resources[label]
            await work.seal(row, words=key)
            work.add(row, Permission.REVIEW_MESSAGES)
    return clinic


async def test_the_public_messages_are_one_appointment(mapped: Clinic) -> None:
    """2021-09-24, 09:30 in an offset of two and a quarter hours: 08:15 by the clinic's clock."""
    node = mapped.scene.node
    assert await act(node, public("S12-01")) == ["AA"]
    (row,) = await booked(mapped)
    assert (row.status, row.wall) == (AppointmentStatus.BOOKED, "2021-09-24T08:15")
    assert (row.ends_at - row.starts_at).total_seconds() == 50 * 60
    assert await taken(mapped) == {"Dr Adeyemi", "Room 1", "Echo"}
    await act(node, public("S13-01"), public("S14-01"))
    assert await taken(mapped) == {"Dr Adeyemi", "Room 2", "Echo"}
    await act(node, public("S15-01"), public("S26-01"))
    assert await told(mapped, "MSG00026") == (ending.ENDED,)
    assert [one for one, _ in await steps(mapped)] == [
        "booked",
        "amended",
        "rescheduled",
        "cancelled",
    ]
    assert {state for state, _ in (await standing(node)).values()} == {"done"}


async def test_the_messages_of_the_vectors_are_one_appointment(mapped: Clinic) -> None:
    """M09 to M11 of the published vectors: booked, moved to the afternoon, cancelled."""
    node = mapped.scene.node
    await act(node, vector("M09"))
    assert [row.wall for row in await booked(mapped)] == ["2026-05-11T09:00"]
    await act(node, vector("M10"))
    assert [row.wall for row in await booked(mapped)] == ["2026-05-11T14:00"]
    assert await taken(mapped) == {"Dr Adeyemi", "Room 1"}
    await act(node, vector("M11"))
    (row,) = await booked(mapped)
    assert (row.status, row.cancel_reason) == (AppointmentStatus.CANCELLED, "pat")
    assert set((await standing(node)).values()) == {("done", None)}


async def test_twice_is_once(mapped: Clinic) -> None:
    """The same bytes change no table; the same words under other numbers change no appointment."""
    node = mapped.scene.node
    blocks = [public(one) for one in (*EVENTS, "S12_1", "S16-01", "S17-01")]
    first = await send(node, *blocks)
    assert first == ["AA"] * 6 + ["AR"] * 2
    await settled(node)
    before = await digests(node)
    assert await send(node, *blocks) == first
    await settled(node)
    assert await digests(node) == before
    others = [with_control_id(one, f"again-{nth}") for nth, one in enumerate(blocks)]
    await send(node, *others)
    await settled(node)
    after = await digests(node)
    same = ("appointment", "appointment_history", "reservation", "patient", "reminder", "hl7_code")
    assert {one for one in same if before[one] != after[one]} == set()


@pytest.mark.parametrize("seed", range(6))
async def test_in_any_order_it_ends_the_same(mapped: Clinic, seed: int) -> None:
    """What was sent last counts: whatever came first, it is cancelled in the end, once."""
    node, blocks = mapped.scene.node, [public(one) for one in EVENTS[:4]]
    random.Random(seed).shuffle(blocks)
    for block in blocks:
        await act(node, block)
    (row,) = await booked(mapped)
    assert row.status is AppointmentStatus.CANCELLED
    assert await taken(mapped) == set()
    assert [found.violations for found in await examine(node) if found.violations] == []


async def test_bent_messages_get_one_answer_each_and_book_once(mapped: Clinic) -> None:
    node = mapped.scene.node
    files = [row for row in expected() if row["file"].startswith("fhir-converter/SIU-S")]
    assert len(files) == 8
    async with wire_to(node) as sender:
        for one in bent(files):
            answer = taken_apart(await sender.send(one.block))
            assert answer.code[1] in one.may, one.name
            assert answer.control_id in {one.control_id, "UNKNOWN"} or not one.control_id
    await settled(node)
    failed = "SELECT msh10, error FROM hl7_message WHERE outcome = 'A' AND error IS NOT NULL"
    assert await rows(node, failed) == []
    states = await rows(node, "SELECT DISTINCT state FROM hl7_message WHERE outcome = 'A'")
    assert {row[0] for row in states} <= {"done", "review", "received"}
    assert len(await booked(mapped)) == 1
    assert [found.violations for found in await examine(node) if found.violations] == []


async def test_without_any_one_segment_it_is_done_or_waits(mapped: Clinic) -> None:
    """Each segment left out in turn; only the header and the SCH make it unreadable."""
    node, lines = mapped.scene.node, public("S12-01").rstrip(b"\r").split(b"\r")
    for nth in range(1, len(lines)):
        left = b"\r".join([*lines[:nth], *lines[nth + 1 :]]) + b"\r"
        own = with_control_id(left, f"without-{nth}").replace(b"|36996|", f"|N{nth}|".encode())
        wanted = "AE" if lines[nth].startswith(b"SCH") else "AA"
        assert await act(node, own) == [wanted], lines[nth][:3]
    for number, (state, _) in (await standing(node)).items():
        assert state in {"done", "review", "dead"}, number


@pytest.mark.parametrize(
    ("segment", "was", "now", "where"),
    [
        (b"AIS", b"20210924093000+0215", b"20211324093000", "AIS^1^4"),
        (b"AIP", b"20210924093000+0215", b"tomorrow", "AIP^1^6"),
        (b"AIL", b"20210924093000+0215", b"2021-09-24", "AIL^1^6"),
        (b"AIG", b"20210924093000+0215", b"20210931", "AIG^1^8"),
        (b"TQ1", b"20210924093000+0215", b"20210924256000", "TQ1^1^7"),
        (b"SCH", b"202010011126+0215", b"202010321126", "SCH^1^11^1^4"),
    ],
)
async def test_times_that_are_none_are_not_taken_in(
    mapped: Clinic, segment: bytes, was: bytes, now: bytes, where: str
) -> None:
    lines = public("S12-01").split(b"\r")
    odd = b"\r".join(line.replace(was, now, 1) if line[:3] == segment else line for line in lines)
    async with wire_to(mapped.scene.node) as sender:
        answer = taken_apart(await sender.send(odd))
    assert (answer.code, answer.errors[0][:2]) == ("AE", (where, "102"))
    assert await booked(mapped) == []


async def test_a_batch_of_appointments_is_answered_in_kind(mapped: Clinic) -> None:
    node = mapped.scene.node
    pair = siu("S12", "1", mapped.at(9)) + siu("S15", "2")
    batch = b"FHS|^~\\&|SCHED\rBHS|^~\\&|SCHED\r" + pair + b"BTS|2\rFTS|1\r"
    async with wire_to(node) as sender:
        answer = await sender.send(batch)
    assert answer.count(b"MSA|AA|") == 2
    await settled(node)
    assert [row.status for row in await booked(mapped)] == [AppointmentStatus.CANCELLED]
