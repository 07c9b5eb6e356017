"""RAS: what was given is told in the very commit's jobs: once, in order, as it was."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from domain.access import Permission
from domain.doses import NotGiven, Status
from domain.formulary import Route, Unit
from domain.frequencies import Code
from tests.adt.scene import Scene
from tests.interop.hl7.corpus import RULES, vector
from tests.interop.hl7.pharmacy import Pharmacy
from tests.medications.conftest import admitted
from tests.medications.scene import doses_of, infused, prescribed, verified
from tests.settling import settled
from ward.db import new_id
from ward.interop.hl7 import wire
from ward.interop.hl7.message import Message, Segment
from ward.interop.hl7.outbound import tables
from ward.medications import give, infuse
from ward.medications.details import GivenAmount, GivenDetail
from ward.medications.events import (
    AdministrationCorrected,
    DoseGiven,
    DoseNotGiven,
    InfusionChanged,
)
from ward.medications.models import Identified, MedicationAdministration, MedicationRequest
from ward.medications.not_give import NotGivenSaid, not_give
from ward.medications.said import GivenSaid

GIVE = Permission.GIVE_MEDICATION
AMOUNT = GivenAmount(Decimal("500.0"), Unit.MG)
GIVEN = GivenDetail(amount=AMOUNT, gtin="09501101530003", lot="LOT42A", expires="2029-01-31")


@pytest.fixture
async def pharmacy(scene: Scene) -> AsyncIterator[Pharmacy]:
    made = Pharmacy(scene.node)
    async with made.open():
        yield made


@pytest.fixture
async def ida(scene: Scene) -> UUID:
    return await admitted(scene)


async def record(
    scene: Scene,
    request: MedicationRequest,
    detail: GivenDetail = GIVEN,
    status: Status = Status.GIVEN,
    *,
    tell: bool = True,
) -> UUID:
    """Write an administration down as the record of a dose does."""
    async with scene.work() as work:
        row = MedicationAdministration(
            id=new_id(),
            patient_id=request.patient_id,
            encounter_id=request.encounter_id,
            ward_id=scene.east,
            request_id=request.id,
            status=status,
            occurred_at=work.now - timedelta(minutes=1),
            recorded_at=work.now,
            recorded_as="nurse",
            band=Identified.SCANNED,
        )
        await work.seal(row, detail=detail)
        work.add(row, GIVE)
        kind = DoseNotGiven if status is Status.NOT_GIVEN else DoseGiven
        if tell:
            work.record(kind(row.patient_id, scene.east, request.id, None, row.id))
        return row.id


async def void(scene: Scene, administration: UUID) -> AdministrationCorrected:
    """Say that a record was wrong."""
    async with scene.work() as work:
        row = await work.access(MedicationAdministration, administration, GIVE, lock=True)
        row.voided_at = work.now
        row.voided_by = (await _somebody(scene)).id
        fact = AdministrationCorrected(
            row.patient_id, scene.east, row.request_id, None, row.id, instead_id=None
        )
        work.record(fact)
    return fact


async def _somebody(scene: Scene):
    from sqlalchemy import select

    from ward.security.models import User

    async with scene.work() as work:
        return (await work.every(select(User).limit(1), Permission.VIEW_DUTY))[0]


def first(message: Message, name: str) -> Segment:
    found = message.first(name)
    assert found is not None, name
    return found


async def test_a_dose_is_told_field_by_field(scene: Scene, pharmacy: Pharmacy, ida: UUID) -> None:
    request = await prescribed(scene, ida)
    await record(scene, request)
    assert await pharmacy.send() == 1
    (message,) = pharmacy.told
    assert [one.name for one in message.segments] == ["MSH", "PID", "PV1", "ORC", "RXA", "RXR"]
    assert message.segments[0].raw(9) == "RAS^O17^RAS_O17"
    pid, pv1, orc, rxa = (first(message, name) for name in ("PID", "PV1", "ORC", "RXA"))
    assert pid.text(3, 5) == "MR"
    assert (pid.text(5), pid.text(5, 2), pid.text(7), pid.text(8)) == (
        "Quillfeather",
        "Ida",
        "19500304",
        "F",
    )
    assert (pv1.text(3), pv1.text(3, 3), pv1.text(3, 4)) == ("Six East", "01", "Northsite")
    assert (orc.text(1), orc.text(2), orc.text(2, 2)) == ("RE", str(request.id), "WARD")
    assert (rxa.text(1), rxa.text(2)) == ("0", "1")
    assert rxa.raw(5) == "723^amoxicillin^RXNORM"
    assert (rxa.text(6), rxa.raw(7)) == ("500", "mg^^UCUM")
    assert (rxa.text(15), rxa.text(16), rxa.text(25)) == ("LOT42A", "20290131", "09501101530003")
    assert (rxa.text(18), rxa.text(20), rxa.text(21)) == ("", "CP", "A")
    assert first(message, "RXR").raw(1) == "PO^Oral^HL70162"


def test_our_message_has_the_fields_of_the_published_example() -> None:
    """Each field that M13 fills is filled by us, apart from those of the provider's place."""
    reading = wire.read(vector("M13"), RULES)
    assert reading.message is not None
    rxa = first(reading.message, "RXA")
    filled = {number for number in range(1, 26) if rxa.raw(number)}
    assert filled == {1, 2, 3, 4, 5, 6, 7, 8, 10, 15, 16, 20, 21, 22}


