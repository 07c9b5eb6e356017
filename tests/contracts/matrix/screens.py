"""Screens: one role asks the live socket for every topic there is, of Ida and of a stranger."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import websockets

from tests.contracts.matrix.samples import Samples
from ward import live
from ward.patients.models import Patient
from ward.places.models import Branch
from ward.security.models import User

OF_A_CLINIC = frozenset(
    {"calendar", "queue", "tickets", "conflicts", "clinic", "hours", "free", "waitlist"}
)
AT_ONCE = 16
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Given:
    """What came for a topic: the view it is drawn in and its words, or why not."""

    view: str = ""
    why: str = ""
    said: bytes = b""


def topics(side: Samples) -> dict[str, str]:
    """Name the topic of each kind of screen on one side, and the kind."""
    return {_topic(kind, side): kind.name for kind in live.KINDS.values()}


def _topic(kind: live.Kind, side: Samples) -> str:
    if kind.of is Patient:
        place = side.named("patient_id")
    elif kind.of is Branch:
        place = side.named("branch")
    elif kind.of is User:
        place = side.named("person")
    else:
        place = side.place(clinic=kind.name in OF_A_CLINIC)
    rest = f"/{datetime.now(UTC).date():%Y-%m-%d}" if kind.parts else ""
    if kind.name == "series":
        rest = f"/{side.named('series_id')}"
    return f"{kind.name}/{place}{rest}"


async def watch(
    url: str, cookie: str, topics: Iterable[str], *, wall: bool = False
) -> Mapping[str, Given]:
    """Subscribe to all of them, and take the first of each that comes."""
    wanted, found = list(topics), dict[str, Given]()
    for start in range(0, len(wanted), AT_ONCE):
        found |= await _some(url, cookie, wanted[start : start + AT_ONCE], wall=wall)
    return found


async def _some(url: str, cookie: str, topics: list[str], *, wall: bool) -> dict[str, Given]:
    address = url.replace("http", "ws") + ("/live?screen=wall" if wall else "/live")
    found: dict[str, Given] = {}
    headers = {"Cookie": cookie, "Origin": url}
    async with (
        asyncio.timeout(PATIENCE),
        websockets.connect(
            address, additional_headers=headers, compression=None, close_timeout=0.2
        ) as connection,
    ):
        try:
            claims = {one: [None, 0] for one in topics}
            await connection.send(json.dumps({"op": "sub", "topics": claims}))
            while len(found) < len(topics):
                _hear(json.loads(await connection.recv()), found)
        except websockets.exceptions.ConnectionClosed:
            found |= {one: Given(why="closed") for one in topics if one not in found}
    return found


def _hear(heard: dict[str, Any], found: dict[str, Given]) -> None:
    if heard.get("op") == "gone":
        found[heard["t"]] = Given(why=heard["why"])
    elif "content" in heard and heard["t"] not in found:
        view = heard["v"].partition(".")[0]
        found[heard["t"]] = Given(view, said=heard["content"].encode())
