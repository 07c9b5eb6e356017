"""Lists: a list of twenty patients at one connection."""

import asyncio

from bench.client import Client
from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, cookie, serving

ASKED = 50  # sixty searches a minute and person: the limit is part of the product


def measure(place: Hospital) -> list[Figure]:
    """Ask for twenty patients by a common beginning of their names, again and again."""
    with serving(place) as node:
        seconds = asyncio.run(_measure(node))
    return [Figure("list of 20 patients, one connection", spread(seconds), "p50 <= 10 ms")]


async def _measure(node: Serving) -> list[float]:
    client, times = Client(node.port, cookie(node.url, "reception")), []
    for number in range(ASKED + 5):
        status, body, took = await client.get("/patients?q=benchfamily")
        assert status == 200, status
        assert body.count(b'href="/patients/') >= 20, "the list is shorter"
        if number >= 5:
            times.append(took)
    await client.close()
    return times
