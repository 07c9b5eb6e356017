"""Outside: the page behind the QR of a signed paper: what it is worth, is a file of it unchanged.

Nobody signs in here; each look is counted before anything is read, and stands in the trail.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import compare_digest
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ward import signing
from ward.config import Env
from ward.errors import Busy
from ward.render import render
from ward.security.actors import System
from ward.security.limits import Limit
from ward.work import Work, work_as


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that left the house: what it is worth now, and the hash of its file."""

    worth: str
    hash: bytes | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says beside what the paper is worth."""

    problem: str | None = None
    done: str | None = None
    intact: bool | None = None  # of a file that somebody sent
    status: int = 200


NOTHING = Told()


@dataclass(frozen=True, slots=True)
class Check:
    """The page of one kind of paper: nothing of whom a paper is about is shown on it."""

    template: str
    code: str  # in the trail
    checker: System
    looks: Limit
    find: Callable[[Work, str], Awaitable[Paper | None]]  # by what the QR carries

    async def look(self, request: Request) -> None:
        """Count a look; too many are refused before anything is read or recorded."""
        limits = request.app.state.node.limits
        await limits.spend(self.looks, request.client.host if request.client else "")

    async def page(self, request: Request) -> Response:
        """Say what a paper is worth."""
        try:
            await self.look(request)
        except Busy as busy:
            return self.drawn(request, None, Told(problem=busy.sentence, status=429))
        return await self.told(request)

    async def file(self, request: Request) -> Response:
        """Say whether a file is the paper as it was signed, or was changed since."""
        try:
            await self.look(request)
        except Busy as busy:
            return self.drawn(request, None, Told(problem=busy.sentence, status=429))
        async with request.form() as form:  # headers.py says how large it may be
            upload = form.get("paper")
            sent = await upload.read() if isinstance(upload, UploadFile) else b""
        found = await self._found(request)
        if found is None or not sent:
            return self.drawn(request, found, NOTHING if found is None else Told(problem=_NO_FILE))
        same = compare_digest(found.hash or b"", sha256(sent).digest())
        intact = same and (await signing.verify(request.app.state.node, sent)).intact
        return self.drawn(request, found, Told(intact=intact))

    async def told(self, request: Request, told: Told = NOTHING) -> Response:
        """Say what a paper is worth, and what has just become of it."""
        return self.drawn(request, await self._found(request), told)

    async def _found(self, request: Request) -> Paper | None:
        node, token = request.app.state.node, request.path_params["token"]
        async with work_as(node, self.checker, self.code, reading=True) as work:
            return await self.find(work, token)

    def drawn(self, request: Request, found: Paper | None, told: Told) -> Response:
        """Draw the page; a paper that is not found is unknown, unless nobody has looked."""
        looked = told.status != 429
        context: dict[str, Any] = {
            "worth": found.worth if found else None,
            "unknown": looked and found is None,
            "told": told,
            "token": request.path_params["token"],
            "demo": request.app.state.node.settings.env is not Env.PRODUCTION,
        }
        status = 404 if context["unknown"] and told.status == 200 else told.status
        headers = {"referrer-policy": "no-referrer", "cache-control": "no-store"}
        return HTMLResponse(render(self.template, **context), status, headers=headers)


_NO_FILE = "Choose the PDF file of the paper."
