"""Revocation: from the end of a right on one node to the end of a screen on another; switching."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from uuid import UUID

import httpx
import websockets
from sqlalchemy import select, text

from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, cookie, serving, without
from bench.writer import writing
from domain.access import Permission
from ward.dev.cast import PASSWORD
from ward.dev.demo import FOUNDER
from ward.node import Node
from ward.security.models import Grant, User
from ward.users import devices, service
from ward.work import work_as

TIMES, SWITCHES, PIN = 50, 40, "830264"
BAR = "p99 <= 300 ms, max 1 s"
NO_REDIS = "redis://127.0.0.1:1"
End = Callable[[str], Awaitable[None]]


def measure(place: Hospital) -> list[Figure]:
    """End rights on one node while screens are open on another; then let people take turns."""
    figures = []
    for how, house in (("", place), (", Redis away", without(place, WARD_REDIS_URL=NO_REDIS))):
        with ExitStack() as stack:
            one, other = (stack.enter_context(serving(house)) for _ in range(2))
            figures += asyncio.run(_revoke(house, one, other, how))
    with serving(place) as node:
        figures.append(asyncio.run(_switch(place, node)))
    return figures


async def _revoke(place: Hospital, one: Serving, other: Serving, how: str) -> list[Figure]:
    async with writing(place) as writer:
        ways: dict[str, End] = {
            "signed out": lambda cookies: _post(one, "/logout", cookies),
            "locked": lambda cookies: _post(one, "/session/lock", cookies),
            "role taken away": lambda _cookies: _take_role(writer),
        }
        figures = []
        for name, end in ways.items():
            took = [await _once(other, place.ward_id, end) for _ in range(TIMES)]
            figures.append(
                Figure(f"{name} on one node → socket of the other closed{how}", spread(took), BAR)
            )
            await _give_back(writer)
        return figures


async def _once(node: Serving, ward: UUID, end: End) -> float:
    """Open a board, end the right to it, and wait until the socket is closed."""
    cookies = await asyncio.to_thread(cookie, node.url, "nurse")
    headers = {"Cookie": cookies, "Origin": node.url}
    address = f"{node.url.replace('http', 'ws')}/live"
    async with websockets.connect(address, additional_headers=headers, max_size=None) as socket:
        await socket.send(json.dumps({"op": "sub", "topics": {f"beds/{ward}": [None, 0]}}))
        while '"t":"' not in str(await socket.recv()):
            pass
        closed = asyncio.create_task(_closed(socket))
        await end(cookies)
        done = time.perf_counter()
        return max(0.0, await asyncio.wait_for(closed, 5) - done)


async def _closed(socket: websockets.ClientConnection) -> float:
    try:
        while True:
            await socket.recv()
    except websockets.ConnectionClosed:
        return time.perf_counter()


async def _post(node: Serving, path: str, cookies: str) -> None:
    headers = {"origin": node.url, "cookie": cookies}
    async with httpx.AsyncClient(base_url=node.url, headers=headers) as client:
        assert (await client.post(path)).status_code == 303


async def _take_role(writer: Node) -> None:
    """Take the nurse's role, and give it anew for whoever signs in next."""
    async with work_as(writer, FOUNDER, "bench.role") as work:
        mine = select(Grant).join(User, User.id == Grant.user_id)
        mine = mine.where(User.username == "nurse", Grant.revoked_at.is_(None))
        (held,) = await work.every(mine, Permission.MANAGE_USERS)
        await service.revoke(work, held.id)
        user = await work.access(User, held.user_id or held.id, Permission.MANAGE_USERS)
        await service.grant(work, user, held.role, held.branch_id, ward_id=held.ward_id)


async def _give_back(writer: Node) -> None:
    async with writer.engine.begin() as connection:
        await connection.execute(text("UPDATE session SET ended_at = now()"))


async def _switch(place: Hospital, node: Serving) -> Figure:
    """Come in by tile and PIN by turns, until one's own board is there."""
    took = []
    async with (
        writing(place) as writer,
        httpx.AsyncClient(base_url=node.url, headers={"origin": node.url}) as client,
    ):
        people = await _with_pins(writer, place.ward_id, client)
        for turn in range(SWITCHES):
            begun = time.perf_counter()
            said = {"who": str(people[turn % 2]), "pin": PIN}
            answer = await client.post("/login/pin", data=said, follow_redirects=True)
            assert answer.status_code == 200, answer.text
            took.append(time.perf_counter() - begun)
    return Figure("PIN sent → one's own board on the tablet", spread(took), "p95 <= 2 s")


async def _with_pins(writer: Node, ward: UUID, client: httpx.AsyncClient) -> list[UUID]:
    async with work_as(writer, FOUNDER, "bench.device") as work:
        device, token = await devices.enrol(work, "Tablet", ward)
        await work.flush()
        wanted = select(User).where(User.username.in_(["nurse", "nurse2"]))
        users = await work.every(wanted, Permission.MANAGE_USERS)
        for user in users:
            await devices.set_pin(work, device, user.id, PIN, PIN)
    client.cookies.set("ward_device", token)
    await client.post("/login", data={"username": "nurse", "password": PASSWORD})
    return [user.id for user in users]
