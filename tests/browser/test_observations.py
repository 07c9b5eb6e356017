"""Observations in a browser: typed by keys, scored while typed, live elsewhere, never lost."""

import re
import time

import pytest
from playwright.async_api import expect

from tests.browser import bedsides, doings
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.browser.test_pages_axe import looks_right
from tests.stations import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

WELL = ["16", "98", "Space", "122", "78", "72", "A", "36.8"]


async def at_bedside(hospital: Running, seat: Seat, who: str = "nurse", size: str = "desk") -> Desk:
    """Open Joan's chart with a day of observations."""
    joan = await doings.patient_id(hospital.node, "0012345")
    desk = await seat(hospital.url, who, size)
    await desk.open(f"/patients/{joan}/observations")
    return desk


async def begin(desk: Desk) -> None:
    await desk.press("#obs-record")
    await expect(desk.sheet.locator("#f-temp")).to_be_visible()


async def fill(desk: Desk, **values: str) -> None:
    for name, value in values.items():
        await desk.sheet.locator(f"#f-{name}").fill(value)


async def well(desk: Desk) -> None:
    await fill(desk, resp_rate="16", spo2="98", sbp="122", dbp="78", pulse="72", temp="36.8")
    await desk.choose("Room air")
    await desk.choose(re.compile("Alert"))


async def test_a_full_set_is_typed_by_keys_alone_within_a_minute(
    hospital: Running, seat: Seat
) -> None:
    other = await at_bedside(hospital, seat, "doctor")
    desk = await at_bedside(hospital, seat)
    keys = desk.page.keyboard
    await desk.settle()
    begun = time.monotonic()
    await desk.page.locator("#obs-record").focus()
    await keys.press("Enter")
    await expect(desk.sheet.locator("#f-resp_rate")).to_be_focused()
    for value in WELL:
        if value in {"A", "Space"}:
            await keys.press(value)
        else:
            await keys.type(value)
        await keys.press("Enter")
    await expect(desk.sheet.locator("#score")).to_contain_text("NEWS2 0")
    button = desk.sheet.locator("footer [type=submit]")
    await button.focus()
    await keys.press("Enter")
    await desk.saved()
    assert time.monotonic() - begun < 60
    await expect(other.page.locator("#obs-24h")).to_contain_text("122/78")


async def test_enter_never_records(hospital: Running, seat: Seat) -> None:
    desk = await at_bedside(hospital, seat)
    await desk.settle()
    await begin(desk)
    await well(desk)
    before = len(desk.asked)
    await desk.sheet.locator("#f-temp").press("Enter")
    await desk.sheet.locator("#f-pulse").press("Control+Enter")
    await desk.page.wait_for_timeout(300)
    assert not [one for one in desk.asked[before:] if one.startswith("POST /patients")]
    await expect(desk.sheet).to_be_visible()


async def test_the_score_follows_and_the_fields_say_why(hospital: Running, seat: Seat) -> None:
    desk = await at_bedside(hospital, seat, size="phone")
    await begin(desk)
    await fill(desk, resp_rate="26", spo2="93")
    await expect(desk.sheet.locator("#at-resp_rate")).to_contain_text("scores 3")
    await expect(desk.sheet.locator("#score")).to_contain_text("Incomplete score, at least 5")
    await fill(desk, temp="98.6", pulse="190")
    await desk.sheet.locator("#f-note, #f-resp_rate").first.focus()
    await expect(desk.sheet.locator("#at-temp")).to_contain_text("Fahrenheit")
    await expect(desk.sheet.locator("#at-pulse")).to_contain_text("Is this right?")
    await looks_right(desk)


async def test_what_is_unusual_is_recorded_after_a_yes_and_worse_is_escalated(
    hospital: Running, seat: Seat
) -> None:
    desk = await at_bedside(hospital, seat)
    await begin(desk)
    await well(desk)
    await fill(desk, pulse="190")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    await expect(desk.page.locator("#problem")).to_contain_text("unusual")
    await desk.press(desk.sheet.locator("#f-sure_pulse"))
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    await expect(desk.sheet.locator("#sheet-title")).to_contain_text("Tell the medical team")
    await expect(desk.sheet).to_contain_text("Next observations")
    await looks_right(desk)
    await desk.press(desk.sheet.get_by_role("button", name="I have read this"))
    await expect(desk.sheet).to_be_hidden()
    await expect(desk.page.locator("#obs-now")).to_contain_text("3 in one")


