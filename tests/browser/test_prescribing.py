"""Prescribing in a browser: five drugs signed within a minute, stops and reasons, keys alone."""

import re
import time

import pytest
from playwright.async_api import expect

from tests.browser import doings
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.browser.scans import GS, PACK, Keys
from tests.browser.test_pages_axe import looks_right
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def at_chart(
    hospital: Running, seat: Seat, mrn: str = "0012345", size: str = "desk", theme: str = "light"
) -> Desk:
    """Open the medicines of one of the cast as the doctor, and the order form."""
    patient = await doings.patient_id(hospital.node, mrn)
    desk = await seat(hospital.url, "doctor", size, theme)
    await desk.open(f"/patients/{patient}/medications")
    await desk.settle()
    await desk.press("#mar-prescribe")
    await expect(desk.sheet.locator("#f-q")).to_be_visible()
    return desk


async def pick(desk: Desk, text: str, n: int) -> None:
    await desk.sheet.locator("#f-q").fill(text)
    await expect(desk.sheet.locator(".ord-found")).to_be_visible()
    await desk.press(desk.sheet.locator("#pick-1"))
    await expect(desk.sheet.locator(f"#f-{n}-dose")).to_be_visible()


async def fill(desk: Desk, n: int, **values: str) -> None:
    for name, value in values.items():
        field = desk.sheet.locator(f"#f-{n}-{name}")
        if name in {"frequency", "route", "unit", "weekday"}:
            await field.select_option(value)
        else:
            await field.fill(value)


async def done(desk: Desk) -> None:
    await desk.press("#ord-done")
    await expect(desk.sheet.locator("#order-fields")).to_have_count(0)


async def test_a_set_of_five_is_completed_and_signed_within_a_minute(
    hospital: Running, seat: Seat
) -> None:
    desk = await at_chart(hospital, seat)
    begun = time.monotonic()
    await desk.press(desk.sheet.get_by_role("button", name="Admission of an adult"))
    await expect(desk.sheet.locator(".ord-line")).to_have_count(5)
    doses = {1: "40", 2: "20", 3: "4", 4: "15"}
    for n, dose in doses.items():
        if n > 1:
            await desk.press(f"#ord-edit-{n}")
        await fill(desk, n, dose=dose)
        if n == 3:
            await fill(desk, n, interval="8", max_count="3")
        await desk.sheet.locator(f"#f-{n}-dose").press("Tab")
        await expect(desk.sheet.locator("#order-preview")).to_contain_text(dose)
    await done(desk)
    for reason in await desk.sheet.locator(".ord-line:has-text('Give a reason')").all():
        raise AssertionError(await reason.inner_text())
    await expect(desk.page.locator("#order-sign")).to_have_text(re.compile("Sign 5 orders for"))
    await desk.save()
    assert time.monotonic() - begun < 60
    await expect(desk.page.locator("#mar-lines")).to_contain_text("enoxaparin")
    await expect(desk.page.locator("#mar-prns")).to_contain_text("paracetamol")


async def test_a_penicillin_allergy_stops_amoxicillin_while_it_is_typed(
    hospital: Running, seat: Seat
) -> None:
    desk = await at_chart(hospital, seat, size="phone")
    await pick(desk, "amoxi", 0)
    await fill(desk, 0, dose="500", route="PO", frequency="TDS")
    finding = desk.sheet.locator(".ord-find.critical")
    await expect(finding).to_contain_text("Allergy to penicillin (anaphylaxis)")
    await expect(desk.page.locator("#order-sign")).to_be_disabled()
    await expect(desk.page.locator("#order-state")).to_contain_text("amoxicillin cannot be signed")
    await looks_right(desk)
    await desk.press("#ord-off-0")
    await expect(desk.page.locator("#order-sign")).to_have_text("Nothing to sign yet")
    await pick(desk, "doxy", 0)
    await fill(desk, 0, dose="100", frequency="OD")
    await expect(desk.sheet.locator("#order-preview")).to_contain_text("100")
    await desk.save()


