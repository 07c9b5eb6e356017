"""Act now is as high as those in it need: no blank space below a few, at any width."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.samples import Sample
from ward.render import render

pytestmark = pytest.mark.asyncio(loop_scope="session")
NAMES = ("OKAFOR, Chidi", "BARTHOLOMEW-FITZGERALD, Anastasia", "NOWAK, Piotr", "LI, Wei")
LOOK = """() => {
  const strip = document.getElementById('act-now').getBoundingClientRect();
  const all = [...document.querySelectorAll('#act-now li')].map(one => one.getBoundingClientRect());
  return {
    blank: strip.bottom - Math.max(...all.map(one => one.bottom)),
    flex: getComputedStyle(document.getElementById('act-now')).display,
    laps: [...document.querySelectorAll('#act-now li')].some(one => {
      const [name, chips] = [...one.children].map(each => each.getBoundingClientRect());
      return name.right > chips.left + 1 && name.bottom > chips.top + 1;
    }),
  };
}"""


def strip(count: int) -> str:
    items: list[Any] = [
        Sample(patient_id=f"p{nth}", bed_label=f"{nth:02}", words=("NEWS2 9 high",))
        for nth in range(count)
    ]
    names = {one.patient_id: Sample(name=NAMES[nth]) for nth, one in enumerate(items)}
    drawn = render("beds/_act.html", act=Sample(items=items), names=names)
    return f'<link rel="stylesheet" href="/static/css/ward.css"><main id="main">{drawn}</main>'


@pytest.mark.parametrize("width", [390, 820, 1440])
async def test_the_strip_leaves_no_blank_space(screen: Page, width: int) -> None:
    await screen.set_viewport_size({"width": width, "height": 844})
    await screen.goto("/static/css/ward.css")  # the address alone: no script of a page runs on
    for count in range(1, len(NAMES) + 1):
        await screen.set_content(strip(count), wait_until="load")
        found = await screen.evaluate(LOOK)
        assert found["flex"] == "flex"  # the look is there
        assert found["blank"] <= 6, (count, found)
        assert not found["laps"], count
