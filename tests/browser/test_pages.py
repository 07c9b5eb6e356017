"""Pages as people use them: sign in, chart, search, registration, wards, wallboard, messages."""

import re

import pytest
from playwright.async_api import expect

from tests.browser import doings
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.interop.hl7.border import act, from_corpus
from tests.stations import Running
from ward.dev.cast import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")
JOAN = "0012345"


async def chart(node: Running, desk: Desk, mrn: str = JOAN) -> None:
    patient = await doings.patient_id(node.node, mrn)
    await desk.open(f"/patients/{patient}")


async def test_sign_in_with_a_wrong_password_says_so_and_keeps_the_name(
    shared: Running, seat: Seat
) -> None:
    desk = await seat(shared.url, None)
    page = desk.page
    await page.goto(f"{shared.url}/patients")
    await desk.press(page.get_by_role("button", name=re.compile("Nurse nurse")))
    await expect(page.get_by_label("User name")).to_have_value("nurse")
    await page.get_by_label("Password").fill("wrong")
    await desk.press(page.get_by_role("button", name="Sign in", exact=True))
    await expect(page.get_by_role("alert")).to_contain_text("User name or password is not right.")
    await expect(page.get_by_label("User name")).to_have_value("nurse")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/patients")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Find a patient")


async def test_the_charge_nurse_begins_on_her_board_and_signs_out(
    shared: Running, seat: Seat
) -> None:
    desk = await seat(shared.url, None)
    page = desk.page
    await page.goto(f"{shared.url}/login")
    await page.get_by_label("User name").fill("charge")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/beds")
    await expect(page.locator("#beds > li")).to_have_count(30)
    await desk.live()
    await desk.press("#user-menu summary")
    await desk.press(page.get_by_role("button", name="Sign out"))
    await page.wait_for_url("**/login")
    await page.go_back()
    assert "SMITH" not in await page.content()


async def test_an_open_banner_shows_an_allergy_recorded_elsewhere(
    hospital: Running, seat: Seat
) -> None:
    nurse, doctor = await seat(hospital.url, "nurse"), await seat(hospital.url, "doctor")
    await chart(hospital, nurse)
    await chart(hospital, doctor)
    await nurse.press("#patient-more summary")
    banner = nurse.page.locator("#patient-banner")
    await expect(banner).to_contain_text("Known allergies penicillin (anaphylaxis)")
    nurse.asked.clear()
    await doctor.press(doctor.page.get_by_role("button", name="Record allergy"))
    await doctor.sheet.get_by_label("Substance").fill("latex")
    await doctor.sheet.get_by_role("textbox", name="Reaction").fill("urticaria")
    await doctor.press(doctor.sheet.get_by_role("button", name=re.compile("Record for SMITH")))
    await doctor.saved()
    await expect(banner).to_contain_text("latex (urticaria)")
    await expect(nurse.page.locator("#patient-more")).to_have_attribute("open", "")
    assert set(nurse.asked) <= {"POST /session/activity"}


async def test_two_charts_in_one_browser_warn_of_each_other(shared: Running, seat: Seat) -> None:
    desk = await seat(shared.url, "nurse")
    await chart(shared, desk)
    await desk.settle()
    guard = desk.page.locator("#guard")
    await expect(guard).to_be_hidden()
    second = await desk.context.new_page()
    john = await doings.patient_id(shared.node, "55001001")
    await second.goto(f"{shared.url}/patients/{john}")
    await expect(guard).to_contain_text("Another chart is open in this browser: SMITH, John.")
    await expect(second.locator("#guard")).to_contain_text("SMITH, Joan (Mrs).")
    await second.goto(f"{shared.url}/wards")
    await expect(guard).to_be_hidden()


async def test_a_chart_shows_the_stay_and_leads_on(hospital: Running, seat: Seat) -> None:
    desk = await seat(hospital.url, "charge", "tablet")
    await chart(hospital, desk)
    stay = desk.page.locator("#stay")
    await expect(stay).to_contain_text("Six East")
    await desk.press(stay.get_by_role("button", name="Transfer"))
    await desk.choose(re.compile(r"^\s*04"))
    await desk.save()
    await expect(desk.page.locator("#patient-place")).to_contain_text("bed 04")
    await desk.press(stay.get_by_role("link", name="Movements"))
    await expect(desk.page.locator("#steps li")).to_contain_text(["Transferred"])


async def test_who_is_on_no_ward_is_admitted_from_the_chart(hospital: Running, seat: Seat) -> None:
    desk = await seat(hospital.url, "charge")
    await chart(hospital, desk, "55001079")
    await desk.press(desk.page.locator("#stay").get_by_role("button", name="Admit"))
    await desk.choose("6E-04")
    await desk.save()
    await expect(desk.page.locator("#patient-place")).to_contain_text("Six East, bed 04")


async def test_the_palette_finds_and_opens(shared: Running, seat: Seat) -> None:
    desk = await seat(shared.url, "charge", "phone")
    await desk.open("/")
    await desk.press(desk.page.get_by_role("link", name=re.compile("Search")))
    await desk.page.locator("#ask").fill("okaf")
    await desk.press(desk.page.locator("#results a").filter(has_text="OKAFOR, Chidi"))
    await expect(desk.page.locator("#patient-banner h1")).to_have_text("OKAFOR, Chidi")


