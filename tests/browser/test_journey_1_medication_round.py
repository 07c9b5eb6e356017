"""Journey 1, medication round: two tablets on two nodes, a scanner, and one dose given once."""

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import expect

from domain import gs1, wristbands
from domain.access import Permission
from domain.allergies import AllergyState, Category, Criticality
from domain.duty import DutyRole
from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.gs1 import Element
from domain.orders import OrderKind
from domain.schedules import First
from tests.browser import doings
from tests.browser.conftest import Seat, serving
from tests.browser.desk import Desk
from tests.browser.scans import Keys
from tests.browser.test_journey_2_deterioration import pending, standing
from tests.medications.scene import verified
from tests.stations import Running, ids
from ward import clock
from ward.dev.embedded import Stores
from ward.duty.give import give_beds
from ward.medications.details import Limits, OrderDetail
from ward.medications.prescribe import Ordered, prescribe
from ward.medications.products import ProductSaid, add
from ward.node import Node
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail, Patient
from ward.security.actors import System
from ward.work import work_as
from ward.wristbands.queries import band_of
from ward.wristbands.service import issue

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANYBODY = System("job:test", frozenset(Permission))
BED, OTHER = "05", "12"
Two = tuple[Running, Running]


@dataclass
class Round:
    """A patient, her orders, and what a scanner sends of her band and of packs."""

    node: Node
    patient: UUID
    band: str
    orders: dict[str, UUID] = field(default_factory=dict)
    packs: dict[str, str] = field(default_factory=dict)


@pytest_asyncio.fixture(loop_scope="session")
async def nodes(stores: Stores, filled: str) -> AsyncIterator[Two]:
    """Two nodes of one hospital."""
    async with serving(stores, filled) as begin, begin() as a, begin() as b:
        yield a, b
    clock.shift(timedelta(0))


async def test_journey_1(nodes: Two, seat: Seat) -> None:
    a, b = nodes
    rounds = await _prepare(a.node)
    pending("1: badge and PIN; signed in by password")
    one = await seat(a.url, "nurse", "tablet")
    other = await seat(b.url, "nurse2", "tablet")
    doctor = await seat(b.url, "doctor", "phone")
    await doctor.open("/tasks")
    await other.open(f"/patients/{rounds.patient}/medications")
    keys = await Keys.of(one.page)
    await step_1_own_patients_by_next_due(one, rounds)
    await step_2_band_opens_her_list(one, other, keys, rounds)
    await step_3_allergy_stops(one, other, doctor, keys, rounds)
    took = await step_4_and_5_given_once(one, other, keys, rounds)
    print(f"button pressed on one tablet, cell green on the other after {took * 1000:.0f} ms")
    await step_6_wrong_pack(one, keys, rounds)
    await step_7_inside_the_interval(one, rounds)
    await step_8_without_a_network(one, rounds)
    await step_9_every_step_left_a_trail(rounds)


# -- what the ward did before -----------------------------------------------------------------


async def _prepare(node: Node) -> Round:
    patient = await _lying(node, BED)
    async with work_as(node, ANYBODY, "test.band") as work:
        row = await work.access(Patient, patient, Permission.RECORD_ALLERGY, lock=True)
        row.allergy_state = AllergyState.NONE_KNOWN
        await issue(work, patient)
    async with work_as(node, ANYBODY, "test.band") as work:
        known = await band_of(work, patient)
    assert known.gsrn is not None
    assert known.issue is not None
    band = gs1.encode(wristbands.elements(known.gsrn, int(known.issue)))
    rounds = Round(node, patient, band)
    await _order(rounds, "amoxicillin", "500")
    await _order(rounds, "metoprolol", "50")
    await _order(rounds, "paracetamol", "1000", prn=True)
    for generic in ("amoxicillin", "metoprolol", "paracetamol", "furosemide"):
        await _pack(rounds, generic)
    await _allergic(node, patient)
    await _nurse_has(node, BED)
    await _nurse_has(node, OTHER, "charge", DutyRole.IN_CHARGE)
    return rounds


async def _lying(node: Node, bed: str) -> UUID:
    found = await doings.ask(
        node,
        "SELECT s.patient_id FROM stay s JOIN bed b ON b.id = s.bed_id JOIN ward w"
        " ON w.id = b.ward_id WHERE w.label = 'Six East' AND b.label = :bed"
        " AND s.ended_at IS NULL AND s.voided_at IS NULL",
        bed=bed,
    )
    return UUID(str(found[0][0]))


