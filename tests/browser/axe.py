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


async def shape_of(page: Page) -> dict[str, Any]:
    """Tell which targets are too small, and whether page or first button leaves the screen."""
    return {"small": await page.evaluate(SMALL), "wide": await page.evaluate(WIDE)}
