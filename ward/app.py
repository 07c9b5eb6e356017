"""App: every module's routes and screens put together, or a refusal to start."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from ward import live, sockets
from ward.answers import refused
from ward.config import ROOT
from ward.errors import Missing, WardError
from ward.house import hangs
from ward.modules import BACKGROUND, ROUTES
from ward.node import Node
from ward.render import mark, render
from ward.security.headers import Guardian
from ward.security.policy import Undeclared
from ward.web import PolicyRoute, public


async def healthz(_request: Request) -> Response:
    """Say that the process lives."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """Say whether this node may be sent people: database, keys, trail, search, and not draining."""
    app = request.app
    node: Node = app.state.node
    keys = node.vault.house is not None
    checks = {"accepting": not app.state.draining, "search": app.state.ready, "keys": keys}
    try:
        async with node.aside.connect() as connection:
            await connection.execute(text("SELECT 1 FROM audit_event LIMIT 0"))
        checks["database"] = True
    except Exception:  # noqa: BLE001 - any failure means not ready
        checks["database"] = False
    fine = all(checks.values())
    return JSONResponse(checks, 200 if fine else 503)


async def metrics(_request: Request) -> Response:
    """Give Prometheus its figures; they name nobody."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def service_worker(_request: Request) -> Response:
    """Give the worker that keeps the shell (never a patient's page) for the whole site."""
    headers = {"cache-control": "no-cache", "service-worker-allowed": "/"}
    return FileResponse(ROOT / "static" / "sw.js", media_type="text/javascript", headers=headers)


async def offline(_request: Request) -> Response:
    """Show the page that stands in when Ward cannot be reached."""
    return HTMLResponse(render("errors/offline.html"))


PUBLIC = [
    public("/healthz", healthz),
    public("/readyz", readyz),
    public("/metrics", metrics),
    public("/sw.js", service_worker),
    public("/offline", offline),
]


def build_app(node: Node) -> Starlette:
    """Put the app together; Undeclared when a route or a screen has no policy.

    The same where something hangs on a place, and nothing says whether that may close.
    """
    static = Mount("/static", StaticFiles(directory=ROOT / "static"), name="static")
    declared: list[BaseRoute] = [*PUBLIC, *ROUTES, *sockets.routes]
    refuse_undeclared(declared)
    live.refuse_undeclared()
    hangs.refuse_unnamed()
    mark(node.settings.env)
    app = Starlette(
        routes=[*declared, static],
        middleware=[Middleware(Guardian, settings=node.settings, refused=refused)],
        exception_handlers={WardError: refused, HTTPException: _http},
        lifespan=_lifespan,
    )
    for kind in _known_refusals():
        app.add_exception_handler(kind, refused)
    app.state.node = node
    app.state.draining = False
    app.state.ready = False
    return app


def _known_refusals() -> Iterable[type[Exception]]:
    """Name what a route may raise: answered inside the app, not logged as a crash."""
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.orm.exc import StaleDataError

    from domain.errors import NotAllowed
    from ward.crypto import Unreadable

    return (NotAllowed, SQLAlchemyError, StaleDataError, Unreadable, ConnectionError, TimeoutError)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return await refused(request, Missing())
    return PlainTextResponse(error.detail, error.status_code, error.headers)


def refuse_undeclared(routes: Iterable[BaseRoute]) -> None:
    """Refuse to start with a route that has no policy; static files and health are listed above."""
    for route in routes:
        if isinstance(route, PolicyRoute) and hasattr(route, "policy"):
            continue
        if route in sockets.routes:  # each screen behind them has its own
            continue
        msg = f"{getattr(route, 'path', route)} has no policy."
        raise Undeclared(msg)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    node: Node = app.state.node
    async with sockets.serving(app):
        running = [make(node) for make in BACKGROUND]
        for task in running:
            await task.start()
        app.state.ready = True
        try:
            yield
        finally:
            app.state.ready = False
            for task in reversed(running):
                await task.stop()
