"""Losses: looks that were answered and left no row, when something is killed under load."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import text

from bench.client import Client
from bench.figures import Figure
from bench.hospital import Hospital, Serving, cookie, free_port, serving
from ward.node import open_node
from ward.security.sessions import digest

STATIONS, SECONDS = 8, 2.0  # seconds of looks before the kill and after the return
AWAY_SECONDS, BACK_SECONDS = 0.5, 60.0
PATIENCE = 5.0

Look = tuple[bytes, datetime, datetime]  # whose (hash of the token), asked, answered

_ROWS = text("""
    SELECT s.token_hash, a.at FROM audit_event a JOIN session s ON s.id = a.session_id
    WHERE a.code = 'beds.board' AND a.outcome = '0'
""")


def measure(place: Hospital) -> list[Figure]:
    """Open boards without a pause while the node, PostgreSQL and Redis are killed in turn."""
    postgres, redis = place.stores.postgres, place.stores.redis
    assert postgres is not None
    assert redis is not None
    port = free_port()
    figures = []
    with contextlib.ExitStack() as nodes:
        node = nodes.enter_context(serving(place, port=port))

        def start_node() -> None:
            nodes.enter_context(serving(place, port=port))

        for name, kill, start in (
            ("the node", node.process.kill, start_node),
            ("PostgreSQL", postgres.kill, postgres.start),
            ("Redis", redis.kill, redis.start),
        ):
            looking = _Looking(place, node, kill, start)
            figures.append(asyncio.run(looking.told(name)))
    return figures


class _Looking:
    """Stations that open one page without a pause, while something dies and returns."""

    def __init__(
        self,
        place: Hospital,
        node: Serving,
        kill: Callable[[], None],
        start: Callable[[], None],
    ) -> None:
        self.place, self.port = place, node.port
        self.kill, self.start = kill, start
        self.path = f"/wards/{place.ward_id}/beds"
        self.cookies = [cookie(node.url, "nurse") for _ in range(STATIONS)]
        self.looks: list[Look] = []
        self.over = self.back = False
        self.seen = asyncio.Event()

    async def told(self, name: str) -> Figure:
        """Look, kill in the middle, look on, then find each look's row."""
        at_work = [asyncio.create_task(self._look(one)) for one in self.cookies]
        await asyncio.sleep(SECONDS)
        self.kill()
        await asyncio.sleep(AWAY_SECONDS)
        self.start()  # by this thread: the stores live as long as the thread that starts them
        self.back = True
        async with asyncio.timeout(BACK_SECONDS):
            await self.seen.wait()
        await asyncio.sleep(SECONDS)
        self.over = True
        await asyncio.gather(*at_work)
        lost = await _lost(self.place, self.looks)
        looks = f"{lost} of {len(self.looks)} looks"
        return Figure(f"trail rows lost after kill -9 of {name}", looks, "0")

    async def _look(self, cookies: str) -> None:
        """Open the page again and again; note what was answered with a board."""
        client, token = Client(self.port, cookies), digest(cookies.partition("=")[2])
        while not self.over:
            returned, asked = self.back, datetime.now(UTC)
            try:
                async with asyncio.timeout(PATIENCE):
                    status, _, _ = await client.get(self.path)
            except (OSError, EOFError, TimeoutError):
                await client.close()
                client = Client(self.port, cookies)
                status = 0
            if status == 200:
                self.looks.append((token, asked, datetime.now(UTC)))
                if returned:
                    self.seen.set()
            else:
                await asyncio.sleep(0.05)
        await client.close()


async def _lost(place: Hospital, looks: list[Look]) -> int:
    """Count the looks without a row of their session from between question and answer."""
    node = await open_node(place.settings)
    try:
        async with node.aside.connect() as connection:
            rows = (await connection.execute(_ROWS)).all()
    finally:
        await node.close()
    told: dict[bytes, list[datetime]] = {}
    for token, at in rows:
        told.setdefault(bytes(token), []).append(at)
    return sum(
        not any(asked <= at <= answered for at in told.get(token, ()))
        for token, asked, answered in looks
    )
