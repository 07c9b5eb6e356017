"""Passkeys: made, used to come in, asked beside a password, and again before a signature."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import CDPSession, expect

from tests.browser.conftest import Seat
from tests.browser.desk import Desk
from tests.stations import Running
from ward.dev.cast import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def holding(desk: Desk, *, verified: bool = True) -> tuple[CDPSession, str]:
    """Give the browser a phone with a fingerprint reader; return it, and its name."""
    cdp = await desk.context.new_cdp_session(desk.page)
    await cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    made = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp, made["authenticatorId"]


def by_name(node: Running) -> str:
    """Give the address with a name: passkeys are bound to names, never to numbers."""
    return f"http://localhost:{node.port}"


async def make(desk: Desk) -> None:
    page = desk.page
    await page.goto(f"{desk.url}/account/sign-in")
    await page.get_by_label("Name of the new passkey").fill("My phone")
    await desk.press(page.get_by_role("button", name="Make a passkey"))
    await expect(page.locator("#passkeys .lines")).to_contain_text("My phone")


async def leave(desk: Desk) -> None:
    await desk.context.clear_cookies()
    await desk.page.goto(f"{desk.url}/login?next=/account")


Made = Callable[[], Awaitable[Desk]]


async def test_a_passkey_is_made_and_then_opens_the_door_alone(
    hospital: Running, seat: Seat
) -> None:
    desk = await seat(by_name(hospital), "doctor", "phone")
    await holding(desk)
    await make(desk)
    await leave(desk)
    await desk.press(desk.page.get_by_role("button", name="Use a passkey"))
    await desk.page.wait_for_url("**/account")
    await expect(desk.page.get_by_role("heading", level=1)).to_have_text("Joan Patelle")


async def test_beside_a_password_the_passkey_is_asked_for(hospital: Running, seat: Seat) -> None:
    desk = await seat(by_name(hospital), "nurse2")
    page = desk.page
    await holding(desk)
    await make(desk)
    await leave(desk)
    await page.get_by_label("User name").fill("nurse2")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/login/second")
    await desk.press(page.get_by_role("button", name="Use a passkey"))
    await page.wait_for_url("**/account")
    await page.goto(f"{desk.url}/account/sign-in")
    await desk.press(page.get_by_role("button", name="Take away My phone"))
    await expect(page.locator("#passkeys")).to_contain_text("None.")
    await leave(desk)
    await desk.press(page.get_by_role("button", name="Use a passkey"))
    await expect(page.get_by_role("alert")).to_contain_text("not accepted")


async def test_a_key_that_did_not_verify_its_person_is_refused(
    hospital: Running, seat: Seat
) -> None:
    desk = await seat(by_name(hospital), "charge")
    cdp, phone = await holding(desk)
    await make(desk)
    await leave(desk)
    await cdp.send("WebAuthn.setUserVerified", {"authenticatorId": phone, "isUserVerified": False})
    await desk.press(desk.page.get_by_role("button", name="Use a passkey"))
    told = desk.page.get_by_role("alert")
    await expect(told).to_contain_text("No passkey was used.")
    await expect(told).to_have_css("font-weight", "600")  # it looks like what it is
    assert "/login" in desk.page.url
