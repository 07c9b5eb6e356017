"""Scans: a small page that scans, with the product's shell, scripts and headers, and who uses it.

Keys come at a time of their own, so that a busy machine makes no hand out of a scanner.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from urllib.parse import parse_qs

import uvicorn
import zxingcpp
from playwright.async_api import Browser, CDPSession, Page
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests import serving as server
from tests.browser import samples
from tests.browser.desk import WATCH
from ward.config import ROOT, read
from ward.render import ENVIRONMENT
from ward.security.headers import SCANNING, Guardian

PAGE = """{% extends "layouts/page.html" %}
{% import "ui/scanning.html" as scanning %}{% from "ui/parts.html" import opens %}
{% block head %}{{ super() }}{{ scanning.head() }}{% endblock %}
{% block main %}<h1>Medicines</h1>
<form id="other" action="/other" method="post"><p class="field"><label for="note">Note</label>
<input id="note" name="note"></p>
<p class="field"><label for="rate">Rate</label><input id="rate" type="number"></p>
<p class="field"><label for="when">When</label><input id="when" type="datetime-local"></p>
<p class="field"><label for="why">Why</label><select id="why"><option>None</option>
<option>0 asleep</option><option>Away</option></select></p><button class="btn">Save</button></form>
<p><button class="btn" type="button" id="pressed">Press</button>
<a class="btn" id="open" {{ opens("/step/1") }}>Record</a>
<a class="btn" id="plain" {{ opens("/plain") }}>Plain</a></p>
{{ scanning.anywhere("/found") }}{{ scanning.words() }}{% endblock %}"""
STEP = """{% import "ui/scanning.html" as scanning %}{% from "ui/parts.html" import head, foot %}
<div class="sheet">{{ head("Step " ~ n) }}<form action="/step/{{ n }}" method="post"
 hx-post="/step/{{ n }}" hx-target="#sheet" hx-swap="innerHTML" {{ "data-scan-submits" if n < 3 }}>
<div class="in">{{ scanning.code("code", "Code", hint="Type it where nothing scans") }}</div>
{{ foot("Check") }}</form></div>"""
PLAIN = """{% from "ui/parts.html" import head, foot, field %}<div class="sheet">{{ head("Plain") }}
<form action="/other" method="post" hx-post="/other" hx-swap="none">
<div class="in">{{ field("dose", "Dose") }}</div>{{ foot("Save") }}</form></div>"""


@dataclass
class Place:
    """Where the page is served, and what came back to it."""

    url: str = ""
    took: list[tuple[str, str, str]] = field(default_factory=list)  # path, code, by
    bodies: list[bytes] = field(default_factory=list)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.answers.set()  # a test clears it, to scan again before the answer

    async def page(self, request: Request) -> Response:
        headers = SCANNING if request.url.path == "/" else {}
        html = ENVIRONMENT.from_string(PAGE).render(**samples.shell(""))
        return HTMLResponse(html, headers=headers)

    async def sheet(self, request: Request) -> Response:
        return self._step(int(request.path_params["n"]))

    def _step(self, n: int) -> Response:
        return HTMLResponse(ENVIRONMENT.from_string(STEP).render(n=n))

    async def plain(self, _request: Request) -> Response:
        return HTMLResponse(ENVIRONMENT.from_string(PLAIN).render())

    async def take(self, request: Request) -> Response:
        """Take a scan; a code that says so is refused, as a wrong patient is."""
        body = await request.body()
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.bodies.append(body)
        self.took.append((request.url.path, sent.get("code", ""), sent.get("by", "")))
        await self.answers.wait()
        if sent.get("code", "").startswith("WRONG"):
            text = "<p>This is another patient.</p>"
            return HTMLResponse(text, 409, headers={"hx-retarget": "#problem"})
        return self._step(int(request.path_params.get("n", 0)) + 1)

    async def other(self, request: Request) -> Response:
        self.took.append((request.url.path, "", ""))
        return PlainTextResponse("saved")

    def app(self) -> Starlette:
        """Put it together behind the product's own outer wall."""
        settings = read(
            {
                "WARD_ENV": "test",
                "WARD_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
                "WARD_REDIS_URL": "redis://127.0.0.1:1",
                "WARD_KEYS": "env",
                "WARD_ROOT_KEY": "5a" * 32,
            }
        )
        routes = [
            Route("/", self.page),
            Route("/strict", self.page),
            Route("/plain", self.plain),
            Route("/step/{n:int}", self.sheet, methods=["GET"]),
            Route("/step/{n:int}", self.take, methods=["POST"]),
            Route("/found", self.take, methods=["POST"]),
            Route("/other", self.other, methods=["POST"]),
            Mount("/static", StaticFiles(directory=ROOT / "static")),
        ]
        return Starlette(
            routes=routes, middleware=[Middleware(Guardian, settings=settings, refused=_refused)]
        )


