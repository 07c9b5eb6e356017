"""Web: routes with their policies, pages and fragments, fields read into types."""

import json
from collections.abc import Awaitable, Callable, Iterable
from enum import StrEnum
from typing import Any, TypedDict, TypeVar, Unpack, cast
from uuid import UUID

from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.access import RULES, DataClass, Permission
from ward import clock, missing, quarantine
from ward.config import Env
from ward.db import new_id
from ward.errors import Invalid
from ward.idempotency import Replay
from ward.render import render
from ward.security.actors import Actor
from ward.security.headers import SCANNING
from ward.security.policy import Policy, Undeclared
from ward.shell import shell_of
from ward.tours import tour_of
from ward.work import work_of

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


class More(TypedDict, total=False):
    """What else a policy may say (`ward.security.policy`)."""

    scans: bool
    fresh: bool
    owing: bool
    choosing: bool
    locked: bool


class PolicyRoute(Route):
    """A route that knows who may come and what it shows."""

    policy: Policy


def get(
    path: str,
    endpoint: Endpoint,
    permission: Permission,
    *,
    shows: Iterable[DataClass] = (),
    **more: Unpack[More],
) -> PolicyRoute:
    """Declare a page: its audit code is the function's name; one that scans may use the camera."""
    policy = Policy(_code(endpoint), permission, frozenset(shows), **more)
    return _route(path, endpoint, "GET", policy)


def post(
    path: str,
    endpoint: Endpoint,
    permission: Permission,
    *,
    shows: Iterable[DataClass] = (),
    **more: Unpack[More],
) -> PolicyRoute:
    """Declare a command: its audit code is the function's name."""
    policy = Policy(_code(endpoint), permission, frozenset(shows), **more)
    return _route(path, endpoint, "POST", policy)


def ask(
    path: str,
    endpoint: Endpoint,
    permission: Permission,
    *,
    shows: Iterable[DataClass] = (),
    **more: Unpack[More],
) -> PolicyRoute:
    """Declare a question whose words are a patient's: it comes in a body, and changes nothing."""
    policy = Policy(_code(endpoint), permission, frozenset(shows), asks=True, **more)
    return _route(path, endpoint, "POST", policy)


def public(path: str, endpoint: Endpoint, method: str = "GET") -> PolicyRoute:
    """Declare a page for everybody, which shows nothing of anybody (sign-in, health)."""
    return _route(path, endpoint, method, Policy(_code(endpoint), None))


def _code(endpoint: Endpoint) -> str:
    module = (
        endpoint.__module__.split(".")[-2] if "." in endpoint.__module__ else endpoint.__module__
    )
    return f"{module}.{endpoint.__name__}"


def _route(path: str, endpoint: Endpoint, method: str, policy: Policy) -> PolicyRoute:
    async def guarded(request: Request) -> Response:
        request.state.policy = policy
        request.state.request_id = new_id()
        request.state.work = request.state.answer = None
        request.state.says_so = False  # that something is left out, should that be so
        try:
            answer = await _answer(request, endpoint)
        except Replay as earlier:
            return earlier.answer
        except Invalid:
            if policy.permission is not None and request.state.work is None:
                async with work_of(request):  # whoever may not come here hears only that
                    raise
            raise
        if policy.permission is not None and request.state.work is None:
            msg = f"{policy.code} answered without asking who is there."
            raise Undeclared(msg)
        _tell_revisions(request, answer)
        if policy.scans:
            answer.headers.update(SCANNING)
        return answer

    route = PolicyRoute(path, guarded, methods=[method], name=policy.code)
    route.policy = policy
    return route


async def _answer(request: Request, endpoint: Endpoint) -> Response:
    """Ask for the answer; a page may be made without what does not open, if it says so.

    A piece of a page, a file or an answer to a machine is whole, or it is refused.
    """
    if request.method != "GET" or by_htmx(request):
        return await endpoint(request)
    answer, made = await quarantine.around(lambda: endpoint(request))
    if made.left and not request.state.says_so:
        raise quarantine.refusal(made)
    return answer


def _tell_revisions(request: Request, answer: Response) -> None:
    work = request.state.work
    if work is not None and work.revs:
        answer.headers["ward-revs"] = " ".join(f"{topic}={rev}" for topic, rev in work.revs.items())


# -- answers -------------------------------------------------------------------------


def by_htmx(request: Request) -> bool:
    """Say whether htmx asks (it takes a fragment) or a browser (it takes a page)."""
    return request.headers.get("hx-request") == "true"


def page(
    request: Request, template: str, status: int = 200, *, place: str | None = None, **context: Any
) -> Response:
    """Draw a whole page in the shell; `place` is what the ward switcher says."""
    around = _around(request, place)
    html = render(template, status=status, **around, **context)
    request.state.says_so = around["shell"] is not None
    return _kept(request, HTMLResponse(html, status))