async def test_what_another_nurse_charts_meanwhile_is_shown_and_mine_is_kept(
    hospital: Running, seat: Seat
) -> None:
    desk = await at_bedside(hospital, seat)
    await begin(desk)
    await well(desk)
    joan = await doings.patient_id(hospital.node, "0012345")
    await bedsides.chart(hospital.node, joan, "0.2 18 97 0 131 70 81 36.9")
    await expect(desk.page.locator("#obs-24h")).to_contain_text("131/70")
    await expect(desk.sheet.locator("#f-pulse")).to_have_value("72")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    problem = desk.page.locator("#problem")
    await expect(problem).to_contain_text("charted this patient at")
    await expect(problem).to_contain_text("131/70")
    await expect(desk.sheet.locator("#f-pulse")).to_have_value("72")
    await desk.save()
    await expect(desk.page.locator("#obs-24h")).to_contain_text("122/78")


async def test_the_chart_reads_by_arrow_keys_and_its_twin_has_the_same(
    hospital: Running, seat: Seat
) -> None:
    joan = await doings.patient_id(hospital.node, "0012345")
    await bedsides.chart(hospital.node, joan)
    desk = await at_bedside(hospital, seat)
    read = desk.page.locator("#obs-read")
    await desk.page.locator("#obs-24h").focus()
    await desk.page.keyboard.press("ArrowLeft")
    await expect(read).to_contain_text("128/74")
    await desk.page.keyboard.press("ArrowLeft")
    await expect(read).to_contain_text("126/72")
    await desk.press("[data-of='7d']")
    await expect(desk.page.locator("#obs-7d")).to_be_visible()
    await desk.press("[data-as-of=table]")
    await expect(desk.page).to_have_url(re.compile(r"\?range=7d&as=table$"))
    rows = desk.page.locator("#obs-table tbody tr")
    await expect(rows).to_have_count(8)
    await desk.page.reload()
    await expect(rows.first).to_be_visible()
    await desk.press("[data-of=all]")
    await expect(desk.page.locator("#all-obs-table tbody tr").first).to_be_visible()


async def test_the_chart_with_everything_in_it_is_for_everybody(
    hospital: Running, seat: Seat
) -> None:
    joan = await doings.patient_id(hospital.node, "0012345")
    await bedsides.chart(hospital.node, joan)
    await bedsides.monitor(hospital.node, joan)
    desk = await at_bedside(hospital, seat)
    await expect(desk.page.locator("#obs-now")).to_contain_text("Bedside 06 sent values")
    await looks_right(desk)
    await desk.press("[data-as-of=table]")
    await looks_right(desk)
    await desk.press(desk.page.get_by_role("button", name="Check and confirm"))
    await expect(desk.sheet.locator("#f-pulse")).to_have_value("91")
    await desk.choose(re.compile("Alert"))
    await desk.choose("Room air")
    await fill(desk, temp="37.3")
    await desk.press(desk.sheet.locator("footer [type=submit]"))
    await expect(desk.page.locator("#obs-now")).not_to_contain_text("Bedside 06 sent values")


async def test_a_wrong_value_is_corrected_and_stays_struck(hospital: Running, seat: Seat) -> None:
    joan = await doings.patient_id(hospital.node, "0012345")
    await bedsides.chart(hospital.node, joan, "0.2 18 97 0 131 70 81 36.9")
    desk = await at_bedside(hospital, seat, size="tablet")
    await desk.press("[data-as-of=table]")
    await desk.press(desk.page.get_by_role("button", name=re.compile("^Correct")).first)
    await expect(desk.sheet.locator("#f-pulse")).to_have_value("81")
    await fill(desk, pulse="88", reason="Misread")
    await desk.save()
    table = desk.page.locator("#obs-table")
    await expect(table.locator("tr.wrong s", has_text="81")).to_be_visible()
    await expect(table).to_contain_text("Misread")
