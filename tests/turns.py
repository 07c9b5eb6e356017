"""Turns: many who want the same at once, and press again when told that others are at it."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.settling import PATIENCE
from ward.answers import BUSY

_TOO_LATE = "55P03"  # a lock was not given within two seconds: nineteen may stand before


async def in_turn(press: Callable[[], Awaitable[Any]]) -> Any:
    """Press until the answer is about the matter; a deadlock is one, and raised."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                answer = await press()
            except PoolTimeout:
                continue
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _TOO_LATE:
                    raise
                continue
            full = getattr(answer, "status_code", 0) == HTTPStatus.SERVICE_UNAVAILABLE
            if not full and BUSY not in str(getattr(answer, "text", "")):
                return answer