async def _refused(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(repr(error), 500)


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Place]:
    """Serve the page on a free port of the loopback until the block ends."""
    place = Place()
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        place.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(place.app(), log_config=None, timeout_graceful_shutdown=1)
        async with server.serving(config, listening):
            yield place


# ------------------------------------------------------------------------------------ people

SEEN = """window.scans = [];
document.addEventListener('ward:scan', ({ detail }) => scans.push([detail.text, detail.by]));"""
KEEP = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.streams = [];
navigator.mediaDevices.getUserMedia = async (what) => {
  const stream = await ask(what);
  window.streams.push(stream);
  return stream;
};"""
UNTIL = """new Promise(done => {
  const ask = () => (%s) ? done() : setTimeout(ask, 20);
  ask();
})"""


@contextlib.asynccontextmanager
async def opened(
    browser: Browser, place: Place, path: str = "/", init: str = ""
) -> AsyncIterator[Page]:
    """Open the page, ready for the first key; afterwards nothing has thrown or been blocked."""
    context = await browser.new_context(viewport={"width": 1180, "height": 820}, base_url=place.url)
    for script in (WATCH, SEEN, KEEP, init):
        await context.add_init_script(script)
    page = await context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    await page.goto(path)
    await page.keyboard.press("Shift")
    await page.evaluate(UNTIL % "window.wardScan && window.ward.pressed")
    yield page
    refused = await page.evaluate("window.refused")
    await context.close()
    assert thrown == []
    assert refused == []


async def scans(page: Page) -> list[list[str]]:
    """Tell what the page took for a scan, and from what."""
    found: list[list[str]] = await page.evaluate("window.scans")
    return found


# ------------------------------------------------------------------------------------ keys

GS = "\x1d"
PACK = f"01095060001343521727123110A1B2{GS}21XYZ"
NAMED = {
    "\n": ("Enter", "Enter", 13, "\r"),
    "\t": ("Tab", "Tab", 9, ""),
    "\x00": ("F8", "F8", 119, ""),
}


@dataclass
class Keys:
    """Keys as the system hands them over, each at a time we choose."""

    page: Page
    link: CDPSession
    at: float

    @staticmethod
    async def of(page: Page) -> "Keys":
        return Keys(page, await page.context.new_cdp_session(page), time())

    async def type(self, text: str, *, gap: float = 8, repeat: bool = False) -> None:
        """Press each key `gap` milliseconds after the last; NUL stands for F8."""
        await self.page.wait_for_function("window.wardScan")  # it listens
        for char in text:
            self.at += gap / 1000
            key, code, number, typed = NAMED.get(char, (char, "", ord(char.upper()), char))
            await self._send("keyDown", key, code, number, text=typed, autoRepeat=repeat)
            await self._send("keyUp", key, code, number)

    async def with_ctrl(self, key: str, code: str, number: int, *, gap: float = 8) -> None:
        """Press a key while Ctrl is held."""
        self.at += gap / 1000
        await self._send("rawKeyDown", "Control", "ControlLeft", 17, modifiers=2)
        await self._send("rawKeyDown", key, code, number, modifiers=2)
        await self._send("keyUp", key, code, number, modifiers=2)
        await self._send("keyUp", "Control", "ControlLeft", 17)

    async def alt_number(self, digits: str, *, gap: float = 8) -> None:
        """Type a character as Alt and its number, as scanners do on Windows."""
        self.at += gap / 1000
        await self._send("rawKeyDown", "Alt", "AltLeft", 18, modifiers=1)
        for digit in digits:
            number = 96 + int(digit)
            await self._send("rawKeyDown", digit, f"Numpad{digit}", number, modifiers=1)
            await self._send("keyUp", digit, f"Numpad{digit}", number, modifiers=1)
        await self._send("keyUp", "Alt", "AltLeft", 18)

    async def _send(self, kind: str, key: str, code: str, number: int, **more: object) -> None:
        what = {"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number}
        await self.link.send("Input.dispatchKeyEvent", what | more | {"timestamp": self.at})


# ------------------------------------------------------------------------------------ film


def film(to: Path, *texts: str, gs1: bool = True, kind: str = "DataMatrix", scale: int = 6) -> Path:
    """Write a short film (YUV4MPEG2, 1280 x 720) that shows these codes side by side."""
    width, height = 1280, 720
    bright = bytearray(b"\xc0" * (width * height))
    options = {"gs1": True} if gs1 else {}
    for n, text in enumerate(texts):
        code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind), **options)
        picture = memoryview(zxingcpp.write_barcode_to_image(code, scale=scale))
        rows, columns = picture.shape
        top, left = (height - rows) // 2, width * (n + 1) // (len(texts) + 1) - columns // 2
        flat = picture.tobytes()
        for row in range(rows):
            begin = (top + row) * width + left
            bright[begin : begin + columns] = flat[row * columns : (row + 1) * columns]
    frame = b"FRAME\n" + bytes(bright) + b"\x80" * (width * height // 2)
    to.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2)
    return to
