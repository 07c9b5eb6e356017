"""Patience: trying again when the database is busy or away, and saying so when it stays away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from asyncpg.exceptions import IntegrityConstraintViolationError
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from domain.errors import NotAllowed
from ward.db import cause_of
from ward.errors import SENTENCES, Stale, Unavailable

T = TypeVar("T")

PAUSES = (0.1, 0.5, 2.0)  # seconds between the tries
# Classes of SQLSTATE (PostgreSQL manual, appendix A) that speak of the server, not of the value:
# connection, transaction rolled back, resources, lock not available, operator intervention
AWAY = ("08", "40", "53", "55", "57")
TRANSIENT = (PoolTimeout, StaleDataError, Stale, Unavailable, OSError, TimeoutError)


async def patiently(attempt: Callable[[], Awaitable[T]]) -> T:
    """Try until it works; NotAllowed where the value is at fault, Unavailable where nobody is."""
    for pause in (*PAUSES, None):
        try:
            return await attempt()
        except (StatementError, *TRANSIENT) as error:
            if not _passing(error):
                raise NotAllowed(_why(error)) from error
            if pause is None:
                break
            await asyncio.sleep(pause)
    raise Unavailable("The database does not answer.")


def _passing(error: Exception) -> bool:
    if not isinstance(error, StatementError):
        return True
    state = getattr(error.orig, "sqlstate", None) or ""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or state.startswith(AWAY)


def _why(error: Exception) -> str:
    cause = cause_of(error)
    if isinstance(cause, IntegrityConstraintViolationError):
        contradiction = "This contradicts what is stored."
        return SENTENCES.get(cause.constraint_name or "", contradiction)
    return "This cannot be stored."
