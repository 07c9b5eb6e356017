"""Round trip: what one house tells of a day, another takes in: the same people in the same beds."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from domain.cancellations import CancelReason
from domain.encounters import Disposition, EncounterStatus
from tests.adt.scene import Scene, six_east
from tests.databases import clone, drop
from tests.interop.hl7.border import act, adt, rows, standing
from tests.interop.hl7.passing import Administration, names, occupancy
from tests.stations import settings_for
from ward.adt.admit import admit
from ward.adt.cancel_admission import cancel_admission
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.discharge import gone
from ward.adt.leave import come_back, go_on_leave
from ward.adt.swap import swap
from ward.adt.transfer import transfer

WHY = (CancelReason.WRONG_BED, "Not this one")
LYING = """
    SELECT p.mrn_hash, w.label || ' ' || b.label, e.status, e.home_on
    FROM stay s JOIN bed b ON b.id = s.bed_id JOIN ward w ON w.id = b.ward_id
    JOIN encounter e ON e.id = s.encounter_id JOIN patient p ON p.id = s.patient_id
    WHERE s.ended_at IS NULL AND s.voided_at IS NULL
"""
ENDED = "SELECT status, disposition FROM encounter WHERE status <> 'in-progress' ORDER BY 1, 2"


@pytest.fixture
async def other(stores, template) -> AsyncIterator[Scene]:
    """Another house, with the same wards and beds, and nobody in them."""
    from ward.node import open_node

    made = await clone(stores.database_url, stores.owner_url, template)
    node = await open_node(settings_for(made, stores))
    yield await six_east(node)
    await node.close()
    await drop(stores.owner_url, made.name)


@pytest.fixture
async def pas(scene: Scene) -> AsyncIterator[Administration]:
    made = Administration(scene.node)
    async with made.open():
        yield made


async def _step(scene: Scene, command, *about, **said) -> None:
    async with scene.work() as work:
        await command(work, *about, **said)


async def _come(scene: Scene, bed: str, family: str, **said):
    patient = await scene.patient(family)
    async with scene.work() as work:
        at = work.now - timedelta(hours=1)
        return (await admit(work, patient, scene.beds[bed], at=at, **said)).id


async def _day(scene: Scene) -> None:
    """Everything that happens to people in beds, and all of it taken back once."""
    beds = scene.beds
    ida = await _come(scene, "6E-01", "Quillfeather", home_on=date(2030, 1, 2))
    bea = await _come(scene, "6E-02", "Plover")
    cid = await _come(scene, "6E-03", "Merganser")
    dot = await _come(scene, "6E-04", "Avocet")
    eve = await _come(scene, "6W-01", "Dunlin")
    await _step(scene, swap, ida, bea)
    await _step(scene, transfer, cid, beds["6W-02"])
    await _step(scene, transfer, dot, beds["6E-05"])
    await _step(scene, cancel_transfer, dot, *WHY)
    await _step(scene, gone, eve, Disposition.HOME)
    await _step(scene, cancel_discharge, eve, *WHY)
    await _step(scene, go_on_leave, eve)
    await _step(scene, go_on_leave, dot)
    await _step(scene, come_back, dot)
    await _step(scene, swap, bea, cid)
    await _step(scene, gone, ida, Disposition.HOME)
    fay = await _come(scene, "6E-06", "Knot")
    await _step(scene, cancel_admission, fay, *WHY)


async def test_the_same_people_lie_in_the_same_beds(scene, pas, other) -> None:
    await _day(scene)
    while await pas.send():
        pass
    assert await act(other.node, *(one.encode() for one in pas.raws)) == ["AA"] * len(pas.raws)
    assert {state for state, _ in (await standing(other.node)).values()} == {"done"}
    ours, theirs = await rows(scene.node, LYING), await rows(other.node, LYING)
    assert len(ours) == 4
    assert sorted(map(tuple, ours)) == sorted(map(tuple, theirs))
    assert await rows(scene.node, ENDED) == await rows(other.node, ENDED)
    assert any(row[2] == EncounterStatus.ON_LEAVE for row in theirs)


async def test_another_library_reads_the_same_from_it(scene, pas) -> None:
    await _day(scene)
    while await pas.send():
        pass
    lie = "SELECT w.label || ' ' || b.label FROM stay s JOIN bed b ON b.id = s.bed_id"
    ours = await rows(
        scene.node,
        f"{lie} JOIN ward w ON w.id = b.ward_id WHERE s.ended_at IS NULL AND s.voided_at IS NULL",
    )
    assert {row[0] for row in ours} == set(occupancy(pas.raws))


async def _told(scene: Scene, pas: Administration) -> list[bytes]:
    """Have two admitted and swapped, and give what was told."""
    one = await _come(scene, "6E-01", "Quillfeather")
    two = await _come(scene, "6E-02", "Plover")
    await _step(scene, swap, one, two)
    await pas.send()
    return [one.encode() for one in pas.raws]


async def test_a_swap_that_does_not_fit_waits_and_moves_nobody(scene, pas, other) -> None:
    first, second, swapped = await _told(scene, pas)
    assert names(swapped.decode()).count("PID") == 2
    moved = second.replace(b"^02^Northsite", b"^03^Northsite")
    assert await act(other.node, first, moved, swapped) == ["AA"] * 3
    states = list((await standing(other.node)).values())
    assert states[2] == ("review", "refused")
    lies = {row[1] for row in await rows(other.node, LYING)}
    assert lies == {"Six East 01", "Six East 03"}


async def test_a_swap_that_is_done_already_changes_nothing(scene, pas, other) -> None:
    first, second, swapped = await _told(scene, pas)
    again = swapped.replace(b"|W-", b"|X-", 1)
    assert await act(other.node, first, second, swapped, again) == ["AA"] * 4
    assert {state for state, _ in (await standing(other.node)).values()} == {"done"}
    remarks = await rows(other.node, "SELECT remarks FROM hl7_message WHERE msh10 LIKE 'X-%'")
    assert remarks[0][0] == ["Both patients were there already."]


async def test_a_swap_of_one_alone_waits(scene, pas, other) -> None:
    first, second, swapped = await _told(scene, pas)
    lines = swapped.split(b"\r")
    alone = b"\r".join(lines[:4]) + b"\r"
    await act(other.node, first, second, alone)
    assert list((await standing(other.node)).values())[2] == ("review", "refused")


async def test_leave_is_taken_in_once_and_ends_once(quiet) -> None:
    messages = [
        adt(event, f"L-{nth}") for nth, event in enumerate(("A01", "A21", "A21", "A22", "A22"))
    ]
    assert await act(quiet, *messages) == ["AA"] * 5
    assert {state for state, _ in (await standing(quiet)).values()} == {"done"}
    said = await rows(quiet, "SELECT remarks[1] FROM hl7_message ORDER BY received_seq")
    assert [row[0] for row in said][2::2] == [
        "The patient was on leave already.",
        "The patient was back already.",
    ]
