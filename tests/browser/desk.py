"""Desk: one person at one screen of a real hospital; presses, fills and reads as a person does."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, Request, expect

from ward.dev.cast import PASSWORD

SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1440, 900)}
WATCH = """
window.refused = [];
addEventListener('securitypolicyviolation', event => refused.push(event.blockedURI));
"""
LIVE = """new Promise(done => {
  const ask = () => window.wardLive?.state === 'live' && wardLive.link?.socket?.readyState === 1
    && [...document.querySelectorAll('[data-topic]')].every(one => one.dataset.rev)
    ? done() : setTimeout(ask, 20);
  ask();
})"""
HANDS = """new Promise(done => {
  const ask = () => window.ward.pressed ? done() : setTimeout(ask, 20);
  ask();
})"""
ORDER = "all => all.filter(one => one.offsetParent).map(one => one.dataset.label || one.id)"
NOTES = """window.noted = new Promise(done => {
  const look = () => (%s) ? done(Date.now()) : setTimeout(look, 5);
  look();
}); Date.now()"""
SHELL = re.compile(r"/(static/|sw\.js|offline|favicon|session/activity$)")  # asks for nothing


@dataclass
class Desk:
    """A page with its context, and what it asked the server for."""

    context: BrowserContext
    page: Page
    url: str
    username: str
    touch: bool = False
    asked: list[str] = field(default_factory=list)
    thrown: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.thrown.append(str(error)))

    def _asked(self, request: Request) -> None:
        if not SHELL.search(request.url):
            self.asked.append(f"{request.method} {request.url.removeprefix(self.url)}")

    async def open(self, path: str) -> Page:
        """Open a page and wait until it is live."""
        await self.page.goto(self.url + path)
        if await self.page.locator("#live").count():
            await self.live()
        return self.page

    async def note(self, when: str) -> float:
        """Have the page note the moment from which this is true of it; tell what time it is now."""
        now: float = await self.page.evaluate(NOTES % when)
        return now / 1000

    async def noted(self) -> float:
        """Wait until it was true and tell when: as time.time() does, unless a test moved its clock.

        Whoever asks a browser from outside asks ever less often, and waits in line with others.
        """
        async with asyncio.timeout(60):
            at: float = await self.page.evaluate("window.noted")
        return at / 1000

    async def live(self) -> None:
        """Wait until the page is connected and says so."""
        await self.page.evaluate(LIVE)

    async def settle(self) -> None:
        """Wait until the page has fetched what answers to presses, as it does after a second."""
        await self.page.keyboard.press("Shift")
        await self.page.evaluate(HANDS)

    async def press(self, what: str | Locator) -> None:
        """Tap, or click where there is a mouse."""
        target = self.page.locator(what) if isinstance(what, str) else what
        await (target.tap() if self.touch else target.click())

    def bed(self, label: str) -> Locator:
        """Find a bed of the open board."""
        return self.page.locator(f'#beds > [data-label="{label}"]')

    @property
    def sheet(self) -> Locator:
        """The one dialog for forms."""
        return self.page.locator("#sheet")

    async def act(self, label: str, word: str) -> None:
        """Open the sheet of one of a bed's actions, through its menu."""
        await self.press(self.bed(label).locator(".more"))
        line = self.sheet.locator("li").filter(has=self.page.locator(f'b:text-is("{word}")'))
        await self.press(line.locator(".btn"))

    async def choose(self, label: str | re.Pattern[str]) -> None:
        """Choose one of the sheet's options by its words."""
        await self.press(self.sheet.locator("label").filter(has_text=label))

    async def save(self) -> None:
        """Press the one button that records, and wait until the page says that it did."""
        await self.press(self.sheet.locator("footer [type=submit]"))
        await self.saved()

    async def saved(self) -> None:
        await expect(self.sheet).to_be_hidden()
        await expect(self.page.locator("#toasts")).to_contain_text(re.compile(r"Saved \d\d:\d\d"))

    async def order(self) -> list[str]:
        """List the beds a person sees, in the order on the screen."""
        order: list[str] = await self.page.eval_on_selector_all("#beds > li", ORDER)
        return order

    async def fine(self) -> None:
        """Check that no script threw and the content policy refused nothing."""
        assert self.thrown == []
        if not self.page.is_closed() and self.page.url.startswith("http"):
            refused: Any = await self.page.evaluate("window.refused || []")
            assert refused == []


async def enter(desk: Desk) -> None:
    """Sign in without the form, which a test of its own fills in."""
    form = {"username": desk.username, "password": PASSWORD}
    answer = await desk.context.request.post(
        f"{desk.url}/login", form=form, headers={"origin": desk.url}, max_redirects=0
    )
    assert answer.status == 303, await answer.text()
