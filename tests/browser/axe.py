"""Axe: what a machine can find wrong with a page for people who see, hear or point differently."""

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.async_api import Page

SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN = """async only => {
  const asked = { resultTypes: ["violations"], ...(only && { runOnly: only }) };
  const found = await axe.run(document, asked);
  return found.violations.map(rule => [rule.id,
    rule.nodes.slice(0, 3).map(node => [node.target.join(" "), node.failureSummary])]);
}"""
SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter(e => e.checkVisibility() && e.type !== 'hidden')
  .filter(e => !e.closest('.vh, [inert], p, small, h3, .skip, .lnk'))
  .map(e => [e.outerHTML.slice(0, 90), (e.closest('label') || e).getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
WIDE = "document.documentElement.scrollWidth > innerWidth"


async def found_by_axe(page: Page, only: list[str] | None = None) -> Any:
    """List the violations with the first places of each; of all rules, or of these `only`."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(SCRIPT)
    return await page.evaluate(RUN, only)


async def shape_of(page: Page) -> dict[str, Any]:
    """Tell which targets are too small to hit, and whether the page is wider than the screen."""
    return {"small": await page.evaluate(SMALL), "wide": await page.evaluate(WIDE)}
