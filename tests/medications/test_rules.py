"""Rules inside the signature: what is forbidden is not signed by any door, reasons are kept."""

import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from statistics import quantiles
from uuid import UUID

import pytest
from sqlalchemy import select

from domain import decisions
from domain.access import Permission
from domain.allergies import Category, Criticality
from domain.decisions import Reason, Step
from domain.errors import NotAllowed
from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.orders import OrderKind, OrderSource
from domain.prescribing import VERSION, Condition, Tier
from domain.vitals import Vital
from tests.adt.scene import Scene
from tests.medications.conftest import admitted
from tests.medications.scene import answered, detailed, doses_of, ordered, prescribed, verified
from tests.prescriptions import ordered as rule
from tests.prescriptions import patient as known_patient
from tests.stations import Station
from tests.vitals.bedsides import WELL, told
from ward.medications import context, overrides
from ward.medications.held import hold
from ward.medications.house import FiringOutcome, RuleFiring
from ward.medications.models import MedicationRequest
from ward.medications.prescribe import check, prescribe
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.conditions import ConditionSaid, record_condition
from ward.patients.models import AllergyDetail, ConditionDetail
from ward.vitals.observe import observe

VIEW = Permission.VIEW_MEDICATIONS
#: Twenty medicines of one chart, none of which forbids another.
TWENTY = (
    *("paracetamol", "metoprolol", "amlodipine", "furosemide", "omeprazole", "metformin"),
    *("levothyroxine", "atorvastatin", "sertraline", "gabapentin", "salbutamol", "prednisolone"),
    *("amoxicillin", "folic acid", "ferrous sulfate", "lactulose", "senna", "allopurinol"),
    *("tamsulosin", "ondansetron"),
)


async def requests(scene: Scene, patient_id: UUID) -> int:
    count = "SELECT count(*) FROM medication_request WHERE patient_id = :id"
    return await scene.scalar(count, id=patient_id)


async def allergic_to(scene: Scene, patient_id: UUID, substance: str) -> None:
    said = AllergySaid(
        detail=AllergyDetail(substance, ("anaphylaxis",)),
        category=Category.MEDICATION,
        criticality=Criticality.HIGH,
    )
    async with scene.work() as work:
        await record_allergy(work, patient_id, said)


async def findings_of(scene: Scene, patient_id: UUID, detail):
    async with scene.work() as work:
        held = await hold(work, patient_id, VIEW)
        return await check(work, held, detail)


async def test_an_allergy_stops_the_order_whatever_reason_is_given(
    scene: Scene, quiet_ida: UUID
) -> None:
    await allergic_to(scene, quiet_ida, "amoxicillin")
    found = await findings_of(scene, quiet_ida, detailed("amoxicillin"))
    assert found[0].tier is Tier.STOP
    with pytest.raises(NotAllowed, match="cannot be overridden"):
        await prescribed(scene, quiet_ida, overrides=answered(*found))
    assert await requests(scene, quiet_ida) == 0


async def test_no_door_signs_past_an_allergy(open_scene: Scene, ida: UUID, doctor: Station) -> None:
    await allergic_to(open_scene, ida, "amoxicillin")
    fields = {
        "0.generic": "amoxicillin",
        "0.dose": "500",
        "0.unit": "mg",
        "0.route": "PO",
        "0.frequency": "BD",
        "0.override": "benefit-outweighs-risk",
    }
    answer = await doctor.post(f"/patients/{ida}/medications/new", **fields)
    assert answer.status_code in {409, 422}, answer.text
    assert "allergy" in answer.text.casefold()
    for source in OrderSource:
        with pytest.raises(NotAllowed, match="cannot be overridden"):
            await prescribed(open_scene, ida, source=source)
    assert await requests(open_scene, ida) == 0


