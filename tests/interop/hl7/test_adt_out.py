"""ADT out: each step of a stay leaves as table 0003 names it, once, in order, to who wants it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.access import Permission
from domain.cancellations import CancelReason
from domain.encounters import Disposition
from domain.errors import NotAllowed
from tests.adt.scene import Scene, person
from tests.interop.hl7 import passing
from tests.interop.hl7.border import act, adt, rows
from tests.interop.hl7.passing import Administration, lying, part, place
from tests.settling import settled
from ward import clock, jobs
from ward.adt.admit import admit
from ward.adt.cancel_admission import cancel_admission
from ward.adt.cancel_discharge import cancel_discharge
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.discharge import gone
from ward.adt.home import expect_home
from ward.adt.leave import come_back, go_on_leave
from ward.adt.swap import swap
from ward.adt.transfer import transfer
from ward.adt.visits import arrive
from ward.db import new_id
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.models import Hl7Place
from ward.interop.hl7.outbound.lines import BACK_OFF
from ward.interop.hl7.outbound.receivers import receivers
from ward.interop.hl7.outbound.sender import drain
from ward.interop.hl7.places import mark
from ward.patients.amend import revise
from ward.patients.person import Address, Contact
from ward.places.models import Ward

WRONG = CancelReason.WRONG_PATIENT


@pytest.fixture
async def pas(scene: Scene) -> AsyncIterator[Administration]:
    made = Administration(scene.node)
    async with made.open():
        yield made


async def test_an_admission_is_told_field_by_field(scene: Scene, pas: Administration) -> None:
    _patient, encounter = await lying(scene, home_on=date(2030, 1, 2))
    assert await pas.send() == 2
    assert pas.events == ["A01", "A08"]
    raw = pas.raws[0]
    assert passing.names(raw) == ["MSH", "EVN", "PID", "PV1", "PV2"]
    assert [part(raw, "MSH", 9, nth) for nth in (1, 2, 3)] == ["ADT", "A01", "ADT_A01"]
    assert (part(raw, "MSH", 3), part(raw, "MSH", 5), part(raw, "MSH", 12)) == (
        "WARD",
        "PAS",
        "2.5.1",
    )
    assert part(raw, "EVN", 1) == "A01"
    assert (part(raw, "PID", 5), part(raw, "PID", 5, 2), part(raw, "PID", 7)) == (
        "Quillfeather",
        "Ida",
        "19500304",
    )
    assert (part(raw, "PID", 3, 5), part(raw, "PID", 8)) == ("MR", "F")
    assert part(raw, "PV1", 2) == "I"
    assert place(raw) == ("Six East", "01", "Northsite")
    assert part(raw, "PV1", 6) == ""
    assert [part(raw, "PV1", 19, nth) for nth in (1, 4, 5)] == [str(encounter), "WARD", "VN"]
    assert part(raw, "PV1", 44) == part(raw, "EVN", 6)
    assert part(raw, "PV1", 45) == ""
    assert part(raw, "PV2", 9) == "20300102"


@pytest.mark.parametrize(
    ("event", "structure"),
    [("A02", "ADT_A02"), ("A12", "ADT_A12"), ("A03", "ADT_A03"), ("A13", "ADT_A01")],
)
async def test_each_step_has_the_structure_of_its_event(scene, pas, event, structure) -> None:
    await _day(scene)
    await pas.send()
    raw = next(one for one in pas.raws if part(one, "MSH", 9, 2) == event)
    assert part(raw, "MSH", 9, 3) == structure
    assert part(raw, "EVN", 1) == event


async def _day(scene: Scene) -> tuple[UUID, UUID]:
    """Come, move, move back, move again, go, be back, and all of it taken back as far as it can."""
    patient, encounter = await lying(scene)
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6E-02"])
    async with scene.work() as work:
        await cancel_transfer(work, encounter, WRONG, "Not this one")
    async with scene.work() as work:
        await gone(work, encounter, Disposition.HOME)
    async with scene.work() as work:
        await cancel_discharge(work, encounter, WRONG, "Stays")
    async with scene.work() as work:
        await go_on_leave(work, encounter)
    async with scene.work() as work:
        await come_back(work, encounter)
    async with scene.work() as work:
        await cancel_admission(work, encounter, WRONG, "Never came")
    return patient, encounter


async def test_what_is_taken_back_is_told_as_taken_back(scene, pas) -> None:
    """Undo: A12 names the bed before the transfer, A13 the bed again, A11 the bed that is left."""
    await _day(scene)
    assert await pas.send() == 8
    assert pas.events == ["A01", "A02", "A12", "A03", "A13", "A21", "A22", "A11"]
    moved, back, gone, again, out, here, never = pas.raws[1:]
    assert (place(moved)[1], place(moved, 6)[1]) == ("02", "01")
    assert (place(back)[1], part(back, "PV1", 6)) == ("01", "")
    assert place(gone)[1] == "01"
    assert part(gone, "PV1", 45) == part(gone, "EVN", 6) != ""
    assert (place(again)[1], part(again, "PV1", 45)) == ("01", "")
    assert (place(out)[1], place(here)[1], place(never)[1]) == ("01", "01", "01")
    assert [part(one, "EVN", 4) for one in (back, again, never)] == [WRONG.value] * 3
    assert len({part(one, "PV1", 19) for one in pas.raws}) == 1


async def test_what_leaves_is_in_the_trail_of_its_patient(scene, pas) -> None:
    patient, encounter = await lying(scene)
    async with scene.work() as work:
        await cancel_admission(work, encounter, WRONG, "Never came")
    await pas.send()
    assert pas.events == ["A01", "A11"]
    looked = "SELECT code, data_classes, patients FROM audit_event WHERE actor_name = 'job:hl7.out'"
    taken = [row for row in await rows(scene.node, looked) if row[0] == "hl7.out.take"]
    assert [(row[1], row[2]) for row in taken] == [(["D1"], [patient])] * 2


async def test_a_discharge_says_where_to_and_when(scene, pas) -> None:
    _, encounter = await lying(scene)
    async with scene.work() as work:
        at = work.now - timedelta(minutes=5)
        await gone(work, encounter, Disposition.HOSPICE, at=at)
    await pas.send()
    raw = pas.raws[-1]
    assert (part(raw, "PV1", 36), place(raw)[1]) == ("hosp", "01")
    assert part(raw, "PV1", 45)[:8] == part(raw, "EVN", 6)[:8]
    assert part(raw, "PV1", 45) != part(raw, "EVN", 2)


async def test_nothing_is_told_of_what_was_rolled_back(scene, pas) -> None:
    _, encounter = await lying(scene)
    await pas.send()
    await lying(scene, "6E-02", "Plover")
    with pytest.raises(NotAllowed):
        await _twice(scene, encounter, "6E-03", "6E-02")
    await pas.send()
    assert pas.events == ["A01", "A01"]
    jobs = "SELECT count(*) FROM job WHERE name LIKE 'interop.hl7.outbound%'"
    assert await scene.scalar(jobs) == 0


async def _twice(scene: Scene, encounter: UUID, *beds: str) -> None:
    async with scene.work() as work:
        for bed in beds:
            await transfer(work, encounter, scene.beds[bed])


async def test_order_is_kept_while_the_receiver_is_away(scene) -> None:
    pas = Administration(scene.node)
    async with pas.open():
        pass  # a port of its own, and nobody there
    _, encounter = await lying(scene)
    for bed in ("6E-02", "6E-03", "6E-04"):
        async with scene.work() as work:
            await transfer(work, encounter, scene.beds[bed])
        assert await pas.send(patience=0.5) == 0
    clock.shift(clock.offset() + timedelta(minutes=1) + BACK_OFF[-1])
    async with pas.open():
        assert await pas.send() == 4
    assert pas.events == ["A01", "A02", "A02", "A02"]
    assert [place(raw)[1] for raw in pas.raws] == ["01", "02", "03", "04"]


async def test_a_job_that_is_early_tells_what_came_before_it(scene, pas) -> None:
    """The newest job goes first: what waits beside it is told in the order it happened."""
    _, one = await lying(scene)
    _, two = await lying(scene, "6E-02", "Plover")
    async with scene.work() as work:
        await swap(work, one, two)
    async with scene.work() as work:
        await gone(work, two, Disposition.HOME)
    newest = "SELECT id FROM job WHERE name LIKE '%told_moves%' ORDER BY run_at DESC, id DESC"
    (last, *_) = await rows(scene.node, newest)
    assert await jobs.do(scene.node, last[0])
    assert await pas.send() == 4
    assert pas.events == ["A01", "A01", "A17", "A03"]


async def test_what_came_in_goes_to_others_and_not_back(scene) -> None:
    """The PAS admits over HL7: the bed system hears it, the PAS does not; ours goes to both."""
    pas, beds = Administration(scene.node), Administration(scene.node, name="bed_system")
    async with pas.open(), beds.open():
        at = f"pas=127.0.0.1:{pas.port},bed_system=127.0.0.1:{beds.port}/ADT+A08"
        scene.node.settings = scene.node.settings.model_copy(update={"hl7_receivers": at})
        assert await act(scene.node, adt("A01", "P-1")) == ["AA"]
        assert await act(scene.node, adt("A08", "P-2", name="PLOVER^ANNABEL")) == ["AA"]
        await settled(scene.node)
        encounter = await scene.scalar("SELECT id FROM encounter")
        async with scene.work() as work:
            await transfer(work, encounter, scene.beds["6E-05"])
        await settled(scene.node)
        for one in receivers(scene.node.settings):
            await drain(scene.node, one)
    assert pas.events == ["A02"]
    assert beds.events == ["A01", "A08", "A02"]
    visit = [part(pas.raws[0], "PV1", 19, nth) for nth in (1, 4, 5)]
    assert visit == ["V26-1", "PAS", "VN"]
    assert part(pas.raws[0], "PV1", 50) == str(encounter)


async def test_a_receiver_hears_the_place_in_its_own_words(scene, pas) -> None:
    async with scene.work() as work:
        words = "W7^B2^07"
        sender = Sender("PAS", "NORTHSITE")
        row = Hl7Place(
            id=new_id(),
            msh3=sender.application,
            msh4=sender.facility,
            place=words,
            mark=mark(sender, words),
            bed_id=scene.beds["6E-01"],
        )
        work.add(row, Permission.REVIEW_MESSAGES)
    _, encounter = await lying(scene)
    async with scene.work() as work:
        await transfer(work, encounter, scene.beds["6E-02"])
    await pas.send()
    raw = pas.raws[1]
    assert [part(raw, "PV1", 6, nth) for nth in (1, 2, 3, 4)] == ["W7", "B2", "07", "Northsite"]
    assert place(raw) == ("Six East", "02", "Northsite")


async def test_who_the_patient_is_now_is_told_to_who_wants_it(scene) -> None:
    pas = Administration(scene.node, kinds="A08")
    async with pas.open():
        patient, _ = await lying(scene)
        renamed = replace(
            person("Plover", "Ida"),
            addresses=(Address(("12 Sample Road",), "Exampleton", "", "EX1 2AB", "GBR"),),
            contacts=(Contact("+440000000001", "phone", "home"),),
        )
        async with scene.work() as work:
            await revise(work, patient, lambda known: replace(renamed, numbers=known.numbers))
        await pas.send()
        assert pas.events == ["A08"]
        async with scene.work() as work:
            await revise(work, patient, lambda known: replace(known, addresses=(), contacts=()))
        await pas.send()
    full, cleared = pas.raws
    assert (part(full, "PID", 5), part(full, "PID", 11), part(full, "PID", 11, 5)) == (
        "Plover",
        "12 Sample Road",
        "EX1 2AB",
    )
    assert [part(full, "PID", 13, nth) for nth in (1, 2)] == ["+440000000001", "PRN"]
    assert place(full)[1] == "01"
    assert (part(cleared, "PID", 11), part(cleared, "PID", 13)) == ('""', '""')


async def test_who_is_in_no_hospital_is_not_told_of(scene, pas) -> None:
    patient = await scene.patient()
    async with scene.work() as work:
        await revise(work, patient, lambda known: replace(known, language="de"))
    assert await pas.send() == 0


async def test_who_wants_moves_alone_hears_no_update(scene) -> None:
    pas = Administration(scene.node, kinds="ADT")
    async with pas.open():
        _, encounter = await lying(scene)
        async with scene.work() as work:
            await expect_home(work, encounter, date(2030, 1, 2))
        await pas.send()
    assert pas.events == ["A01"]


async def test_an_arrival_without_a_bed_is_told_with_its_ward(scene, pas) -> None:
    patient = await scene.patient()
    async with scene.work() as work:
        ward = await work.access(Ward, scene.east, Permission.VIEW_BEDS)
        await arrive(work, patient, ward.branch_id, ward_id=ward.id)
    await pas.send()
    assert pas.events == ["A04"]
    assert (part(pas.raws[0], "PV1", 2), place(pas.raws[0])) == ("O", ("Six East", "", "Northsite"))


async def test_what_is_told_stands_sealed(scene, pas) -> None:
    await lying(scene)
    await pas.send()
    clear = "SELECT count(*) FROM hl7_outbound WHERE position(convert_to(:word, 'UTF8') IN raw) > 0"
    assert await scene.scalar(clear, word="Quillfeather") == 0


async def test_where_nobody_wants_it_nothing_is_queued(scene) -> None:
    at = "pharmacy=127.0.0.1:1"
    scene.node.settings = scene.node.settings.model_copy(update={"hl7_receivers": at})
    await lying(scene)
    await settled(scene.node)
    assert await scene.scalar("SELECT count(*) FROM hl7_outbound") == 0


async def test_a_discharge_taken_back_into_no_bed_names_the_ward(scene, pas) -> None:
    _, encounter = await lying(scene)
    async with scene.work() as work:
        await gone(work, encounter, Disposition.HOME)
    await scene.clean("6E-01")
    bea = await scene.patient("Plover")
    async with scene.work() as work:
        await admit(work, bea, scene.beds["6E-01"])
    async with scene.work() as work:
        await cancel_discharge(work, encounter, WRONG, "Stays")
    await pas.send()
    assert place(pas.raws[-1]) == ("Six East", "", "Northsite")
