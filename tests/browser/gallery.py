"""Gallery: every template drawn with invented people, to look at and to check without a server.

`python -m tests.browser.gallery FOLDER` writes the pages; `--shots` photographs them as well.
"""

import asyncio
import http.server
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser import pages as drawn
from tools.chromium import FLAGS, find
from ward.config import ROOT

if TYPE_CHECKING:
    from playwright.async_api import Page

SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1440, 900)}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
)


FILL = """async ([url, id]) => {
  const html = await (await fetch(url)).text();
  if (id === "results") document.getElementById("palette").showModal();
  document.getElementById(id).innerHTML = html;
}"""


def write(folder: Path) -> list[str]:
    """Write every sample page into the folder and name them."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = drawn.pages()
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html)
    return list(pages)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the pages with the product's content policy; /static from the checkout."""

    def translate_path(self, path: str) -> str:
        clean = path.split("?", maxsplit=1)[0]
        if clean.startswith("/static/"):
            return str(ROOT / clean.lstrip("/"))
        return super().translate_path(path)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent: the caller prints what matters."""


class Server(http.server.ThreadingHTTPServer):
    """Says nothing of a page that left before it had all."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the written pages on a free port of this machine for as long as the block runs."""
    handler = partial(Handler, directory=str(folder))
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


async def shoot(folder: Path, wanted: list[str], sizes: list[str], themes: list[str]) -> None:
    """Photograph pages at the three sizes, light and dark."""
    from playwright.async_api import async_playwright

    with serve(folder) as address:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=find(), args=FLAGS)
            for theme in themes:
                for size in sizes:
                    width, height = SIZES[size]
                    context = await browser.new_context(viewport={"width": width, "height": height})
                    await context.add_init_script(f"localStorage.setItem('ward.theme', '{theme}')")
                    page = await context.new_page()
                    page.on("console", lambda m: m.type == "error" and print("console:", m.text))
                    page.on("pageerror", lambda error: print("error:", error))
                    for name in wanted:
                        await visit(page, address, name)
                        await page.screenshot(path=str(folder / f"{name}-{size}-{theme}.png"))
                    await context.close()
            await browser.close()


async def visit(page: "Page", address: str, name: str) -> None:
    """Open a sample; a form is put into the sheet of the board, as htmx would."""
    sheet = name.startswith("sheet-")
    await page.goto(f"{address}/{'board' if sheet else name}.html")
    if sheet:
        await page.keyboard.press("Shift")  # whoever opens a sheet has pressed something before
        into = {"sheet-results": "results"}.get(name, "sheet")
        await page.evaluate(FILL, [f"/{name}.html", into])
        await page.locator("#sheet[open], #palette[open]").wait_for()
    await page.evaluate("document.fonts.ready.then(() => true)")


def main() -> None:
    """Write the gallery; with --shots, photograph what is named after it (default: everything)."""
    folder, rest = Path(sys.argv[1]), sys.argv[2:]
    names = write(folder)
    if "--shots" in rest:
        picked = [name for name in rest if name in names] or names
        sizes = [size for size in rest if size in SIZES] or list(SIZES)
        themes = [theme for theme in rest if theme in ("light", "dark")] or ["light", "dark"]
        asyncio.run(shoot(folder, picked, sizes, themes))
    print("\n".join(names))


if __name__ == "__main__":
    main()