async def _order(rounds: Round, generic: str, dose: str, *, prn: bool = False) -> None:
    detail = OrderDetail(
        generic=generic,
        dose=Decimal(dose),
        unit=Unit.MG,
        route=Route.ORAL,
        frequency=Code.PRN if prn else Code.BD,
        kind=OrderKind.AS_REQUIRED if prn else OrderKind.REGULAR,
        form="tablet",
        first=First.STANDARD if prn else First.NOW_CONFIRMED,
        limits=Limits(min_interval_minutes=240, max_24h=Decimal(4000)) if prn else None,
        indication="pain" if prn else "",
    )
    async with work_as(rounds.node, ANYBODY, "test.order") as work:
        order = Ordered(detail=detail, starts_at=work.now)
        request = (await prescribe(work, rounds.patient, [order]))[0]
    await verified(rounds, request.id)
    rounds.orders[generic] = request.id


async def _pack(rounds: Round, generic: str) -> None:
    digits = f"0950600013{len(rounds.packs) + 1:03}"  # GS1's own example prefix
    gtin = f"{digits}{gs1.check_digit(digits)}"
    strength = {"amoxicillin": "500", "metoprolol": "50", "paracetamol": "1000"}.get(generic, "40")
    said = ProductSaid(gtin, generic, "tablet", Decimal(strength), Unit.MG, (Route.ORAL,))
    async with work_as(rounds.node, ANYBODY, "test.pack") as work:
        await add(work, said)
    elements = [Element("01", gtin), Element("17", "491231"), Element("10", "LOT42A")]
    rounds.packs[generic] = gs1.encode(elements)


async def _allergic(node: Node, patient: UUID) -> None:
    """Her daughter tells of it after the order was signed."""
    said = AllergySaid(
        detail=AllergyDetail("penicillin", ("anaphylaxis",)),
        category=Category.MEDICATION,
        criticality=Criticality.HIGH,
    )
    async with work_as(node, ANYBODY, "test.allergy") as work:
        await record_allergy(work, patient, said)


async def _nurse_has(
    node: Node, bed: str, who: str = "nurse", part: DutyRole = DutyRole.NURSE
) -> None:
    people, wards = await ids(node, "app_user", "username"), await ids(node, "ward")
    await standing(node, who, part)
    async with work_as(node, ANYBODY, "test.beds") as work:
        await give_beds(work, wards["Six East"], [await doings.bed_id(node, bed)], people[who])


# -- the journey -------------------------------------------------------------------------------


async def step_1_own_patients_by_next_due(one: Desk, rounds: Round) -> None:
    wards = await ids(rounds.node, "ward")
    await one.open(f"/wards/{wards['Six East']}/care?only=mine")
    row = one.page.locator(f"#care-{rounds.patient}")
    await expect(row).to_be_visible()
    await expect(row).to_contain_text("2 due")
    theirs = await _lying(rounds.node, OTHER)
    await expect(one.page.locator(f"#care-{theirs}")).to_be_hidden()


async def step_2_band_opens_her_list(one: Desk, other: Desk, keys: Keys, rounds: Round) -> None:
    await keys.type(f"{rounds.band}\n")
    await one.page.wait_for_url(re.compile(f"/patients/{rounds.patient}/medications"))
    await one.live()
    await expect(one.page.locator("#mar-claims, #ph-mar-claims").first).to_contain_text("Ada")
    await expect(other.page.locator("main")).to_contain_text(
        re.compile(r"Ada Lovelock\s+is at the bedside")
    )


async def step_3_allergy_stops(
    one: Desk, other: Desk, doctor: Desk, keys: Keys, rounds: Round
) -> None:
    await keys.type(f"{rounds.packs['amoxicillin']}\n")
    await expect(one.sheet).to_contain_text("penicillin")
    await expect(one.sheet.locator("[data-stop]").first).to_be_visible()
    await expect(one.sheet.locator("#dose-give footer [type=submit]")).to_be_disabled()
    await one.press(one.sheet.locator("#not-given"))
    await one.sheet.locator("[name=reason]").select_option("PRESCRIBER_HELD")
    await one.sheet.locator("[name=text]").fill("Penicillin allergy, told by her daughter")
    await one.save()
    await expect(other.page.locator("main")).to_contain_text(re.compile("not given", re.IGNORECASE))
    await expect(doctor.page.locator("main")).to_contain_text("amoxicillin")


