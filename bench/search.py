"""Search: how long people wait for an answer over 200,000 sealed patients, over HTTP.

Invented people, a few family names common and most rare, each sealed under a key of their own.
Asked are family names, beginnings, slips, birth dates, numbers. The page beside them is the same
journey (session, transaction, trail, shell) without a search.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from urllib.parse import quote

import asyncpg
from pydantic import TypeAdapter

from bench.client import Client
from bench.figures import Figure, spread
from bench.hospital import Hospital, Serving, cookie, serving
from domain.sexes import Sex
from ward import clock, crypto
from ward.db import new_id
from ward.node import Node, open_node
from ward.patients.marks import mrn_mark, national_mark
from ward.patients.models import Patient
from ward.patients.person import Contact, Name, Number, Person, When

PATIENTS = 200_000
ASKED = 1_400  # a multiple of the kinds of questions
BAR = "p95 < 100 ms"
_PERSON = TypeAdapter(Person)
_PARTS = ("ba", "be", "da", "do", "fa", "ge", "ka", "le", "li", "mo", "ne", "ra", "ri", "so", "tu")
_ENDS = ("son", "ton", "ley", "ski", "berg", "mann", "dez", "ler", "well", "ford", "nak", "ura")


def measure(place: Hospital) -> list[Figure]:
    """Load everybody, start a node, and ask as a clerk and as a nurse."""
    chance = random.Random(PATIENTS)
    everybody = list(people(PATIENTS, chance))
    asyncio.run(_load(place, everybody))
    texts = list(islice(questions(everybody, chance), ASKED))
    began = time.perf_counter()
    with serving(place, "--without-limits") as node:
        ready = time.perf_counter() - began
        figures = [Figure(f"node ready with {PATIENTS:,} patients", f"{ready:.1f} s")]
        for username in ("reception", "nurse"):
            figures += asyncio.run(_asked(node, username, texts))
    return figures


def people(count: int, chance: random.Random) -> Iterator[Person]:
    """Invent people."""
    families = [
        "".join(chance.choices(_PARTS, k=chance.choice((1, 2, 2, 3)))) + chance.choice(_ENDS)
        for _ in range(max(50, count // 10))
    ]
    given = ["".join(chance.choices(_PARTS, k=chance.choice((2, 3)))) for _ in range(1_500)]
    weights = [1 / rank for rank in range(1, len(families) + 1)]
    for number, family in enumerate(chance.choices(families, weights, k=count)):
        yield Person(
            name=Name(family.capitalize(), chance.choice(given).capitalize()),
            born=When(date(1925, 1, 1) + timedelta(days=chance.randrange(36_500))),
            sex=chance.choice((Sex.FEMALE, Sex.MALE)),
            numbers=(
                Number(f"{3_000_000 + number:07}"),
                Number(f"{7_000_000_000 + number}", "NI"),
            ),
            contacts=(Contact(f"020 7{number:07}"),),
        )


def questions(everybody: list[Person], chance: random.Random) -> Iterator[tuple[str, str]]:
    """Ask as people do: kind of question, and its text."""
    while True:
        person = chance.choice(everybody)
        family, given = person.name.family, person.name.given
        at = chance.randrange(1, len(family))
        assert person.born
        yield from (
            ("family name", family),
            ("beginning of a name", family[:3]),
            ("a slip", f"{family[:at]}{family[at + 1 :]} {given}"),
            ("name and year", f"{given} {family} {person.born.on:%y}"),
            ("birth date", f"{person.born.on:%d-%m-%Y}"),
            ("record number", person.mrn),
            ("telephone", person.contacts[0].value),
        )


async def _load(place: Hospital, everybody: list[Person]) -> None:
    """Seal everybody and copy them in."""
    node = await open_node(place.settings)
    try:
        keys, rows = _sealed(node, everybody)
    finally:
        await node.close()
    connection = await asyncpg.connect(place.stores.owner_url.replace("+asyncpg", ""))
    try:
        await connection.copy_records_to_table("subject_key", records=keys, columns=_KEY)
        await connection.copy_records_to_table("patient", records=rows, columns=_ROW)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


_KEY = ("id", "version", "subject_id", "key_version", "wrapped")
_ROW = (
    "id", "version", "identity", "mrn_hash", "national_hash", "life", "allergy_state",
    "registered_at",
)  # fmt: skip


def _sealed(node: Node, everybody: list[Person]) -> tuple[list[tuple[object, ...]], ...]:
    keys: list[tuple[object, ...]] = []
    rows: list[tuple[object, ...]] = []
    vault, now = node.vault, clock.now()
    for person in everybody:
        one = new_id()
        row, key = vault.new_key(one)
        keys.append((new_id(), 1, one, 1, row.wrapped))
        place = crypto.Place(Patient.__tablename__, "identity", one, one)
        identity = crypto.seal(key, 1, place, _PERSON.dump_json(person))
        marks = mrn_mark(vault, person.mrn), national_mark(vault, person.national)
        rows.append((one, 1, identity, *marks, "alive", "not-recorded", now))
    return keys, rows


async def _asked(node: Serving, username: str, texts: list[tuple[str, str]]) -> list[Figure]:
    """Ask everything one after the other, then with four people at once."""
    session = cookie(node.url, username)
    await _series(node, session, texts[:70], at_once=1)  # warm
    alone = await _series(node, session, texts, at_once=1)
    four = await _series(node, session, texts, at_once=4)
    plain = await _series(node, session, [("plain", "")] * 200, at_once=1)
    figures = [
        Figure(f"{username}: {kind}", spread([took for named, took in alone if named == kind]))
        for kind in dict(texts)
    ]
    return [
        Figure(f"{username}: all questions", spread([took for _, took in alone]), BAR),
        *figures,
        Figure(f"{username}: four at once", spread([took for _, took in four]), BAR),
        Figure(f"{username}: a page without a search", spread([took for _, took in plain])),
    ]


async def _series(
    node: Serving, session: str, texts: list[tuple[str, str]], *, at_once: int
) -> list[tuple[str, float]]:
    waiting, times = iter(texts), list[tuple[str, float]]()

    async def asker() -> None:
        client = Client(node.port, session)
        for kind, text in waiting:
            status, _, took = await client.get(f"/patients?q={quote(text)}")
            assert status == 200, status
            times.append((kind, took))
        await client.close()

    await asyncio.gather(*(asker() for _ in range(at_once)))
    return times
