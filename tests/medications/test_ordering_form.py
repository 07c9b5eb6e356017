"""The order form: what is typed is read, refused at its field, or signed; nothing typed is lost."""

import re
from uuid import UUID

import pytest
from sqlalchemy import func, select
from starlette.datastructures import FormData

from domain.allergies import Criticality
from domain.orders import OrderKind, OrderSource, RequestPriority
from tests.adt.scene import Scene
from tests.medications.scene import VIEW, prescribed
from tests.stations import Station, ids
from ward.medications.basket import Basket
from ward.medications.details import OrderDetail
from ward.medications.house import FiringOutcome, RuleFiring
from ward.medications.models import MedicationRequest, RuleOverride
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail

AMOXICILLIN = {"generic": "amoxicillin", "dose": "500", "unit": "mg", "route": "PO"}


def line(n: int = 0, **said: str) -> dict[str, str]:
    """Write one line as the form sends it."""
    return {f"{n}.{name}": value for name, value in said.items()}


def amoxicillin(n: int = 0, **more: str) -> dict[str, str]:
    return line(n, **{**AMOXICILLIN, "frequency": "TDS", **more})


async def orders(scene: Scene, patient_id: UUID) -> list[tuple[MedicationRequest, OrderDetail]]:
    async with scene.work() as work:
        mine = select(MedicationRequest).where(MedicationRequest.patient_id == patient_id)
        rows = await work.every(mine.order_by(MedicationRequest.id), VIEW)
        details = await work.open(rows, MedicationRequest.detail)
    return [(row, details[row.id]) for row in rows]


async def firings(scene: Scene) -> dict[tuple[str, str], int]:
    async with scene.work() as work:
        counted = select(RuleFiring.rule, RuleFiring.outcome, func.count())
        of = counted.group_by(RuleFiring.rule, RuleFiring.outcome)
        rows = (await (await work.connection()).execute(of)).all()
    return {(rule, outcome.value): count for rule, outcome, count in rows}


async def allergic(scene: Scene, patient_id: UUID, substance: str, *reactions: str) -> None:
    said = AllergySaid(detail=AllergyDetail(substance, reactions), criticality=Criticality.HIGH)
    async with scene.work() as work:
        await record_allergy(work, patient_id, said)


def sheet_of(patient_id: UUID, what: str = "new") -> str:
    return f"/patients/{patient_id}/medications/{what}"