@pytest.mark.parametrize(
    ("status", "reason", "amount", "code", "said"),
    [
        (Status.NOT_GIVEN, NotGiven.REFUSED, None, "RE", "0"),
        (Status.NOT_GIVEN, NotGiven.NBM, None, "NA", "0"),
        (Status.GIVEN_PARTIAL, NotGiven.VOMITED, GivenAmount(Decimal(250), Unit.MG), "PA", "250"),
        (Status.RUNNING, None, None, "PA", "999"),
    ],
)
async def test_what_was_not_or_partly_given_says_so(
    scene: Scene,
    pharmacy: Pharmacy,
    ida: UUID,
    status: Status,
    reason: NotGiven | None,
    amount: GivenAmount | None,
    code: str,
    said: str,
) -> None:
    request = await prescribed(scene, ida)
    await record(scene, request, GivenDetail(amount=amount, reason=reason), status)
    assert await pharmacy.send() == 1
    rxa = first(pharmacy.told[0], "RXA")
    assert (rxa.text(20), rxa.text(6)) == (code, said)
    assert rxa.text(18) == (reason.value if reason else "")


async def test_the_other_reason_is_told_in_words(
    scene: Scene, pharmacy: Pharmacy, ida: UUID
) -> None:
    request = await prescribed(scene, ida)
    detail = GivenDetail(reason=NotGiven.OTHER, text="Fire drill | all out & away")
    await record(scene, request, detail, Status.NOT_GIVEN)
    await pharmacy.send()
    assert first(pharmacy.told[0], "RXA").text(18, 2) == "Fire drill | all out & away"


async def test_a_wrong_record_is_taken_back_after_it_was_told(
    scene: Scene, pharmacy: Pharmacy, ida: UUID
) -> None:
    request = await prescribed(scene, ida)
    given = await record(scene, request)
    assert await pharmacy.send() == 1
    await void(scene, given)
    assert await pharmacy.send() == 1
    assert [first(one, "RXA").text(21) for one in pharmacy.told] == ["A", "D"]


async def test_what_was_wrong_before_anybody_heard_is_not_told(
    scene: Scene, pharmacy: Pharmacy, ida: UUID
) -> None:
    request = await prescribed(scene, ida)
    given = await record(scene, request)
    await void(scene, given)
    assert await pharmacy.send() == 0


async def test_a_job_that_is_early_tells_what_came_before_it(
    scene: Scene, pharmacy: Pharmacy, ida: UUID
) -> None:
    """Jobs of one patient are done by several hands at once: the order is that of the records."""
    request = await prescribed(scene, ida)
    given = [await record(scene, request, replace(GIVEN, lot=f"L{nth}")) for nth in range(6)]
    assert len(given) == 6
    await settled(scene.node)
    assert await pharmacy.send() == 6
    lots = [first(one, "RXA").text(15) for one in pharmacy.told]
    assert lots == [f"L{nth}" for nth in range(6)]


