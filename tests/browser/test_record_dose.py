"""Record a dose: how many presses it takes, who sees it meanwhile, and what a stop leaves."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import expect

from domain import gs1, wristbands
from domain.access import Permission
from domain.allergies import AllergyState
from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.gs1 import Element
from domain.orders import OrderKind
from tests.browser import doings
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.browser.scans import Keys
from tests.browser.test_pages_axe import looks_right
from tests.stations import Running
from ward import clock
from ward.medications.details import OrderDetail
from ward.medications.prescribe import Ordered, prescribe
from ward.medications.products import ProductSaid, add
from ward.patients.models import Patient
from ward.security.actors import System
from ward.work import work_as
from ward.wristbands.queries import band_of
from ward.wristbands.service import issue

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANYBODY = System("job:test", frozenset(Permission))
DETAIL = OrderDetail(
    generic="furosemide",
    dose=Decimal(40),
    unit=Unit.MG,
    route=Route.ORAL,
    frequency=Code.STAT,
    kind=OrderKind.ONCE,
    form="tablet",
)


@dataclass
class Dose:
    """One dose that is due, and what a scanner sends of band and pack."""

    patient: UUID
    id: UUID
    band: str
    pack: str

    @property
    def cell(self) -> str:
        """Where it stands on the chart, on a large screen or a small one."""
        return f"[id$='dose-{self.id}']:visible"


@pytest_asyncio.fixture(loop_scope="session")
async def dose(hospital: Running) -> AsyncIterator[Dose]:
    node = hospital.node
    found = await doings.ask(
        node,
        "SELECT s.patient_id FROM stay s JOIN bed b ON b.id = s.bed_id JOIN ward w"
        " ON w.id = b.ward_id WHERE w.label = 'Six East' AND b.label = '06'"
        " AND s.ended_at IS NULL AND s.voided_at IS NULL",
    )
    patient = UUID(str(found[0][0]))
    async with work_as(node, ANYBODY, "test.dose") as work:
        row = await work.access(Patient, patient, Permission.RECORD_ALLERGY, lock=True)
        row.allergy_state = AllergyState.NONE_KNOWN
        await issue(work, patient)
    digits = "0950600013001"
    gtin = f"{digits}{gs1.check_digit(digits)}"
    said = ProductSaid(gtin, "furosemide", "tablet", Decimal(40), Unit.MG, (Route.ORAL,))
    async with work_as(node, ANYBODY, "test.dose") as work:
        known = await band_of(work, patient)
        await add(work, said)
        order = Ordered(detail=DETAIL, starts_at=work.now)
        request = (await prescribe(work, patient, [order]))[0]
    rows = await doings.ask(
        node, "SELECT id FROM scheduled_dose WHERE request_id = :one", one=request.id
    )
    worn = gs1.encode(wristbands.elements(str(known.gsrn), int(str(known.issue))))
    band = worn.replace(gs1.FNC1, "\0")  # which these keys press as F8
    pack = gs1.encode([Element("01", gtin), Element("17", "491231"), Element("10", "LOT1")])
    yield Dose(patient, UUID(str(rows[0][0])), band, pack)
    clock.shift(timedelta(0))


async def opened(desk: Desk, dose: Dose) -> None:
    await desk.open(f"/patients/{dose.patient}/medications")
    await desk.settle()


async def test_two_scans_and_one_tap(hospital: Running, seat: Seat, dose: Dose) -> None:
    desk = await seat(hospital.url, "nurse", "tablet")
    await opened(desk, dose)
    keys = await Keys.of(desk.page)
    await keys.type(f"{dose.band}\n")
    await desk.page.wait_for_url(re.compile(r"/medications"))
    await expect(desk.page.locator("main")).to_contain_text("is at the bedside")
    await keys.type(f"{dose.pack}\n")
    await expect(desk.sheet.locator("#pack-read")).to_be_visible()
    await desk.save()
    await expect(desk.page.locator(dose.cell).first).to_have_attribute("data-state", "given")


async def test_without_a_scanner_five_taps(hospital: Running, seat: Seat, dose: Dose) -> None:
    desk = await seat(hospital.url, "nurse", "phone")
    await opened(desk, dose)
    await desk.press(desk.page.locator(dose.cell).first)
    for word in ("No code", "Name", "Date of birth"):
        await desk.press(desk.sheet.locator("label").filter(has_text=re.compile(f"^{word}$")))
    await desk.save()
    await expect(desk.page.locator(dose.cell).first).to_have_attribute("data-state", "given")


async def test_the_other_station_sees_who_prepares_and_that_they_stopped(
    hospital: Running, seat: Seat, dose: Dose
) -> None:
    desk = await seat(hospital.url, "nurse", "tablet")
    other = await seat(hospital.url, "charge", "desk")
    await opened(desk, dose)
    await opened(other, dose)
    await desk.press(desk.page.locator(dose.cell).first)
    theirs = other.page.locator(dose.cell).first
    await expect(theirs).to_have_attribute("data-state", "preparing")
    await desk.press(desk.sheet.locator("[data-closes]").first)
    await expect(theirs).to_have_attribute("data-state", "due")


async def test_a_stop_names_itself_and_keeps_what_was_typed(
    hospital: Running, seat: Seat, dose: Dose
) -> None:
    desk = await seat(hospital.url, "nurse", "desk")
    await opened(desk, dose)
    await desk.press(desk.page.locator(dose.cell).first)
    await desk.sheet.locator(".med-more summary").click()
    await desk.sheet.locator("[name=note]").fill("With water")
    keys = await Keys.of(desk.page)
    await keys.type(f"{dose.band}\n")
    await expect(desk.sheet.locator("#band-read")).to_be_visible()
    await expect(desk.sheet.locator("[name=note]")).to_have_value("With water")
    await keys.type("0109506000134308\n")  # its check digit is wrong
    stop = desk.page.locator("#problem [data-stop]")
    await expect(stop).to_have_attribute("data-stop", "gs1.check-digit")
    await expect(desk.sheet).to_be_visible()
    await keys.type(f"{dose.pack}\n")
    await expect(desk.sheet.locator("#pack-read")).to_be_visible()
    await expect(stop).to_have_count(0)


async def test_the_sheets_of_the_bedside_are_for_everybody(
    hospital: Running, seat: Seat, dose: Dose
) -> None:
    desk = await seat(hospital.url, "nurse")
    ward = (await doings.ask(hospital.node, "SELECT id FROM ward WHERE label = 'Six East'"))[0][0]
    await desk.open(f"/wards/{ward}/register")
    await looks_right(desk)
    await desk.settle()
    await desk.press("#register-new")
    await expect(desk.sheet.locator("#register-write")).to_be_visible()
    await looks_right(desk)
    await opened(desk, dose)
    await desk.press(desk.page.locator(dose.cell).first)
    await expect(desk.sheet.locator("#dose-give")).to_be_visible()
    await desk.sheet.locator(".med-more summary").click()
    await looks_right(desk)
    await desk.press("#not-given")
    await expect(desk.sheet.locator("[name=reason]")).to_be_visible()
    await looks_right(desk)
    await desk.press(desk.sheet.locator("[data-closes]").first)
    await desk.press("#mar-verbal")
    await desk.press("#ord-spoken")
    await expect(desk.sheet.locator("[name=generic]")).to_be_visible()
    await looks_right(desk)