async def test_a_contraindicated_pair_is_not_signed_also_not_in_one_signature(
    scene: Scene, quiet_ida: UUID
) -> None:
    pair = [
        detailed("selegiline", Code.OD, dose=Decimal(5)),
        detailed("fluoxetine", Code.OD, dose=Decimal(20)),
    ]
    found = decisions.check(rule("fluoxetine"), known_patient("selegiline"))
    assert found[0].tier is Tier.STOP
    with pytest.raises(NotAllowed, match="cannot be overridden"):
        async with scene.work() as work:
            await prescribe(work, quiet_ida, [ordered(one) for one in pair])
    assert await requests(scene, quiet_ida) == 0
    await prescribed(scene, quiet_ida, detail=pair[0])
    with pytest.raises(NotAllowed, match="cannot be overridden"):
        await prescribed(scene, quiet_ida, detail=pair[1], overrides=answered(*found))


async def test_a_severe_finding_needs_a_reason_that_stays_with_the_order(
    scene: Scene, quiet_ida: UUID
) -> None:
    await prescribed(scene, quiet_ida, "warfarin", Code.OD)
    detail = detailed("ibuprofen")
    found = await findings_of(scene, quiet_ida, detail)
    severe = [one for one in found if one.tier is Tier.REASON]
    assert severe
    with pytest.raises(NotAllowed, match="Give a reason"):
        await prescribed(scene, quiet_ida, detail=detail)
    with pytest.raises(NotAllowed, match="in words"):
        answered(*severe, reason=Reason.OTHER)
    order = await prescribed(
        scene,
        quiet_ida,
        detail=detail,
        overrides=answered(*severe, reason=Reason.OTHER, say="Two days, pantoprazole given"),
    )
    async with scene.work() as work:
        kept = (await overrides.of_requests(work, [order.id]))[order.id]
        fired = await work.every(select(RuleFiring), VIEW)
    assert {one.rule for one in kept} == {one.rule for one in severe}
    one = kept[0]
    assert (one.version, one.step, one.reason, one.revision) == (
        VERSION,
        Step.SIGN,
        Reason.OTHER,
        1,
    )
    assert one.text == "Two days, pantoprazole given"
    assert one.sentence == next(each.sentence for each in severe if each.rule == one.rule)
    overridden = {row.rule for row in fired if row.outcome is FiringOutcome.OVERRIDDEN}
    assert overridden == {one.rule for one in severe}


async def test_a_reason_for_something_else_answers_nothing(scene: Scene, quiet_ida: UUID) -> None:
    await prescribed(scene, quiet_ida, "warfarin", Code.OD)
    detail = detailed("ibuprofen")
    found = await findings_of(scene, quiet_ida, detail)
    other = [decisions.Override(one.rule, Reason.BENEFIT, "", ("x",)) for one in found]
    old = [
        decisions.Override(one.rule, Reason.BENEFIT, "", one.about, version="0") for one in found
    ]
    for wrong in (other, old):
        with pytest.raises(NotAllowed, match="Give a reason"):
            await prescribed(scene, quiet_ida, detail=detail, overrides=wrong)


async def test_unknown_allergies_ask_at_signature_and_stop_verification(scene: Scene) -> None:
    patient_id = await admitted(scene, "6E-02", "Unasked")
    async with scene.work() as work:
        await (await work.connection()).exec_driver_sql(
            "UPDATE patient SET allergy_state = 'not-recorded'"
        )
    found = await findings_of(scene, patient_id, detailed("metoprolol"))
    assert any(one.rule == "allergy-state" and one.tier is Tier.REASON for one in found)
    order = await prescribed(scene, patient_id, "metoprolol", overrides=answered(*found))
    with pytest.raises(NotAllowed, match="not recorded"):
        await verified(scene, order.id)


