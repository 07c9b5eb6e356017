"""App: a Starlette page of lamps on LiveProtocol, for sockets and browsers to try.

Run as a program it serves on a port until it is stopped: `app.py PORT DATABASE REDIS`.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from realtime.bus import Bus
from realtime.frames import Drawing
from realtime.hub import Hub
from realtime.protocol import LiveProtocol
from realtime.socket import serve
from realtime.subject import Lost
from realtime.tasks import end
from realtime.topics import Topic
from tests.realtime import toy
from tests.serving import serving

STATIC = Path(__file__).parents[2] / "static"
CSP = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; base-uri 'none'"
SOCKET = {
    "ws": {
        "reconnectDelay": 1000,
        "reconnectJitter": 1,
        "reconnectMaxDelay": 5000,
        "pauseOnBackground": False,
        "maxOutgoingMessagesQueueSize": 0,
    }
}
CONFIG = {
    "includeIndicatorCSS": False,
    "morphIgnore": ["data-htmx-powered", "open", "data-ui", "style"],
    "defaultTimeout": 15000,
}
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lamps</title>
<meta name="htmx-config" content='{config}'>
<script src="/static/vendor/htmx/htmx.min.js" defer></script>
<script src="/static/vendor/htmx/hx-ws.min.js" defer></script>
<script src="/static/js/gate.js" defer></script>
<script src="/static/js/live.js" defer></script></head><body>
<section id="{container}" data-topic="{topic}" data-view="{view}" data-rev="{rev}"
 data-epoch="{epoch}">{body}</section>
<form id="turn" hx-post="/turn" hx-target="#lamp-1" hx-swap="outerMorph">
<input id="label" name="label" value="posted"><button id="post">Turn</button></form>
<dialog id="sheet"><input id="typed" name="typed"></dialog>
<div id="live" hx-ws:connect="/live" hx-swap="none" hx-config='{socket}'{stay}></div>
</body></html>"""


class App:
    """The toy's pages; `viewer` is whoever asks."""

    def __init__(self, engine: AsyncEngine, redis_url: str | None = None) -> None:
        self.engine, self.lamps = engine, toy.Lamps(engine)
        self.hub = Hub(self.lamps, clock=toy.now)
        self.bus = Bus(redis_url, poked=self.hub.poked, resubscribed=self.hub.resubscribed)
        self.viewer: toy.Viewer | None = toy.Viewer()
        self.refuse_sockets = False
        self.asgi = Starlette(
            routes=[
                Route("/", self.page),
                Route("/turn", self.turn, methods=["POST"]),
                Route("/person", self.person, methods=["POST"]),
                Route("/live/{topic:path}", self.poll),
                WebSocketRoute("/live", self.live),
                Mount("/static", StaticFiles(directory=STATIC)),
            ],
            lifespan=self.lifespan,
        )

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with self.hub.running():
            listening = asyncio.create_task(self.bus.run())
            yield
            await end(listening)

    async def drawn(self) -> Drawing:
        return await self.lamps.draw(toy.LAMPS, frozenset({"full"}))

    async def page(self, request: Request) -> Response:
        drawing = await self.drawn()
        picture = drawing.pictures["full"]
        text = PAGE.format(
            config=json.dumps(CONFIG), socket=json.dumps(SOCKET), container=picture.container,
            topic=toy.LAMPS, view="full", rev=drawing.rev, epoch=drawing.epoch, body=picture.body,
            stay=" data-stay" if "stay" in request.query_params else "",
        )  # fmt: skip
        return HTMLResponse(
            text, headers={"Content-Security-Policy": CSP, "Cache-Control": "no-store"}
        )

    async def turn(self, request: Request) -> Response:
        """Turn lamp 1 and answer with it; `hold` keeps the answer back, after the commit."""
        form = await request.form()
        revs = await toy.turn(self.engine, 1, str(form["label"]))
        async with self.engine.connect() as connection:
            lamp = toy.picture(toy.LAMPS, "full", await toy.read(connection, toy.LAMPS))
        for topic, rev in revs.items():
            self.bus.publish(topic, rev)
        await asyncio.sleep(float(str(form.get("hold", "0"))))
        elsewhere = {"rooms/00000000-0000-0000-0000-000000000001": 7}  # a change tells them all
        told = " ".join(f"{topic}={rev}" for topic, rev in (elsewhere | revs).items())
        return HTMLResponse(lamp.regions["lamp-1"], headers={"Ward-Revs": told})

    async def person(self, request: Request) -> Response:
        """Change whoever is watching, as tests wish."""
        wishes = await request.json()
        if "lost" in wishes and self.viewer:
            self.viewer.lost = Lost(*wishes["lost"]) if wishes["lost"] else None
        if "view" in wishes and self.viewer:
            self.viewer.view = wishes["view"]
        self.refuse_sockets = wishes.get("refuse", self.refuse_sockets)
        return JSONResponse({})

    async def poll(self, request: Request) -> Response:
        topic = Topic.parse(request.path_params["topic"])
        known = request.headers.get("if-none-match")
        etag, frame = await self.hub.snapshot(self.viewer, topic, known)
        if frame is None:
            return Response(status_code=304, headers={"ETag": etag})
        return Response(frame, media_type="application/json", headers={"ETag": etag})

    async def live(self, websocket: WebSocket) -> None:
        if self.refuse_sockets:
            await websocket.close()
            return
        await serve(
            websocket.scope, websocket.receive, websocket.send, hub=self.hub, viewer=self.viewer
        )


def listening(port: int = 0) -> socket.socket:
    """Listen before the server runs, so that its port is known."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def config_of(app: App) -> uvicorn.Config:
    return uvicorn.Config(app.asgi, ws=LiveProtocol, log_level="error", timeout_graceful_shutdown=2)


@asynccontextmanager
async def served(app: App) -> AsyncIterator[int]:
    """Serve in this very loop; gives the port."""
    with listening() as listener:
        async with serving(config_of(app), listener):
            yield listener.getsockname()[1]


async def main(port: int, url: str, redis_url: str) -> None:
    engine = create_async_engine(url)
    app = App(engine, redis_url or None)
    with listening(port) as listener:
        await uvicorn.Server(config_of(app)).serve(sockets=[listener])
    await engine.dispose()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
