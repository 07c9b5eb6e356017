"""Answers: one table from what went wrong to what the person sees."""

from typing import Any

import structlog
from asyncpg.exceptions import (
    DataError,
    DeadlockDetectedError,
    IntegrityConstraintViolationError,
    LockNotAvailableError,
    QueryCanceledError,
)
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from domain.errors import NotAllowed
from ward.crypto import Erased, Unreadable
from ward.db import cause_of
from ward.errors import (
    SENTENCES,
    Busy,
    FactorDue,
    Invalid,
    NoRelation,
    PasswordDue,
    ProveAgain,
    SignedOut,
    Stale,
    Unavailable,
    WardError,
)
from ward.quarantine import tell
from ward.render import render
from ward.security.actors import Actor
from ward.shell import own_password
from ward.web import by_htmx, came_from, go, page

log = structlog.get_logger()

NOT_SAVED = "Not saved. "  # the heading of a refused page says it already
BUSY = "Somebody else is changing this right now. Nothing was saved; try again."


async def refused(request: Request, error: Exception) -> Response:
    """Answer a refusal: a sentence in #problem for htmx, problem+json, or a page."""
    known = understood(error)
    if isinstance(known, SignedOut):
        return _sign_in(request, known)
    if isinstance(known, FactorDue) and not _json(request):
        return go(request, "/account/sign-in")
    if isinstance(known, PasswordDue) and not _json(request):
        return go(request, _choose(request))
    if isinstance(known, ProveAgain) and not _json(request):
        return await _prove(request, known)
    if _json(request):
        return _problem_json(request, known)
    if by_htmx(request):
        return _into_problem(known)
    return _page(request, known)


def understood(error: Exception) -> WardError:
    """Make of any known failure an error with a status and a sentence."""
    match error:
        case WardError():
            return error
        case NotAllowed():
            return _conflict(error.sentence)
        case StaleDataError():
            return Stale()
        case DBAPIError() | PoolTimeout() | ConnectionError() | TimeoutError():
            return _of_database(error)
        case Erased():
            return _gone("This was erased on purpose, and cannot be read by anybody any more.")
        case Unreadable():
            tell(error)
            return Unavailable(
                "A stored value does not open. Nothing is shown; tell the administrator."
            )
    log.error("unexpected", kind=type(error).__name__, exc_info=error)
    return WardError("Something went wrong here. Nothing was saved; try again.")


def _gone(sentence: str) -> WardError:
    known = WardError(sentence)
    known.status = 410
    return known


def _conflict(sentence: str) -> WardError:
    known = WardError(sentence)
    known.status = 409
    return known


def _unkept() -> WardError:
    known = WardError("Something that was sent cannot be kept. Nothing was saved.")
    known.status = 422
    return known


def _of_database(error: Exception) -> WardError:
    cause = cause_of(error)
    if isinstance(cause, LockNotAvailableError | DeadlockDetectedError | QueryCanceledError):
        return Stale(BUSY)
    if isinstance(cause, DataError):  # a NUL, a number without end: what nobody's form sends
        log.warning("database.unkept", kind=type(cause).__name__)
        return _unkept()
    if isinstance(cause, IntegrityConstraintViolationError):
        sentence = SENTENCES.get(cause.constraint_name or "")
        if sentence is None:
            log.error("constraint.unexplained", constraint=cause.constraint_name)
        return _conflict(sentence or "This contradicts what is stored. Nothing was saved.")
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or isinstance(
        error, OperationalError | InterfaceError | PoolTimeout | ConnectionError | TimeoutError
    ):
        log.error("database.unreachable", kind=type(cause or error).__name__)
        return Unavailable()
    log.error("database", kind=type(cause or error).__name__, exc_info=error)
    return Unavailable()


def _json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


async def _prove(request: Request, known: ProveAgain) -> Response:
    """Ask who it is once more, and keep what was typed: in its form, or in the page that asks."""
    work = getattr(request.state, "work", None)
    amr = work.actor.amr.split() if work is not None and isinstance(work.actor, Actor) else []
    context: dict[str, Any] = {"amr": amr, "problem": None, "done": False}
    if by_htmx(request):
        headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
        return HTMLResponse(render("users/_prove.html", **context), known.status, headers)
    posted = request.method == "POST"
    given = await request.form() if posted else request.query_params
    kept = {name: str(value) for name, value in given.items()}
    path = request.url.path
    return page(
        request, "users/prove.html", known.status, kept=kept, path=path, posts=posted, **context
    )


def _choose(request: Request) -> str:
    """Lead to where a person chooses their password, and then back to the page asked for."""
    looked = request.method == "GET" and not by_htmx(request)
    return own_password(request.url.path if looked else None)


def _sign_in(request: Request, known: SignedOut) -> Response:
    if by_htmx(request):
        return Response(status_code=401, headers={"hx-redirect": "/login"})
    if request.method == "GET" and "json" not in request.headers.get("accept", ""):
        onward = request.url.path if request.url.path != "/" else ""
        return RedirectResponse(f"/login?next={onward}" if onward else "/login", 303)
    return _problem_json(request, known)


def _into_problem(known: WardError) -> Response:
    html = render(
        "errors/_problem.html", sentence=known.sentence, fields=getattr(known, "fields", {})
    )
    headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
    return HTMLResponse(html, known.status, _retry(known) | headers)


def _problem_json(request: Request, known: WardError) -> Response:
    body = {
        "type": "about:blank",
        "status": known.status,
        "title": known.sentence,
        "instance": str(getattr(request.state, "request_id", "")),
    }
    return JSONResponse(body, known.status, _retry(known), "application/problem+json")


def _retry(known: WardError) -> dict[str, str]:
    return {"retry-after": str(known.retry_after)} if isinstance(known, Busy) else {}


_OWN = {403, 404, 410, 503}  # statuses with a page of their own


def _page(request: Request, known: WardError) -> Response:
    own = known.status in _OWN
    template = f"errors/{known.status if own else 'refused'}.html"
    context: dict[str, Any] = {
        "sentence": known.sentence if own else known.sentence.removeprefix(NOT_SAVED),
        "fields": known.fields if isinstance(known, Invalid) else {},
        "back": came_from(request),
        "reference": str(getattr(request.state, "request_id", ""))[-8:],
        "looks": request.method in {"GET", "HEAD"},
        "no_relation": known.patient_id if isinstance(known, NoRelation) else None,
    }
    answer = page(request, template, known.status, **context)
    answer.headers.update(_retry(known))
    return answer