async def test_an_infusion_is_told_when_it_runs_and_when_it_ends(
    scene: Scene, pharmacy: Pharmacy, ida: UUID
) -> None:
    request = await prescribed(scene, ida, detail=infused())
    assert await doses_of(scene, request.id) is not None
    ordered = GivenDetail(amount=GivenAmount(Decimal(20000), Unit.UNITS))
    row_id = await record(scene, request, ordered, Status.RUNNING)
    assert await pharmacy.send() == 1
    async with scene.work() as work:
        row = await work.access(MedicationAdministration, row_id, GIVE, lock=True)
        row.status, row.ended_at = Status.STOPPED, work.now
        await work.seal(row, detail=GivenDetail(amount=GivenAmount(Decimal(9000), Unit.UNITS)))
        for _ in range(2):
            work.record(InfusionChanged(row.patient_id, scene.east, request.id, None, row.id))
    assert await pharmacy.send() == 1
    rxas = [first(one, "RXA") for one in pharmacy.told]
    assert [(one.text(20), one.text(21), one.text(6)) for one in rxas] == [
        ("PA", "A", "999"),
        ("PA", "U", "9000"),
    ]
    assert rxas[1].raw(7) == "units^^L"


async def test_the_commands_of_the_bedside_are_told(
    scene: Scene, pharmacy: Pharmacy, ida: UUID
) -> None:
    """Given, left out, taken at the pump: by the commands that the pages call."""
    given = await prescribed(scene, ida, "amoxicillin", Code.STAT)
    left_out = await prescribed(scene, ida, "metoprolol", Code.STAT)
    runs = await prescribed(scene, ida, detail=infused())
    for one in (given, runs):
        await verified(scene, one.id)  # the pharmacy may be open
    doses = [(await doses_of(scene, one.id))[0][0].id for one in (given, left_out, runs)]
    async with scene.work() as work:
        await give.give(work, doses[0], GivenSaid(), revision=1)
    async with scene.work() as work:
        await not_give(work, doses[1], NotGivenSaid(reason=NotGiven.REFUSED))
    async with scene.work() as work:
        run = await infuse.start(work, doses[2], GivenSaid(), revision=1)
    async with scene.work() as work:
        await infuse.stop_pump(work, run.id, "Bleeding", Decimal(1))
    assert await pharmacy.send() >= 3
    told = [first(one, "RXA") for one in pharmacy.told]
    assert [(one.text(5, 2), one.text(20)) for one in told[:3]] == [
        ("amoxicillin", "CP"),
        ("metoprolol", "RE"),
        ("heparin (unfractionated)", "PA"),
    ]


async def test_where_nobody_is_to_be_told_nothing_is_queued(scene: Scene, ida: UUID) -> None:
    request = await prescribed(scene, ida)
    await record(scene, request)
    await settled(scene.node)
    assert await scene.scalar("SELECT count(*) FROM hl7_outbound") == 0


async def test_what_is_told_stands_sealed(scene: Scene, pharmacy: Pharmacy, ida: UUID) -> None:
    request = await prescribed(scene, ida)
    await record(scene, request)
    await pharmacy.send()
    clear = "SELECT count(*) FROM hl7_outbound WHERE position(convert_to(:word, 'UTF8') IN raw) > 0"
    assert await scene.scalar(clear, word="amoxicillin") == 0


@pytest.mark.parametrize("route", list(Route))
def test_each_route_comes_back_as_it_went(route: Route) -> None:
    code, words, _ = tables.route_out(route)
    assert tables.route_in(code, words) is route


@pytest.mark.parametrize("unit", list(Unit))
def test_each_unit_comes_back_as_it_went(unit: Unit) -> None:
    assert tables.unit_in(tables.unit_out(unit)[0]) is unit