async def test_a_line_is_signed_and_stands_as_it_was_written(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    answer = await doctor.post(sheet_of(ida), **amoxicillin(indication="chest infection"))
    assert answer.status_code == 200, answer.text
    ((row, detail),) = await orders(open_scene, ida)
    assert (detail.generic, str(detail.dose), detail.indication) == (
        "amoxicillin",
        "500",
        "chest infection",
    )
    assert (row.kind, row.source) == (OrderKind.REGULAR, OrderSource.PRESCRIBER)


async def test_the_form_finds_medicines_and_begins_a_line_with_what_has_no_choice(
    ida: UUID, doctor: Station
) -> None:
    empty = await doctor.get(sheet_of(ida))
    assert "Which medicine?" in empty.text
    found = await doctor.post(sheet_of(ida, "new/ask"), do="find", q="HYDRAL")
    assert '<span aria-hidden="true" class="tall">hydrALAZINE</span>' in found.text
    assert '<span class="vh">hydralazine</span>' in found.text
    begun = await doctor.post(sheet_of(ida, "new/ask"), do="pick:metformin")
    assert 'name="0.generic" value="metformin"' in begun.text
    assert '<option value="PO" selected>Oral</option>' in begun.text
    assert "three times daily (08:00 14:00 22:00)" in begun.text.replace("Three", "three")
    assert ">TDS<" not in begun.text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"dose": ""}, "Dose is missing."),
        ({"dose": ".5"}, "Write 0.5."),
        ({"dose": "0"}, "Dose is more than 0."),
        ({"dose": "five"}, "Write a number such as 0.5"),
        ({"frequency": ""}, "How often is missing."),
        ({"route": "SC"}, "Choose one of the routes of this medicine."),
        ({"unit": "units"}, "Choose one of the units of this medicine."),
        ({"frequency": "PRN"}, "Indication is missing."),
        ({"frequency": "PRN", "indication": "pain", "interval": "4"}, "The most in 24 hours"),
        ({"frequency": "WK"}, "On which day of the week?"),
        ({"frequency": "MO"}, "Day of the month is missing."),
        ({"times": "08:00"}, "Three times daily needs 3 different times."),
        ({"times": "25:00"}, "Write the times as 08:00 14:00 22:00."),
        ({"starts": "2020-01-01T08:00"}, "This start has passed."),
        ({"stops": "2020-01-01T08:00"}, "An order stops after it starts."),
        ({"dose_most": "250"}, "The upper dose of a range is more than the lower."),
        ({"infusion": "yes"}, "Volume of the bag is missing."),
        ({"count": "2.5"}, "Number of doses is a whole number."),
    ],
)
async def test_what_cannot_stand_is_refused_at_its_field_and_what_was_typed_is_kept(
    open_scene: Scene, ida: UUID, doctor: Station, said: dict[str, str], sentence: str
) -> None:
    answer = await doctor.post(sheet_of(ida), **amoxicillin(**{"note": "with water", **said}))
    assert answer.status_code in {409, 422}, answer.text
    assert sentence in answer.text
    assert "None of the orders stands." in answer.text
    assert 'value="with water"' in answer.text
    assert await orders(open_scene, ida) == []


