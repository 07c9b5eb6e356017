"""Journey 8, privacy officer: an odd look is a case, and an altered row of the trail is named."""

import re
import time

import asyncpg
import pytest
from playwright.async_api import expect

from tests.browser import doings
from tests.browser.axe import found_by_axe
from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.browser.test_journey_2_deterioration import pending
from tests.settling import crowding
from tests.stations import Running
from ward.audit.sealing import seal
from ward.audit.signals import look_through
from ward.node import Node

BLANKED = 1.0 + 0.5  # the promise, and what a busy machine may add to our own clock

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_journey_8(hospital: Running, seat: Seat) -> None:
    nurse = await seat(hospital.url, "nurse")
    privacy = await seat(hospital.url, "privacy")
    whom = await doings.ask(
        hospital.node,
        "SELECT p.id FROM patient p JOIN ward w ON w.id = p.ward_id"
        " WHERE w.label <> 'Six East' ORDER BY p.id LIMIT 1",
    )
    await step_1_a_look_without_a_reason_is_flagged(hospital.node, nurse, privacy, str(whom[0][0]))
    await step_2_break_glass_is_reviewed_and_closed(nurse, privacy, str(whom[0][0]))
    await step_3_an_altered_row_is_named_with_its_day(hospital.node, privacy)
    admin = await seat(hospital.url, "admin")
    await step_4_a_role_that_is_removed_blanks_the_board(hospital.node, nurse, admin)
    pending("5: an escalation policy simulated; 6: last night's backup; 7: Redis killed under load")


async def step_1_a_look_without_a_reason_is_flagged(
    node: Node, nurse: Desk, privacy: Desk, patient: str
) -> None:
    await nurse.open(f"/patients/{patient}")
    await expect(nurse.page.locator("main")).to_contain_text("care relationship")
    await _sealed(node)
    await privacy.open("/audit")
    signals = privacy.page.locator(".trail-side section", has_text="Signals")
    await signals.get_by_role("link", name="Show No care relationship").click()
    case = privacy.page.locator(".trail-case").first
    await expect(case).to_contain_text("Nothing was shown: each look was refused.")
    assert await found_by_axe(privacy.page) == []
    await case.get_by_label("Why").fill("Asked her: she mistook the bed.")
    await case.get_by_role("button", name="Was fine").click()
    await expect(privacy.page.locator("main")).to_contain_text("Asked her: she mistook the bed.")


async def step_2_break_glass_is_reviewed_and_closed(
    nurse: Desk, privacy: Desk, patient: str
) -> None:
    await privacy.open("/break-glass")
    await nurse.open(f"/patients/{patient}")
    await nurse.press(nurse.page.get_by_role("button", name="Break the glass"))
    await expect(nurse.sheet).to_contain_text("The patient can read it.")
    assert await found_by_axe(nurse.page) == []
    await nurse.press(nurse.sheet.get_by_text("Emergency: this person needs treatment now"))
    await nurse.sheet.get_by_label("In a sentence").fill("Arrest call, I was first at the bed.")
    await nurse.press(nurse.sheet.get_by_role("button", name="Open the record"))
    await expect(nurse.page.locator("#patient-banner")).to_be_visible()
    strip = nurse.page.locator(".glass")
    await expect(strip).to_contain_text(re.compile(r"(4 h 0|3 h 59) min left"))
    assert await found_by_axe(nurse.page) == []
    await nurse.press(nurse.page.get_by_role("button", name="Record allergy"))
    await expect(nurse.sheet).to_be_visible()
    line = privacy.page.locator("#glass-waiting li")
    await expect(line).to_contain_text("Ada Lovelock")  # told at once: nobody loads the page anew
    await privacy.press(line.get_by_role("link", name="Review"))
    await expect(privacy.page.locator("main")).to_contain_text("Arrest call")
    await privacy.press(privacy.page.get_by_role("button", name="End this access now"))
    await expect(nurse.page.locator("#patient-banner")).to_have_count(0)
    await expect(nurse.sheet).to_be_hidden()  # with what was typed into it, and the name above it
    await expect(nurse.sheet).to_be_empty()
    await expect(nurse.page).to_have_title("Ward")
    await expect(nurse.page.get_by_role("heading", level=1)).to_have_text("No longer shown to you")
    assert await found_by_axe(nurse.page) == []
    await expect(strip).to_contain_text("Ended by the privacy officer")
    review = privacy.page.locator("section", has_text="What did you find?").last
    await expect(review.get_by_role("button", name="Save the review")).to_be_visible()
    assert await found_by_axe(privacy.page) == []
    await privacy.press(review.get_by_text("Justified", exact=True))
    await review.get_by_label("Why").fill("She was called; the log of the switchboard says so.")
    await privacy.press(review.get_by_role("button", name="Save the review"))
    await expect(privacy.page.locator("#glass-closed li")).to_contain_text("Justified")
    await expect(privacy.page.locator("#glass-waiting")).to_contain_text("Every case is closed.")


async def step_4_a_role_that_is_removed_blanks_the_board(
    node: Node, nurse: Desk, admin: Desk
) -> None:
    await admin.open("/admin/users")
    await admin.press(admin.page.get_by_role("link", name="Ada Lovelock"))
    end = admin.page.get_by_role("button", name=re.compile("End nurse", re.IGNORECASE))
    await expect(end).to_be_visible()
    ward = (await doings.ask(node, "SELECT id FROM ward WHERE label = 'Six East'"))[0][0]
    await nurse.open(f"/wards/{ward}/beds")
    await expect(nurse.bed("01")).to_be_visible()
    await nurse.note("!document.querySelector('#beds > [data-label=\"01\"]')")
    await admin.press(end)
    begun = time.time()
    assert await nurse.noted() - begun <= BLANKED * crowding()
    await expect(nurse.bed("01")).to_have_count(0)


async def step_3_an_altered_row_is_named_with_its_day(node: Node, privacy: Desk) -> None:
    await privacy.open("/audit?who=nurse&what=refused")
    line = privacy.page.locator("tr.flagged").last  # the oldest: it is sealed
    await expect(line).to_contain_text("No care relationship")
    chain = privacy.page.locator("#chain")
    await chain.get_by_role("button", name="Verify now").click()
    await expect(chain).to_contain_text("Chain verified to")
    event = (await line.get_attribute("id") or "").removeprefix("event-")
    day = await _altered(node, event)
    await chain.get_by_role("button", name="Verify now").click()
    await expect(chain).to_contain_text(f"Event {event} of {day} was altered.")
    assert await found_by_axe(privacy.page) == []


async def _sealed(node: Node) -> None:
    """Have done at once what a node does every ten seconds."""
    while not await doings.ask(node, "SELECT id FROM audit_signal WHERE kind = 'no-relation'"):
        await seal(node)
        await look_through(node)


async def _altered(node: Node, event: str) -> str:
    """Make a refusal a look that never was, as whoever owns the database; give its day."""
    owner = node.settings.database_owner_url
    assert owner is not None
    connection = await asyncpg.connect(owner.get_secret_value().replace("+asyncpg", ""))
    try:
        return str(
            await connection.fetchval(
                "UPDATE audit_event SET outcome = '0' WHERE id = $1 RETURNING at::date::text", event
            )
        )
    finally:
        await connection.close()
