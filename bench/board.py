"""Board: how long a full board takes to open, and what its trail costs."""

import asyncio
import random
import time

from bench.client import Client
from bench.figures import Figure, percentile, spread
from bench.hospital import Hospital, Serving, cookie, serving

STATIONS, SECONDS, ROUNDS = 64, 12, 3
LOOPS, LOOP_SECONDS = 16, 6


def measure(place: Hospital) -> list[Figure]:
    """Open the board from 64 stations, with and without the trail, in turns."""
    with serving(place) as told, serving(place, "--without-trail") as untold:
        return asyncio.run(_measure(place, told, untold))


async def _measure(place: Hospital, told: Serving, untold: Serving) -> list[Figure]:
    nodes = {"with": told, "without": untold}
    cookies = {name: cookie(node.url, "nurse") for name, node in nodes.items()}
    path = f"/wards/{place.ward_id}/beds"
    opened: dict[str, list[float]] = {"with": [], "without": []}
    rates: dict[str, list[float]] = {"with": [], "without": []}
    for name, node in nodes.items():
        await _each_second(node, cookies[name], path, 3)  # warm
    for _ in range(ROUNDS):
        for name, node in nodes.items():
            opened[name] += await _each_second(node, cookies[name], path, SECONDS)
        for name, node in nodes.items():
            rates[name].append(await _as_fast_as_it_goes(node, cookies[name], path))
    added = percentile(opened["with"], 0.95) - percentile(opened["without"], 0.95)
    ratio = sorted(a / b for a, b in zip(rates["with"], rates["without"], strict=True))
    return [
        Figure(
            "board of 30, 64 stations, one a second each, audit durable",
            spread(opened["with"]),
            "p95 < 100 ms",
        ),
        Figure("the same without the trail", spread(opened["without"])),
        Figure("added at p95 by the trail", f"{1000 * added:.1f} ms", "< 10 ms"),
        Figure(
            f"closed loop, {LOOPS} connections, with / without the trail",
            f"{ratio[len(ratio) // 2]:.2f} (median of {ROUNDS}; {max(rates['with']):.0f} pages/s)",
            ">= 0.9",
        ),
    ]


async def _each_second(node: Serving, cookies: str, path: str, seconds: int) -> list[float]:
    """Open the page once a second from each station, at moments of its own."""
    times: list[float] = []

    async def station(number: int) -> None:
        client, chance = Client(node.port, cookies), random.Random(number)
        await asyncio.sleep(chance.random())
        for _ in range(seconds):
            begun = time.perf_counter()
            status, _, took = await client.get(path)
            assert status in {200, 503}, status
            times.append(took if status == 200 else 10.0)  # refused: as bad as ten seconds
            await asyncio.sleep(max(0.0, 1 - (time.perf_counter() - begun)))
        await client.close()

    await asyncio.gather(*(station(number) for number in range(STATIONS)))
    return times


async def _as_fast_as_it_goes(node: Serving, cookies: str, path: str) -> float:
    done = 0
    until = time.perf_counter() + LOOP_SECONDS

    async def loop() -> None:
        nonlocal done
        client = Client(node.port, cookies)
        while time.perf_counter() < until:
            await client.get(path)
            done += 1
        await client.close()

    begun = time.perf_counter()
    await asyncio.gather(*(loop() for _ in range(LOOPS)))
    return done / (time.perf_counter() - begun)