async def test_a_likely_double_is_shown_before_it_is_registered(
    hospital: Running, seat: Seat
) -> None:
    desk = await seat(hospital.url, "reception")
    await desk.open("/patients/new")
    page = desk.page
    await page.get_by_label("Family name").fill("Smith")
    await page.get_by_label("Given names").fill("Joan")
    await page.get_by_label("Birth date").fill("1945-07-14")
    await page.keyboard.press("Tab")
    await expect(page.locator("#duplicates")).to_contain_text("SMITH, Joan (Mrs)")
    await desk.press(page.locator("label").filter(has_text=re.compile(r"^\s*Female")))
    register = page.get_by_role("button", name="Register", exact=True)
    await desk.press(register)
    await expect(page.locator("#problem")).not_to_be_empty()
    await expect(page.get_by_label("Family name")).to_have_value("Smith")
    await desk.press(page.locator("label").filter(has_text="register anyway"))
    await desk.press(register)
    await expect(page.locator("#patient-banner h1")).to_have_text("SMITH, Joan")


async def test_the_wards_stay_current(hospital: Running, seat: Seat) -> None:
    desk = await seat(hospital.url, "charge")
    await desk.open("/wards")
    row = desk.page.get_by_role("row").filter(has_text="Six East")
    await expect(row.get_by_role("cell").nth(1)).to_have_text("1")
    await doings.clean(hospital.node, "16")
    await expect(row.get_by_role("cell").nth(1)).to_have_text("2")
    await desk.press(row.get_by_role("link", name="Six East"))
    await desk.page.wait_for_url("**/beds")


async def test_a_wallboard_shows_initials_and_goes_dark(hospital: Running, seat: Seat) -> None:
    link = await doings.hang_wall(hospital.node)
    wall = await seat(hospital.url, None)
    await wall.page.set_viewport_size({"width": 1920, "height": 1080})
    await wall.open(link)
    six = wall.page.locator('#wall-rows > [data-label="06"]')
    await expect(six).to_contain_text("J.S.")
    html = await wall.page.content()
    assert not re.search("Smith|Okafor|0012345|penicillin", html, re.IGNORECASE)
    await doings.clean(hospital.node, "16")
    await expect(wall.page.locator('#wall-rows > [data-label="16"]')).to_contain_text("Ready")
    await doings.take_wall(hospital.node)
    await expect(six).to_have_count(0)
    await wall.page.reload()
    await expect(wall.page.locator("#wall-rows")).to_have_count(0)


async def test_a_message_waits_for_its_place_and_is_mapped_by_hand(
    hospital: Running, seat: Seat
) -> None:
    admin, nurse = await seat(hospital.url, "admin"), await seat(hospital.url, "nurse")
    await admin.open("/hl7")
    await nurse.open("/")
    await act(hospital.node, from_corpus("A01", "B-1"))
    await expect(admin.page.locator("#main")).to_contain_text("1 To review")
    await admin.press(admin.page.get_by_role("button", name="Map place"))
    await admin.sheet.get_by_label("Bed", exact=True).select_option(
        str(await doings.bed_id(hospital.node, "04"))
    )
    await admin.press(admin.sheet.locator("footer [type=submit]"))
    await expect(admin.sheet).to_be_hidden()
    await act(hospital.node)
    await expect(nurse.bed("04")).to_have_attribute("data-status", "O")


@pytest.mark.parametrize(
    ("path", "words"), [("/hl7", "This is not shown to you"), ("/nowhere", "Not found")]
)
async def test_a_refusal_says_what_to_do(
    shared: Running, seat: Seat, path: str, words: str
) -> None:
    desk = await seat(shared.url, "nurse")
    await desk.page.goto(shared.url + path)
    await expect(desk.page.get_by_role("heading", level=1)).to_have_text(words)
    await desk.press(desk.page.get_by_role("link", name="Back to your start page"))
    await desk.page.wait_for_url("**/beds")


async def test_the_explorer_says_its_window_as_the_ward_writes_dates(
    shared: Running, seat: Seat
) -> None:
    desk = await seat(shared.url, "privacy")
    await desk.open("/audit")
    await desk.settle()
    since = desk.page.locator("#since + .said")
    await expect(since).to_have_text(re.compile(r"\w{3} \d\d-\w{3}-\d{4} \d\d:\d\d"))
    await expect(since).to_be_visible()
    await desk.page.locator("#since").focus()
    await expect(since).to_be_hidden()  # it would lie over what is typed


async def test_a_printed_board_says_who_where_and_when(shared: Running, seat: Seat) -> None:
    desk = await seat(shared.url, "charge", theme="dark")
    await desk.open("/")
    await desk.page.emulate_media(media="print")
    head = desk.page.locator(".only-print")
    await expect(head).to_contain_text(re.compile(r"DEMO · Six East · As of .* · Printed by Grace"))
    for hidden in (".top", ".rail", ".more >> nth=0", ".do >> nth=0"):
        await expect(desk.page.locator(hidden)).to_be_hidden()
    ground = await desk.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
