"""Top bar: what is said of where one is and how old it is stands whole, on any screen."""

import pytest
from playwright.async_api import Page

from tests.browser.test_screen import FRESHNESS

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUT = """() => [...document.querySelectorAll('.top :is(.place > span, .pill > span, .user-name)')]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent)"""
OVER = """() => {
  const parts = [...document.querySelectorAll('.top > *, .top .search > span')]
    .filter((one) => one.checkVisibility()).map((one) => [one, one.getBoundingClientRect()]);
  return parts.flatMap(([one, a], index) => parts.slice(index + 1)
    .filter(([two, b]) => !one.contains(two) && a.right > b.left + 1 && b.right > a.left + 1
      && a.bottom > b.top + 1 && b.bottom > a.top + 1)
    .map(([two]) => one.className + ' over ' + two.className));
}"""
FREE = """() => {
  const strip = document.querySelector('#pill small').getBoundingClientRect();
  const heading = document.querySelector('main').getBoundingClientRect();
  const bar = document.querySelector('.top').getBoundingClientRect();
  scrollTo(0, document.documentElement.scrollHeight);
  const last = document.querySelector('#beds').getBoundingClientRect();
  return (strip.bottom <= bar.bottom || strip.top >= last.bottom) && heading.top >= bar.bottom;
}"""


@pytest.mark.parametrize("state", ["live", "reconnecting", "stale", "offline"])
@pytest.mark.parametrize("width", [390, 600, 820, 960, 1440])
async def test_ward_and_age_stand_whole_and_over_nothing(
    screen: Page, state: str, width: int
) -> None:
    await screen.set_viewport_size({"width": width, "height": 900})
    await screen.goto("/board.html")
    await screen.evaluate(FRESHNESS, [state, 6 if state == "reconnecting" else 130])
    assert await screen.evaluate(CUT) == []
    assert await screen.evaluate(OVER) == []


@pytest.mark.parametrize("width", [320, 390, 820, 1440])
async def test_when_it_was_last_confirmed_lies_over_no_bed(screen: Page, width: int) -> None:
    await screen.set_viewport_size({"width": width, "height": 900})
    await screen.goto("/board.html")
    await screen.evaluate(FRESHNESS, ["reconnecting", 6])
    assert await screen.evaluate(FREE)


async def test_a_long_ward_is_named_whole_on_a_phone(screen: Page) -> None:
    await screen.set_viewport_size({"width": 390, "height": 844})
    await screen.goto("/board.html")
    place = screen.locator(".place > span")
    await place.evaluate("one => { one.textContent = 'Acute Admissions'; }")
    assert await screen.evaluate(CUT) == []
    assert await screen.evaluate(OVER) == []
