"""Search: how long people wait for an answer over 200,000 sealed patients, over HTTP.

`python -m bench.search [PATIENTS]` loads invented people, serves one node and asks as clerks and
nurses do. Printed are distributions of one run; the plain page beside them is the same journey
(session, transaction, trail, shell) without a search.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

os.environ.setdefault("WARD_ENV", "test")

import asyncpg
import uvloop
from pydantic import TypeAdapter

from domain.sexes import Sex
from tests.databases import Database
from tests.stations import Station, found, running, settings_for, signed_in
from ward import clock, crypto
from ward.db import new_id
from ward.dev.embedded import Stores, embedded
from ward.node import Node
from ward.patients import search
from ward.patients.index import index_of
from ward.patients.marks import mrn_mark, national_mark
from ward.patients.models import Patient
from ward.patients.person import Contact, Name, Number, Person, When

ASKED = 1_500  # searches in each series
_PERSON = TypeAdapter(Person)
_PARTS = ("ba", "be", "da", "do", "fa", "ge", "ka", "le", "li", "mo", "ne", "ra", "ri", "so", "tu")
_ENDS = ("son", "ton", "ley", "ski", "berg", "mann", "dez", "ler", "well", "ford", "nak", "ura")


def people(count: int, chance: random.Random) -> Iterator[Person]:
    """Invent people; a few family names are common, most are rare, as anywhere."""
    families = [
        "".join(chance.choices(_PARTS, k=chance.choice((1, 2, 2, 3)))) + chance.choice(_ENDS)
        for _ in range(max(50, count // 10))
    ]
    given = ["".join(chance.choices(_PARTS, k=chance.choice((2, 3)))) for _ in range(1_500)]
    weights = [1 / rank for rank in range(1, len(families) + 1)]
    named = chance.choices(families, weights, k=count)
    for number, family in enumerate(named):
        yield Person(
            name=Name(family.capitalize(), chance.choice(given).capitalize()),
            born=When(date(1925, 1, 1) + timedelta(days=chance.randrange(36_500))),
            sex=chance.choice((Sex.FEMALE, Sex.MALE)),
            numbers=(Number(f"{3_000_000 + number:07}"), Number(f"{7_000_000_000 + number}", "NI")),
            contacts=(Contact(f"020 7{number:07}"),),
        )


async def load(node: Node, owner_url: str, everybody: list[Person]) -> None:
    """Seal everybody and copy them in; each under a key of their own."""
    keys, rows, vault = [], [], node.vault
    for person in everybody:
        one = new_id()
        row, key = vault.new_key(one)
        keys.append((new_id(), 1, one, 1, row.wrapped))
        place = crypto.Place(Patient.__tablename__, "identity", one, one)
        sealed = crypto.seal(key, 1, place, _PERSON.dump_json(person))
        marks = mrn_mark(vault, person.mrn), national_mark(vault, person.national)
        rows.append((one, 1, sealed, *marks, "alive", "not-recorded", clock.now()))
    connection = await asyncpg.connect(owner_url.replace("+asyncpg", ""))
    try:
        names = ["id", "version", "subject_id", "key_version", "wrapped"]
        await connection.copy_records_to_table("subject_key", records=keys, columns=names)
        names = ["id", "version", "identity", "mrn_hash", "national_hash", "life", "allergy_state",
                 "registered_at"]  # fmt: skip
        await connection.copy_records_to_table("patient", records=rows, columns=names)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def questions(everybody: list[Person], chance: random.Random) -> Iterator[tuple[str, str]]:
    """Ask as people do: kind of question, and its text."""
    while True:
        person = chance.choice(everybody)
        family, given = person.name.family, person.name.given
        at = chance.randrange(1, len(family))
        assert person.born
        yield from (
            ("family", family),
            ("beginning", family[:3]),
            ("slip", f"{family[:at]}{family[at + 1 :]} {given}"),
            ("name and year", f"{given} {family} {person.born.on:%y}"),
            ("birth date", f"{person.born.on:%d-%m-%Y}"),
            ("record number", person.mrn),
            ("telephone", person.contacts[0].value),
        )


async def series(
    ask: Callable[[str], Awaitable[object]], texts: list[tuple[str, str]], at_once: int
) -> dict[str, list[float]]:
    """Ask everything with so many people asking at once; milliseconds by kind of question."""
    took: dict[str, list[float]] = {}
    waiting = iter(texts)

    async def asker() -> None:
        for kind, text in waiting:
            began = time.perf_counter()
            await ask(text)
            took.setdefault(kind, []).append(1_000 * (time.perf_counter() - began))

    await asyncio.gather(*(asker() for _ in range(at_once)))
    return took


def line(label: str, values: list[float]) -> str:
    """Write a distribution."""
    values = sorted(values)
    at = lambda part: values[min(len(values) - 1, int(part * len(values)))]  # noqa: E731
    return f"  {label:<22} p50 {at(0.5):7.1f}   p95 {at(0.95):7.1f}   p99 {at(0.99):7.1f} ms"


async def measure(stores: Stores, count: int) -> dict[str, float]:
    """Load, serve, ask and print."""
    search.SEARCH = replace(search.SEARCH, most=10**9)  # what is measured is not the limit
    await found(stores.owner_url)
    chance = random.Random(count)
    everybody = list(people(count, chance))
    settings = settings_for(Database("ward", stores.database_url, stores.owner_url), stores)
    async with running(settings) as empty:
        began = time.perf_counter()
        await load(empty.node, stores.owner_url, everybody)
        print(f"loaded {count:,} sealed patients in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    async with running(settings) as ward:
        took = time.perf_counter() - began
        print(f"a node is ready with {len(index_of(ward.node)):,} patients in {took:.1f} s")
        texts = [pair for pair, _ in zip(questions(everybody, chance), range(ASKED), strict=False)]
        worst = {}
        for username in ("reception", "nurse"):
            async with signed_in(ward.url, username) as station:
                for at_once in (1, 8):
                    worst[f"{username}.{at_once}"] = await _print(station, texts, at_once)
        return worst


async def _print(station: Station, texts: list[tuple[str, str]], at_once: int) -> float:
    refused: Counter[int] = Counter()

    async def ask(text: str) -> None:
        answer = await station.get("/patients", params={"q": text})
        refused[answer.status_code] += answer.status_code != 200

    async def plain(_text: str) -> None:
        await station.get("/account")

    await series(ask, texts[:100], at_once)  # warm
    took = await series(ask, texts, at_once)
    beside = await series(plain, texts[:300], at_once)
    print(f"{station.username}, {at_once} at once:")
    for kind, values in took.items():
        print(line(kind, values))
    if +refused:
        print(f"  refused: {dict(+refused)}")
    whole = [value for values in took.values() for value in values]
    print(line("all questions", whole))
    print(line("a page without search", [value for values in beside.values() for value in values]))
    return sorted(whole)[int(0.95 * len(whole))]


def main(count: int = 200_000) -> dict[str, float]:
    """Measure on stores of its own, which are thrown away."""
    with tempfile.TemporaryDirectory(prefix="ward-bench-") as folder:
        Path(folder).chmod(0o711)
        with (
            embedded(Path(folder), durable=True) as stores,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            return runner.run(measure(stores, count))


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)))