async def test_a_severe_pair_asks_for_a_reason_keeps_what_was_typed_and_signs(
    hospital: Running, seat: Seat
) -> None:
    desk = await at_chart(hospital, seat)
    await pick(desk, "warfarin", 0)
    await fill(desk, 0, dose="3", frequency="ON")
    await done(desk)
    await pick(desk, "aspirin", 1)
    await fill(desk, 1, dose="75", route="PO", frequency="OD", indication="stent")
    finding = desk.sheet.locator(".ord-find.warning", has_text="warfarin")
    await expect(finding).to_contain_text("warfarin")
    await desk.press("#order-sign")
    await expect(desk.page.locator("#problem")).to_contain_text("None of the orders stands.")
    await expect(desk.sheet.locator("#f-1-indication")).to_have_value("stent")
    await looks_right(desk)
    for reason in await desk.sheet.locator("[name*='.why_']").all():
        await reason.select_option("specialist-advice")
    await expect(desk.page.locator("#order-state")).not_to_contain_text("Reasons to give")
    await desk.save()
    await expect(desk.page.locator("#mar-lines")).to_contain_text("aspirin")


async def test_an_order_is_written_by_keys_alone_and_enter_never_signs(
    hospital: Running, seat: Seat
) -> None:
    desk = await at_chart(hospital, seat)
    keys = desk.page.keyboard
    await desk.sheet.locator("#f-q").focus()
    await keys.type("furosem", delay=70)  # a person; what types faster is a scanner
    await keys.press("Enter")
    await expect(desk.sheet.locator("#f-0-dose")).to_be_focused()
    before = len(desk.asked)
    await keys.type("40", delay=70)
    await keys.press("Enter")  # to the range
    await keys.press("Enter")  # to the unit
    await keys.press("Enter")  # to the route
    await expect(desk.sheet.locator("#f-0-route")).to_be_focused()
    await keys.type("o")
    await keys.press("Enter")
    await expect(desk.sheet.locator("#f-0-frequency")).to_be_focused()
    await keys.type("twice")
    await expect(desk.sheet.locator("#order-preview")).to_contain_text("twice daily")
    await keys.press("Control+Enter")
    await desk.page.wait_for_timeout(300)
    signed = re.compile(r"POST /patients/[^/]+/medications/new$")
    assert not [one for one in desk.asked[before:] if signed.match(one)]
    await desk.page.locator("#order-sign").focus()
    await keys.press("Enter")
    await desk.saved()
    await expect(desk.page.locator("#mar-lines")).to_contain_text("furosemide")


async def test_typing_survives_the_answers_and_another_persons_change(
    hospital: Running, seat: Seat
) -> None:
    desk = await at_chart(hospital, seat)
    await pick(desk, "paracetamol", 0)
    dose = desk.sheet.locator("#f-0-dose")
    await dose.press_sequentially("1000", delay=120)
    await fill(desk, 0, route="PO", frequency="QDS")
    await desk.sheet.locator("#f-0-indication").press_sequentially("pain after fall", delay=60)
    await expect(dose).to_have_value("1000")
    await expect(desk.sheet.locator("#f-0-indication")).to_have_value("pain after fall")
    await expect(desk.sheet.locator("#order-preview")).to_contain_text("four times daily")


@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("tablet", "light")])
async def test_the_form_fits_and_axe_finds_nothing(
    hospital: Running, seat: Seat, size: str, theme: str
) -> None:
    desk = await at_chart(hospital, seat, "0012345", size, theme)
    await looks_right(desk)
    await pick(desk, "predniso", 0)
    await fill(desk, 0, dose="30", frequency="OD")
    await desk.press(desk.sheet.locator(".ord-more summary"))
    await desk.press("#f-0-infusion")
    await looks_right(desk)
    await desk.press("#ord-rows")
    await expect(desk.sheet.locator("#f-0-step_dose_0")).to_have_value("30")
    await looks_right(desk)


