"""Beginnings: what many tests begin with, done once for those of the same few minutes.

A stage of the whole run grows old: somebody admitted two hours before the run began lies there
two hours and a half at its end. What is begun here is at most five minutes older than it says,
and of the day that the test itself begins on.
"""

import asyncio
import time
from functools import lru_cache

from tests.databases import drop, named
from tests.stations import Filling, stage
from ward.dev.embedded import Stores

SECONDS = 300  # a day is a multiple of it


def lately(stores: Stores, template: str, fill: Filling) -> str:
    """Name a database in which `fill` was done in these five minutes; copy it, do not open it."""
    return _lately(stores, template, fill, int(time.time() // SECONDS))


@lru_cache(maxsize=64)
def _lately(stores: Stores, template: str, fill: Filling, slot: int) -> str:
    name = stage(stores, template, fill, f"_{slot}")
    asyncio.run(_forget(stores.owner_url, name.removesuffix(str(slot)), f"{slot - 1}"))
    return name


async def _forget(owner_url: str, beginning: str, oldest: str) -> None:
    """Drop what nobody copies any more."""
    for name in await named(owner_url, beginning):
        if name.removeprefix(beginning) < oldest:
            await drop(owner_url, name)