async def test_a_penicillin_allergy_stops_amoxicillin_whatever_reason_is_sent(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    await allergic(open_scene, ida, "penicillin", "anaphylaxis")
    live = await doctor.post(sheet_of(ida, "new/ask"), open="0", **amoxicillin())
    assert "Contraindicated" in live.text
    assert re.search(r'<button [^>]*id="order-sign"[^>]* disabled', live.text)
    reasons = {f"0.why_{key}": "other" for key in re.findall(r'id="find-(\w+)"', live.text)}
    answer = await doctor.post(sheet_of(ida), **amoxicillin(), **reasons)
    assert answer.status_code == 422
    assert "This cannot be overridden." in answer.text
    assert await orders(open_scene, ida) == []
    assert [outcome for _, outcome in await firings(open_scene)] == [FiringOutcome.HEEDED.value]


async def test_a_severe_pair_asks_for_a_reason_keeps_it_and_counts_it(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    await prescribed(open_scene, ida, "warfarin")
    aspirin = line(generic="aspirin", dose="75", unit="mg", route="PO", frequency="OD")
    refused = await doctor.post(sheet_of(ida), **aspirin)
    assert refused.status_code == 422
    assert "Give a reason." in refused.text
    (key,) = re.findall(r'name="0\.why_(\w+)"', refused.text)
    other = await doctor.post(sheet_of(ida), **aspirin, **{f"0.why_{key}": "other"})
    assert "Say in words what the other reason is." in other.text
    said = {f"0.why_{key}": "benefit-outweighs-risk", f"0.text_{key}": "mechanical valve"}
    signed = await doctor.post(sheet_of(ida), **aspirin, **said)
    assert signed.status_code == 200, signed.text
    async with open_scene.work() as work:
        (kept,) = await work.every(select(RuleOverride), VIEW)
        words = (await work.open([kept], RuleOverride.said))[kept.id]
    assert words.text == "mechanical valve"
    assert words.about == ("aspirin", "warfarin")
    counted = await firings(open_scene)
    assert counted[(kept.rule, "overridden")] == 1
    assert counted[(kept.rule, "heeded")] == 2


async def test_a_rule_that_made_somebody_choose_otherwise_is_counted_as_heeded(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    said = {"seen": "D16:reason allergy:stop nonsense"}
    assert (await doctor.post(sheet_of(ida), **amoxicillin(), **said)).status_code == 200
    counted = await firings(open_scene)
    assert counted[("D16", "heeded")] == counted[("allergy", "heeded")] == 1


async def test_methotrexate_is_offered_weekly_alone_until_it_is_for_cancer(
    ida: UUID, doctor: Station
) -> None:
    begun = await doctor.post(sheet_of(ida, "new/ask"), do="pick:methotrexate")
    assert 'value="TDS"' not in begun.text
    assert 'value="WK" selected' in begun.text
    weekly = line(generic="methotrexate", dose="10", unit="mg", route="PO", frequency="WK")
    daily = {**weekly, "0.frequency": "OD"}
    answer = await doctor.post(sheet_of(ida), **daily)
    assert "methotrexate is given once a week." in answer.text
    signed = await doctor.post(sheet_of(ida, "new/ask"), open="0", **weekly, **{"0.weekday": "0"})
    assert "once a week, on Monday" in signed.text
    cancer = await doctor.post(
        sheet_of(ida, "new/ask"), do="open:0", **daily, **{"0.is_oncology": "yes"}
    )
    assert 'value="OD" selected' in cancer.text


PRN = line(
    0,
    generic="paracetamol",
    dose="1,000",
    unit="mg",
    route="PO",
    frequency="PRN",
    indication="pain",
    interval="6",
    max_24h="4000",
)
TAPER = line(
    1,
    generic="prednisolone",
    unit="mg",
    route="PO",
    frequency="OD",
    rows="2",
    step_dose_0="30",
    step_days_0="3",
    step_dose_1="20",
)
PUMP = line(
    2,
    generic="norepinephrine",
    dose="4",
    unit="mg",
    route="IV",
    frequency="ONCE",
    infusion="yes",
    volume="50",
    diluent="glucose 5 %",
    rate="0.05",
    rate_unit="microgram/kg/min",
    weight="70",
    most="0.5",
)


async def test_as_required_taper_and_infusion_are_signed_together(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    whole = PRN | TAPER | PUMP
    live = await doctor.post(sheet_of(ida, "new/ask"), open="2", **whole)
    assert "Pump at 2.63 mL per hour" in live.text  # 0.05 x 70 x 60 / 80 microgram per mL
    reasons = {f"2.why_{key}": "monitored" for key in re.findall(r'2\.why_(\w+)"', live.text)}
    answer = await doctor.post(sheet_of(ida), **whole, **reasons)
    assert answer.status_code == 200, answer.text
    made = await orders(open_scene, ida)
    assert [row.kind for row, _ in made] == [
        OrderKind.AS_REQUIRED,
        OrderKind.REGULAR,
        OrderKind.INFUSION,
    ]
    assert len({row.set_id for row, _ in made}) == 1
    limits = made[0][1].limits
    assert limits is not None
    assert limits.min_interval_minutes == 360
    assert [(str(step.dose), step.days) for step in made[1][1].steps] == [("30", 3), ("20", None)]


async def test_one_line_that_may_not_be_signed_keeps_all_of_them_and_is_named(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    wrong = line(1, generic="ibuprofen", unit="mg", route="PO", frequency="TDS")
    answer = await doctor.post(sheet_of(ida), **amoxicillin(), **wrong)
    assert answer.status_code == 422
    assert "ibuprofen: Dose is missing." in answer.text
    assert 'id="f-1-dose"' in answer.text  # the line that is wrong is open
    assert 'name="0.dose" value="500"' in answer.text
    assert await orders(open_scene, ida) == []


async def test_lines_are_judged_beside_each_other_before_they_are_signed(
    ida: UUID, doctor: Station
) -> None:
    both = amoxicillin() | amoxicillin(1, route="PO", dose="250")
    live = await doctor.post(sheet_of(ida, "new/ask"), open="1", **both)
    assert "amoxicillin is ordered twice." in live.text


async def test_the_first_dose_now_shows_its_gap(ida: UUID, doctor: Station) -> None:
    live = await doctor.post(sheet_of(ida, "new/ask"), open="0", **amoxicillin())
    assert "At the next time of the ward" in live.text
    assert re.search(r"The next follows after (only )?\d", live.text)


async def test_a_set_of_steps_is_written_without_a_script(ida: UUID, doctor: Station) -> None:
    drug = line(generic="prednisolone", dose="40", unit="mg", route="PO", frequency="OD")
    page = await doctor.post(sheet_of(ida, "new/ask"), htmx=False, do="rows", open="0", **drug)
    assert page.status_code == 200
    assert "<!doctype html>" in page.text
    assert 'id="f-0-step_dose_0" name="0.step_dose_0" value="40"' in page.text
    assert 'id="f-0-step_dose_1"' in page.text


async def test_a_plain_form_that_is_refused_is_drawn_again_with_what_was_typed(
    ida: UUID, doctor: Station
) -> None:
    answer = await doctor.post(sheet_of(ida), htmx=False, **amoxicillin(dose="", note="slowly"))
    assert answer.status_code == 422
    assert "<!doctype html>" in answer.text
    assert "Dose is missing." in answer.text
    assert 'value="slowly"' in answer.text


async def test_a_nurse_writes_a_verbal_order_down_for_a_prescriber_who_was_read_it_back(
    open_scene: Scene, ida: UUID, nurse: Station
) -> None:
    doctor_id = (await ids(open_scene.node, "app_user", "username"))["doctor"]
    drawn = await nurse.get(sheet_of(ida, "verbal"))
    assert str(doctor_id) in drawn.text
    who = await nurse.post(sheet_of(ida, "verbal"), **amoxicillin())
    assert "Choose the prescriber." in who.text
    unread = await nurse.post(sheet_of(ida, "verbal"), prescriber_id=doctor_id, **amoxicillin())
    assert "Read the order back" in unread.text
    answer = await nurse.post(
        sheet_of(ida, "verbal"), prescriber_id=doctor_id, read_back="yes", **amoxicillin()
    )
    assert answer.status_code == 200, answer.text
    ((row, _),) = await orders(open_scene, ida)
    assert (row.source, row.prescribed_by) == (OrderSource.VERBAL, doctor_id)
    assert row.acknowledged_at is None


async def test_stat_is_a_priority_of_the_order(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    assert (await doctor.post(sheet_of(ida), **amoxicillin(stat="yes"))).status_code == 200
    ((row, _),) = await orders(open_scene, ida)
    assert row.priority is RequestPriority.STAT


def test_a_number_without_end_means_no_line() -> None:
    typed = FormData({"0.generic": "amoxicillin", "open": "1" * 5000})
    assert Basket.of(typed).open is None
    for verb in ("open", "remove", "rows"):
        assert len(Basket.of(typed).doing(f"{verb}:{'1' * 5000}").lines) == 1


async def test_asking_keeps_nothing_and_spends_no_key(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    key = "one-key-of-the-form"
    for _ in range(2):
        asked = await doctor.post(sheet_of(ida, "new/ask"), key=key, open="0", **amoxicillin())
        assert asked.status_code == 200
    assert await orders(open_scene, ida) == []
    first = await doctor.post(sheet_of(ida), key=key, **amoxicillin())
    again = await doctor.post(sheet_of(ida), key=key, **amoxicillin())
    assert (first.status_code, again.status_code) == (200, 200)
    assert len(await orders(open_scene, ida)) == 1


async def test_a_nurse_may_not_sign_and_a_doctor_elsewhere_sees_nothing(
    open_scene: Scene, ida: UUID, nurse: Station
) -> None:
    assert (await nurse.get(sheet_of(ida))).status_code == 403
    assert (await nurse.post(sheet_of(ida), **amoxicillin())).status_code == 403
    assert await orders(open_scene, ida) == []
