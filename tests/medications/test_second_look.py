"""Second look: ways around a stop that a tired hand could take, and that end at a sentence."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.access import Permission
from domain.doses import NotGiven, Status
from domain.errors import NotAllowed
from domain.frequencies import Code
from domain.orders import RequestStatus
from domain.registers import Entry
from domain.rights import NoScan
from tests.medications.bedside import at_bed, code, gtin, token
from tests.medications.scene import as_person, detailed, doses_of, prescribed, verified
from ward import clock
from ward.dev.cast import PASSWORD
from ward.medications.as_required import give_as_required
from ward.medications.details import Limits
from ward.medications.give_forms import Typed, moment
from ward.medications.not_give import NotGivenSaid, not_give
from ward.medications.products import all_products
from ward.medications.renew import renew
from ward.medications.said import GivenSaid
from ward.medications.suspend import hold_order
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail, Life, Patient

BY_EYE = {"no_scan": NoScan.DAMAGED, "identifiers": frozenset({"name", "born"})}
PAIN = detailed("paracetamol", Code.PRN)


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("amoxicillin", "500")
    return bed


def later(**by) -> None:
    clock.shift(clock.offset() + timedelta(**by))


# -- one order, two doses ------------------------------------------------------------


async def test_the_next_dose_is_not_given_early_right_after_the_last(bed) -> None:
    request, first = await bed.order(frequency=Code.Q3H)
    assert (await bed.given(request)).status_code == 200
    later(seconds=5)
    second = (await doses_of(bed.scene, request.id))[1][0]
    assert second.due_at > first.due_at
    answer = await bed.give(f"/doses/{second.id}", pack=code(), early="Goes to theatre")
    assert 'data-stop="dose.too-close"' in answer.text, answer.text
    assert len(await bed.rows()) == 1


async def test_a_dose_that_the_next_one_has_overtaken_is_not_given_after_it(bed) -> None:
    request, first = await bed.order(frequency=Code.Q3H)
    second = (await doses_of(bed.scene, request.id))[1][0]
    await bed.band(f"/doses/{second.id}")
    early = await bed.give(f"/doses/{second.id}", pack=code(), early="Goes to theatre")
    assert early.status_code == 200, early.text
    later(seconds=5)
    answer = await bed.give(f"/doses/{first.id}", pack=code())
    assert 'data-stop="dose.overtaken"' in answer.text, answer.text
    assert len(await bed.rows()) == 1


# -- as required ---------------------------------------------------------------------


async def test_an_order_as_required_is_not_given_before_it_begins(bed) -> None:
    number = await bed.pack("paracetamol", "1000")
    request, _ = await bed.order(detail=PAIN, at=clock.now() + timedelta(hours=20))
    await bed.band(f"/orders/{request.id}")
    answer = await bed.give(f"/orders/{request.id}", pack=code(number), why="pain")
    assert 'data-stop="dose.not-begun"' in answer.text, answer.text


async def test_an_order_as_required_is_not_given_after_its_end(scene, quiet_ida) -> None:
    until = clock.now() + timedelta(minutes=30)
    request = await prescribed(scene, quiet_ida, detail=PAIN, stops_at=until)
    await verified(scene, request.id)
    later(minutes=31)  # and the errand that completes the order has not run yet
    async with as_person(scene, "nurse") as work:
        said = GivenSaid(**BY_EYE, why="pain")
        with pytest.raises(NotAllowed, match="no longer active"):
            await give_as_required(work, request.id, said, revision=1)


async def test_a_dose_written_down_later_counts_what_was_given_before_it(scene, quiet_ida) -> None:
    limits = Limits(min_interval_minutes=240, max_24h=Decimal(2000))
    detail = detailed("paracetamol", Code.PRN, limits=limits)
    request = await prescribed(scene, quiet_ida, detail=detail)
    await verified(scene, request.id)
    for minutes in (0, 600):
        later(minutes=minutes)
        async with as_person(scene, "nurse") as work:
            said = GivenSaid(**BY_EYE, why="pain")
            await give_as_required(work, request.id, said, revision=1)
    later(hours=15)  # an hour after the first has left the 24 hours
    async with as_person(scene, "nurse") as work:
        said = GivenSaid(**BY_EYE, why="pain", given_at=work.now - timedelta(hours=2))
        with pytest.raises(NotAllowed, match="more paracetamol than allowed"):
            await give_as_required(work, request.id, said, revision=1)


# -- who signs with ------------------------------------------------------------------


async def test_a_signature_for_a_dose_as_required_is_for_one_dose(bed) -> None:
    number = await bed.pack("morphine", "10")
    limits = Limits(min_interval_minutes=1, max_24h=Decimal(40))
    request, _ = await bed.order(detail=detailed("morphine", Code.PRN, limits=limits))
    at = f"/orders/{request.id}"
    await bed.band(at)
    signed = token(await bed.sign(at, "5"))
    said = {"pack": code(number), "witness": signed, "why": "pain"}
    assert (await bed.give(at, **said)).status_code == 200
    later(minutes=2)
    again = await bed.give(at, **said)
    assert 'data-stop="witness.spent"' in again.text, again.text
    assert len(await bed.rows()) == 1


async def test_a_signature_that_no_machine_wrote_is_refused_in_words(bed) -> None:
    number = await bed.pack("morphine", "10")
    _, dose = await bed.order("morphine", Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    answer = await bed.give(f"/doses/{dose.id}", pack=code(number), witness="é.é")
    assert 'data-stop="witness.forged"' in answer.text, answer.text


async def test_a_signature_for_a_spoken_dose_is_for_that_medicine(bed, doctor) -> None:
    async with as_person(bed.scene, "doctor") as work:
        prescriber = work.actor.id
    at = f"/patients/{bed.patient}/spoken-dose"
    said = {"dose": "5", "unit": "mg", "route": "IV", "why": "pain", "prescriber": prescriber}
    sheet = await bed.station.post(
        f"{at}/witness",
        generic="midazolam",
        witness_name="charge",
        witness_password=PASSWORD,
        witness_value="5",
        **said,
    )
    await bed.station.post("/bedside/scan", code=bed.worn)
    answer = await bed.station.client.post(
        at,
        data={**{name: str(one) for name, one in said.items()}, "generic": "morphine",
              "no_scan": "emergency", "read_back": "yes", "witness": token(sheet),
              "identifier": ["name", "born"]},
        headers={"hx-request": "true"},
    )  # fmt: skip
    assert 'data-stop="witness.other"' in answer.text, answer.text
    assert await bed.rows() == []


async def test_a_signature_for_a_line_of_the_register_is_for_that_line(bed) -> None:
    await bed.pack("morphine", "10")
    async with bed.scene.work() as work:
        product = next(one for one in await all_products(work) if one.gtin == gtin(2))
    at, line = f"/wards/{bed.scene.east}/register", {"product": product.id, "quantity": "100"}
    got = await bed.station.post(at, kind=Entry.RECEIVED.value, **line)
    assert got.status_code == 200, got.text
    sheet = await bed.station.post(
        f"{at}/witness",
        kind=Entry.COUNTED.value,
        witness_name="charge",
        witness_password=PASSWORD,
        **line,
    )
    signed = token(sheet)
    other = await bed.station.post(at, kind=Entry.WASTED.value, witness=signed, **line)
    assert 'data-stop="witness.other"' in other.text, other.text
    meant = await bed.station.post(at, kind=Entry.COUNTED.value, witness=signed, **line)
    assert meant.status_code == 200, meant.text
    twice = await bed.station.post(at, kind=Entry.COUNTED.value, witness=signed, **line)
    assert 'data-stop="witness.other"' in twice.text, twice.text


async def test_what_a_second_person_signed_for_is_not_corrected_without_one(bed) -> None:
    number = await bed.pack("morphine", "10")
    _, dose = await bed.order("morphine", Code.ONCE)
    at = f"/doses/{dose.id}"
    await bed.band(at)
    signed = token(await bed.sign(at, "5"))
    assert (await bed.give(at, pack=code(number), witness=signed)).status_code == 200
    row = (await bed.rows())[0]
    answer = await bed.station.post(
        f"/administrations/{row.id}/correction", what="other", amount="3", unit="mg", reason="Less"
    )
    assert 'data-stop="dose.second-check"' in answer.text, answer.text
    assert (await bed.said())[0].amount.value == Decimal(5)


# -- what stands in the way ----------------------------------------------------------


async def test_to_prolong_a_withheld_order_does_not_have_it_given_again(scene, quiet_ida) -> None:
    until = clock.now() + timedelta(days=1)
    request = await prescribed(scene, quiet_ida, stops_at=until)
    async with scene.work() as work:
        await hold_order(work, request.id, "Nil by mouth", seen=None)
    async with scene.work() as work:
        row = await renew(work, request.id, until + timedelta(days=1), seen=None)
        assert (row.status, row.held_at is not None) == (RequestStatus.ON_HOLD, True)


async def test_no_paper_is_signed_past_a_stop_or_for_what_is_withheld(bed, doctor) -> None:
    request, _ = await bed.order()
    other, _ = await bed.order("metoprolol")
    async with bed.scene.work() as work:
        said = AllergySaid(detail=AllergyDetail("penicillin", ("anaphylaxis",)))
        await record_allergy(work, bed.patient, said)
        await hold_order(work, other.id, "Slow pulse", seen=None)
    at = f"/patients/{bed.patient}/prescriptions"
    stopped = await doctor.post(at, request_id=request.id, **{f"days-{request.id}": 7})
    assert (stopped.status_code, "penicillin" in stopped.text) == (409, True), stopped.text
    withheld = await doctor.post(at, request_id=other.id, **{f"days-{other.id}": 7})
    assert (withheld.status_code, "withheld" in withheld.text) == (409, True), withheld.text


async def test_nothing_is_given_to_the_dead_but_what_was_given_before_is_written_down(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    at = f"/doses/{dose.id}"
    await bed.band(at)
    async with bed.scene.work() as work:
        patient = await work.access(Patient, bed.patient, Permission.AMEND_PATIENT, lock=True)
        patient.life = Life.DEAD
    answer = await bed.give(at, pack=code())
    assert 'data-stop="dose.dead"' in answer.text, answer.text
    before = (clock.now() - timedelta(minutes=3)).astimezone(ZoneInfo("Europe/London"))
    written = await bed.give(at, pack=code(), given_at=f"{before:%Y-%m-%dT%H:%M}")
    assert written.status_code == 200, written.text


async def test_a_dose_taken_back_stays_so_while_its_order_is_withheld(bed) -> None:
    request, dose = await bed.order()
    later(minutes=(dose.due_at - clock.now()) // timedelta(minutes=1))
    await bed.sign_in_again()
    assert (await bed.given(request)).status_code == 200
    row = (await bed.rows())[0]
    await bed.station.post(
        f"/administrations/{row.id}/correction", what="elsewhere", reason="Twice in the chart"
    )
    async with bed.scene.work() as work:
        await hold_order(work, request.id, "Nil by mouth", seen=None)
    async with as_person(bed.scene, "nurse") as work:
        said = NotGivenSaid(reason=NotGiven.PRESCRIBER_HELD)
        with pytest.raises(NotAllowed):
            await not_give(work, dose.id, said)
    assert (await doses_of(bed.scene, request.id, Status.NOT_GIVEN)) == []


async def test_an_omission_is_of_the_order_that_its_form_showed(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    sheet = await bed.station.get(f"/doses/{dose.id}/omission", headers={"hx-request": "true"})
    assert 'name="revision" value="1"' in sheet.text
    answer = await bed.station.post(f"/doses/{dose.id}/omission", reason="ASLEEP", revision=7)
    assert 'data-stop="dose.order-changed"' in answer.text, answer.text
    assert await bed.rows() == []


def test_hours_after_a_typed_time_elapse_whatever_the_clock_does() -> None:
    london = ZoneInfo("Europe/London")  # the clock jumps from 01:00 to 02:00
    typed = moment(Typed({"given_at": "2026-03-29T00:30"}), london)
    assert typed is not None
    assert typed + timedelta(hours=4) == datetime(2026, 3, 29, 4, 30, tzinfo=UTC)