def fragment(
    request: Request, template: str, *, back: str | None = None, **context: Any
) -> Response:
    """Answer a command: htmx gets the piece, a plain form is sent back to its page (303)."""
    if not by_htmx(request):
        return _kept(request, RedirectResponse(back or came_from(request), 303))
    return _kept(request, HTMLResponse(render(template, **context)))


def sheet(request: Request, template: str, *, title: str, **context: Any) -> Response:
    """Draw a form for one person: into the sheet for htmx, as a page of its own without scripts."""
    context |= {"title": title, "key": str(new_id())}
    if by_htmx(request):
        return _kept(request, HTMLResponse(render(template, **context)))
    return page(request, "layouts/sheet.html", sheet=template, **context)


def go(request: Request, path: str) -> Response:
    """Go to another page after a command, by htmx or without."""
    if by_htmx(request):
        return _kept(request, Response(status_code=204, headers={"hx-redirect": path}))
    return _kept(request, RedirectResponse(path, 303))


def document(request: Request, content: bytes, filename: str) -> Response:
    """Answer with a PDF that the browser shows; nothing keeps a copy of it on the way."""
    headers = {
        "content-disposition": f'inline; filename="{filename}"',
        "cache-control": "no-store",
    }
    return _kept(request, Response(content, media_type="application/pdf", headers=headers))


def stay(request: Request, path: str) -> Response:
    """Stay on the page after a command: its live regions show what was done."""
    if by_htmx(request):
        return _kept(request, Response(status_code=204))
    return _kept(request, RedirectResponse(path, 303))


def undoable(answer: Response, path: str, version: int) -> Response:
    """Say how to take a command back; a page with undo.js offers that for ten seconds."""
    answer.headers["ward-undo"] = f"{path} {version}"
    return answer


def _kept(request: Request, answer: Response) -> Response:
    request.state.answer = answer
    return answer


def came_from(request: Request) -> str:
    """Give the path of the page that led here; the start page where nobody says, or another did."""
    referer = request.headers.get("referer", "")
    base = str(request.base_url)
    return "/" + referer.removeprefix(base).lstrip("/\\") if referer.startswith(base) else "/"


def _around(request: Request, place: str | None) -> dict[str, Any]:
    node, work = request.app.state.node, getattr(request.state, "work", None)
    demo = node.settings.env is not Env.PRODUCTION
    if work is None or not isinstance(work.actor, Actor):
        return {"left_out": "", "shell": None, "demo": demo, "now": clock.now()}
    shell = shell_of(work.actor, request.url.path, place=place, demo=demo)
    tour = tour_of(request, work.actor, node.settings.env)
    left_out = Markup(missing.note(quarantine.left_out()))  # noqa: S704 - our own template
    return {"left_out": left_out, "shell": shell, "tour": tour, "demo": demo, "now": work.now}


# -- fields --------------------------------------------------------------------------


async def field(request: Request, name: str, kind: type[T], *, missing: str | None = None) -> T:
    """Read one field of the form into its type, or raise Invalid with a sentence for it."""
    form = await request.form()
    text = form.get(name)
    if text is None or not str(text).strip():
        raise Invalid({name: missing or f"{_spoken(name)} is missing."})
    return _read(name, str(text).strip(), kind)


async def optional(request: Request, name: str, kind: type[T]) -> T | None:
    """Read a field that may be left empty."""
    text = str((await request.form()).get(name) or "").strip()
    return _read(name, text, kind) if text else None


def _read(name: str, text: str, kind: type[T]) -> T:
    if "\x00" in text:
        raise Invalid({name: f"{_spoken(name)} has a character that cannot be kept."})
    try:
        return cast("T", _adapter(kind).validate_python(text))
    except ValidationError:
        raise Invalid({name: f"{_spoken(name)} cannot be read: {_expected(kind)}."}) from None


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _expected(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "it is none of the choices"
    known = {int: "a whole number is expected", UUID: "it is not a known choice"}
    return known.get(kind, "check how it is written")


def _spoken(name: str) -> str:
    return name.replace("_id", "").replace("_", " ").capitalize()


def object_of(said: str | bytes) -> dict[str, Any]:
    """Read what a page's script says; empty when it is no object, or one that cannot be kept."""
    try:
        found = json.loads(said)
        json.dumps(found, ensure_ascii=False).encode()  # no half of a character
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def data_of(permission: Permission) -> DataClass | None:
    """Tell which class of data a permission touches."""
    return RULES[permission].data


def by_wall(connection: HTTPConnection) -> bool:
    """Say whether a wallboard asks: it is known by its device, not by a session."""
    return connection.query_params.get("screen") == "wall"
