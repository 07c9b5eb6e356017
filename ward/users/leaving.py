"""Leaving: what else ends on a device when somebody signs out there."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from ward.work import Work

Leave = Callable[[Work, Request], Awaitable[None]]
LEAVING: list[Leave] = []


def leaving(function: Leave) -> Leave:
    """Have a module end, in the same commit, what it keeps for this device and person."""
    LEAVING.append(function)
    return function
