"""Checking: the page behind the QR of a summary: does it count, is a file of it unchanged."""

from starlette.requests import Request
from starlette.responses import Response

from ward.outside import Check, Paper
from ward.security.actors import System
from ward.security.limits import Limit
from ward.summaries.queries import CHECK, by_token
from ward.web import public
from ward.work import Work


async def find(work: Work, token: str) -> Paper | None:
    """Find the version whose paper carries this token."""
    row = await by_token(work, token)
    return Paper(row.state, row.paper_hash) if row else None


OUTSIDE = Check(
    template="summaries/check.html",
    code="summaries.check",
    checker=System("summary-check", frozenset({CHECK})),
    looks=Limit("summary-look", 60, 60),  # as many as of prescriptions
    find=find,
)


async def check(request: Request) -> Response:
    """Say whether the version on this paper counts; nothing of whom it is about."""
    return await OUTSIDE.page(request)


async def check_file(request: Request) -> Response:
    """Say whether a file is the paper as it was signed, or was changed since."""
    return await OUTSIDE.file(request)


routes = [
    public("/letters/{token}", check),
    public("/letters/{token}/file", check_file, "POST"),
]