async def step_4_and_5_given_once(one: Desk, other: Desk, keys: Keys, rounds: Round) -> float:
    dose = await _dose(rounds, "metoprolol")
    theirs = other.page.locator(f"[id$='dose-{dose}']:visible").first
    await expect(theirs).to_have_attribute("data-state", "due")
    await keys.type(f"{rounds.packs['metoprolol']}\n")
    await expect(one.sheet.locator("#pack-read")).to_be_visible()
    await expect(one.sheet.locator("#band-read")).to_be_visible()
    await one.press(one.sheet.locator("#dose-give footer [type=submit]"))
    began = time.monotonic()
    await expect(theirs).to_have_attribute("data-state", re.compile("given"))
    took = time.monotonic() - began
    await one.saved()
    await expect(theirs).to_contain_text(re.compile(r"Given|given"))
    assert await _effective(rounds, "metoprolol") == 1
    await other.press(theirs)
    await expect(other.sheet).to_contain_text("Ada Lovelock")
    await expect(other.sheet.locator("#dose-give")).to_have_count(0)
    await other.press(other.sheet.locator("[data-closes]").first)
    return took


async def step_6_wrong_pack(one: Desk, keys: Keys, rounds: Round) -> None:
    await keys.type(f"{rounds.packs['furosemide']}\n")
    await expect(one.page.locator("#problem")).to_contain_text("furosemide")
    assert await _effective(rounds, "metoprolol") == 1
    await one.press(one.page.locator("#problem [data-closes]").first)


async def step_7_inside_the_interval(one: Desk, rounds: Round) -> None:
    for _ in range(2):
        await one.press(one.page.locator(f"[id$='give-{rounds.orders['paracetamol']}']:visible"))
        await expect(one.sheet.locator("#dose-give")).to_be_visible()
        if await one.sheet.locator("[data-notice]").count():
            break
        keys = await Keys.of(one.page)
        if await one.sheet.locator("#band-wanted").count():
            await keys.type(f"{rounds.band}\n")
            await expect(one.sheet.locator("#band-read")).to_be_visible()
        await keys.type(f"{rounds.packs['paracetamol']}\n")
        await expect(one.sheet.locator("#pack-read")).to_be_visible()
        await one.sheet.locator("[name=why]").fill("Headache")
        await one.save()
    await expect(one.sheet).to_contain_text(re.compile(r"wait \d", re.IGNORECASE))
    await expect(one.sheet.locator("#dose-give footer [type=submit]")).to_be_disabled()
    await one.press(one.sheet.locator("[data-closes]").first)
    assert await _effective(rounds, "paracetamol") == 1


async def step_8_without_a_network(one: Desk, rounds: Round) -> None:
    await one.context.set_offline(True)
    await expect(one.page.locator("body")).to_contain_text(
        re.compile("Reconnecting|No connection|last confirmed", re.IGNORECASE)
    )
    button = one.page.locator(f"[id$='give-{rounds.orders['paracetamol']}']:visible")
    await button.dispatch_event("click")
    assert await _effective(rounds, "paracetamol") == 1
    await one.context.set_offline(False)
    await one.live()
    pending("8: what is recorded offline is queued and synced once (row 133)")


async def step_9_every_step_left_a_trail(rounds: Round) -> None:
    rows = await doings.ask(
        rounds.node,
        "SELECT DISTINCT code, actor_name FROM audit_event WHERE :patient = ANY(patients)"
        " AND outcome = '0'",
        patient=rounds.patient,
    )
    codes = {str(code) for code, _ in rows}
    for wanted in ("scan_anywhere", "record_given", "record_not_given"):
        assert any(code.endswith(wanted) for code in codes), (wanted, codes)
    pending("9: the explorer's page; the rows were read from the trail itself")


async def _dose(rounds: Round, generic: str) -> UUID:
    found = await doings.ask(
        rounds.node,
        "SELECT id FROM scheduled_dose WHERE request_id = :request ORDER BY due_at LIMIT 1",
        request=rounds.orders[generic],
    )
    return UUID(str(found[0][0]))


async def _effective(rounds: Round, generic: str) -> int:
    found = await doings.ask(
        rounds.node,
        "SELECT count(*) FROM medication_administration WHERE request_id = :request"
        " AND voided_at IS NULL AND status = 'given'",
        request=rounds.orders[generic],
    )
    return int(str(found[0][0]))