async def test_the_rules_know_age_weight_and_diseases(scene: Scene, quiet_ida: UUID) -> None:
    async with scene.work() as work:
        values = WELL | {Vital.WEIGHT: "48.5"}
        said = told(values, at=work.now - timedelta(minutes=5))
        await observe(work, quiet_ida, said, seen=None)
        await observe(work, quiet_ida, told(at=work.now - timedelta(minutes=1)), seen=None)
    async with scene.work() as work:
        failing = ConditionDetail("Chronic congestive heart failure")
        await record_condition(work, quiet_ida, ConditionSaid(detail=failing))
    async with scene.work() as work:
        held = await hold(work, quiet_ida, VIEW)
        found = await context.known(work, held)
    assert found.context.age_years in range(75, 80)
    assert found.context.weight == Decimal("48.5")
    assert found.weight_at is not None
    assert found.context.conditions == {Condition.HEART_FAILURE}
    rules = {one.rule for one in await findings_of(scene, quiet_ida, detailed("ibuprofen"))}
    assert "heart-failure" in rules
    rules = {one.rule for one in await findings_of(scene, quiet_ida, detailed("paracetamol"))}
    assert "limit-unknown" in rules


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"frequency": Code.PRN, "indication": ""}, "indication"),
        ({"frequency": Code.PRN, "limits": None}, "minimum interval"),
        ({"kind": OrderKind.AS_REQUIRED}, "frequency of its own"),
        ({"kind": OrderKind.INFUSION}, "volume"),
        ({"dose": Decimal(0)}, "more than 0"),
        ({"dose_most": Decimal(400)}, "more than 0"),
        ({"frequency": Code.WK}, "day of the week"),
        ({"note": "x" * 501}, "at most"),
        ({"generic": " "}, "Choose a medicine"),
    ],
)
async def test_an_order_leaves_nobody_to_guess(
    scene: Scene, quiet_ida: UUID, said: dict, sentence: str
) -> None:
    frequency = said.pop("frequency", Code.BD)
    detail = replace(detailed("amoxicillin", frequency), **said)
    with pytest.raises(NotAllowed, match=sentence):
        await prescribed(scene, quiet_ida, detail=detail)


async def test_vincristine_reaches_no_spine_and_insulin_is_in_units(
    scene: Scene, quiet_ida: UUID
) -> None:
    wrong = detailed("vincristine", dose=Decimal(2), route=Route.INTRATHECAL)
    with pytest.raises(NotAllowed, match="never given by this route"):
        await prescribed(scene, quiet_ida, detail=wrong)
    wrong = detailed("insulin aspart", dose=Decimal(4), unit=Unit.MG)
    with pytest.raises(NotAllowed, match="units only"):
        await prescribed(scene, quiet_ida, detail=wrong)


def test_twenty_medicines_are_checked_in_five_milliseconds() -> None:
    known = known_patient(*TWENTY)
    took = []
    for _ in range(40):
        start = time.process_time()
        decisions.check(rule("ibuprofen"), known)
        took.append(time.process_time() - start)
    assert quantiles(took, n=20)[-1] < 0.005


async def test_an_order_is_checked_beside_twenty_in_fifty_milliseconds(
    scene: Scene, quiet_ida: UUID
) -> None:
    for generic in TWENTY:
        detail = detailed(generic, Code.OD, dose=Decimal(1))
        found = await findings_of(scene, quiet_ida, detail)
        given = answered(*(one for one in found if one.tier is Tier.REASON))
        await prescribed(scene, quiet_ida, detail=detail, overrides=given)
    took = []
    detail = detailed("ibuprofen")
    for _ in range(40):
        start = time.process_time()
        await findings_of(scene, quiet_ida, detail)
        took.append(time.process_time() - start)
    took = sorted(took[4:])  # the slowest of twenty is measured in bench, with nobody beside it
    assert took[len(took) // 2] < 0.05, took
    assert await requests(scene, quiet_ida) == len(TWENTY)


async def test_what_is_sealed_is_not_readable(scene: Scene, quiet_ida: UUID) -> None:
    order = await prescribed(scene, quiet_ida)
    async with scene.work() as work:
        row = await work.access(MedicationRequest, order.id, VIEW)
        assert b"amoxicillin" not in row.detail
    [(dose, _), *_] = await doses_of(scene, order.id)
    assert b"500" not in dose.amount