async def test_the_pharmacist_verifies_what_was_just_signed(hospital: Running, seat: Seat) -> None:
    pharmacist = await seat(hospital.url, "pharmacist")
    await pharmacist.open("/pharmacy")
    await pharmacist.settle()
    desk = await at_chart(hospital, seat)
    await pick(desk, "warfarin", 0)
    await fill(desk, 0, dose="3", frequency="ON", indication="atrial fibrillation")
    await expect(desk.sheet.locator("#order-preview")).to_contain_text("3 mg")
    await done(desk)
    await pick(desk, "aspirin", 1)
    await fill(desk, 1, dose="75", route="PO", frequency="OD")
    await expect(desk.sheet.locator(".ord-find.warning").first).to_be_visible()
    for reason in await desk.sheet.locator("[name*='.why_']").all():
        await reason.select_option("specialist-advice")
    await desk.save()
    line = pharmacist.page.locator(".rx-line", has_text="warfarin")
    await expect(line).to_contain_text("High-alert")
    await looks_right(pharmacist)
    await pharmacist.press(line.get_by_role("button", name="Verify"))
    await expect(pharmacist.sheet).to_contain_text("atrial fibrillation")
    await expect(pharmacist.sheet).to_contain_text("Overridden")
    await looks_right(pharmacist)
    await pharmacist.save()
    await expect(line).to_have_count(0)


async def test_a_pack_is_scanned_into_its_form_and_known_from_then_on(
    hospital: Running, seat: Seat
) -> None:
    desk = await seat(hospital.url, "pharmacist")
    await desk.open("/products")
    await desk.settle()
    await desk.press(desk.page.get_by_role("button", name="Add a pack"))
    await expect(desk.sheet.locator("#f-code")).to_be_visible()
    await (await Keys.of(desk.page)).type(PACK.replace(GS, "\x00") + "\n")
    await expect(desk.sheet.locator("#f-code")).to_have_value(PACK)
    await desk.sheet.locator("#f-generic").fill("amoxicillin")
    await desk.sheet.locator("#f-piece").fill("vial")
    await desk.sheet.locator("#f-strength").fill("500")
    await desk.sheet.locator("#f-unit").select_option("mg")
    await desk.press(desk.sheet.locator("label", has_text="intravenous"))
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    await expect(desk.page.locator("table")).to_contain_text("09506000134352")


async def test_a_set_is_made_and_a_favourite_is_kept_and_both_fill_lines(
    hospital: Running, seat: Seat
) -> None:
    pharmacist = await seat(hospital.url, "pharmacist")
    await pharmacist.open("/order-sets/new")
    await pharmacist.settle()
    page = pharmacist.page
    await page.locator("#f-name").fill("Asthma")
    await page.locator("#f-purpose").fill("For the test; no source has doses.")
    await page.locator("#f-0-generic").fill("salbutamol")
    await page.locator("#f-0-route").select_option("neb")
    await page.locator("#f-0-frequency").select_option("QDS")
    await pharmacist.press(page.get_by_role("button", name="Save this set"))
    await expect(page.locator("main")).to_contain_text("Asthma")
    desk = await at_chart(hospital, seat, size="phone")
    await desk.press(desk.sheet.get_by_role("button", name="Asthma"))
    await expect(desk.sheet.locator("#f-0-route")).to_have_value("neb")
    await fill(desk, 0, dose="2.5", unit="mg")
    await expect(desk.sheet.locator("#order-preview")).to_contain_text("2.5 mg")
    await desk.press("#ord-keep")
    kept = desk.sheet.get_by_role("group", name="My favourites")
    await expect(kept).to_contain_text("salbutamol — DOSE 2.5 mg")
    await desk.press("#ord-off-0")
    await expect(desk.sheet.locator(".ord-line")).to_have_count(0)
    await desk.press(kept.get_by_role("button", name=re.compile("^salbutamol")))
    await expect(desk.sheet.locator("#f-0-dose")).to_have_value("2.5")
    await looks_right(desk)
    await desk.save()


async def test_a_window_looser_than_the_guideline_is_refused_and_stays_typed(
    hospital: Running, seat: Seat
) -> None:
    ward = await doings.working_ward(hospital.node)
    desk = await seat(hospital.url, "pharmacist", "tablet")
    await desk.open(f"/wards/{ward}/medicines")
    await desk.settle()
    await desk.page.locator("#f-several_daily").fill("90")
    button = desk.page.get_by_role("button", name=re.compile("^Set for"))
    await desk.press(button)
    await expect(desk.page.locator("#problem")).to_contain_text("not looser")
    await expect(desk.page.locator("#f-several_daily")).to_have_value("90")
    await desk.page.locator("#f-several_daily").fill("45")
    async with desk.page.expect_navigation():
        await desk.press(button)
    await expect(desk.page.locator("#f-several_daily")).to_have_value("45")
