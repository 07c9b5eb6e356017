"""Axe: what a machine can find wrong with a page for people who see, hear or point differently."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.async_api import Page

SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
CONTRAST = "color-contrast"
RUN = """async ([only, without]) => {
  const rules = Object.fromEntries(without.map(one => [one, { enabled: false }]));
  const asked = { resultTypes: ["violations"], preload: false, rules };
  if (only.length) asked.runOnly = only;
  const found = await axe.run(document.querySelector("dialog:modal") || document, asked);
  return found.violations.map(rule => [rule.id,
    rule.nodes.slice(0, 3).map(node => [node.target.join(" "), node.failureSummary])]);
}"""
SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter(e => e.checkVisibility() && e.type !== 'hidden')
  .filter(e => !e.closest('.vh, [inert], p, small, h3, .skip, .lnk'))
  .map(e => [e.outerHTML.slice(0, 90), (e.closest('label') || e).getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
REACH = """() => {
  const answers = (e, x, y) => {
    const hit = document.elementFromPoint(x, y);
    return hit && (e.contains(hit) || e.closest('label')?.contains(hit));
  };
  const along = (e, x, y, dx, dy) => {
    let n = 0;
    while (n < 44 && answers(e, x + dx * n, y + dy * n)) n++;
    return n;
  };
  const scope = document.querySelector('dialog:modal') || document;
  return [...scope.querySelectorAll('a, button, summary, input, select, textarea')]
    .filter(e => e.checkVisibility() && e.type !== 'hidden')
    .filter(e => !e.closest('.vh, [inert], .skip, .lnk'))
    .filter(e => !e.closest('.cal-head, .cal-date, .cal-body, #cal-slot'))
    .map(e => {
      const on = e.closest('label') || e;
      on.scrollIntoView({ block: 'center', inline: 'center' });
      const box = on.getBoundingClientRect();
      const x = box.x + box.width / 2, y = box.y + box.height / 2;
      const wide = along(e, x, y, 1, 0) + along(e, x, y, -1, 0) - 1;
      return [e, wide, along(e, x, y, 0, 1) + along(e, x, y, 0, -1) - 1];
    })
    .filter(([, wide, high]) => wide < 43 || high < 43)  // to the pixel: 44 from edge to edge
    .map(([e, wide, high]) => `${wide} x ${high} ${e.outerHTML.slice(0, 140)}`);
}"""
WIDE = """() => document.documentElement.scrollWidth > innerWidth
  || [...document.querySelectorAll('.btn.primary')]
    .some(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth)"""


async def found_by_axe(page: Page, *, only: Sequence[str] = (), but: Sequence[str] = ()) -> Any:
    """List the violations and their first places: by all rules, `only` these, or all `but` these.

    Over an open dialog it looks at that alone: what is behind is inert, and was a page before.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(SCRIPT)
    return await page.evaluate(RUN, [only, but])


async def out_of_reach(page: Page) -> list[str]:
    """List what answers to a finger on less than 44 pixels by 44; not links within text or a grid.

    What counts is where a touch lands, not what is painted: a small button may answer around it.
    """
    small: list[str] = await page.evaluate(REACH)
    return small


async def shape_of(page: Page) -> dict[str, Any]:
    """Tell which targets are too small, and whether page or first button leaves the screen."""
    return {"small": await page.evaluate(SMALL), "wide": await page.evaluate(WIDE)}
