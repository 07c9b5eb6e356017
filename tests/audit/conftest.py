"""A node with its trail, and its database's owner, who may do everything to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from ward import clock
from ward.config import Settings
from ward.node import Node, open_node
from ward.trail import Action, AuditIntent

NOBODY = UUID("019f0000-0000-7000-8000-000000000001")


def look(at: datetime | None = None, **said: Any) -> AuditIntent:
    """One look at one patient."""
    known = AuditIntent(
        actor_kind="person",
        actor_id=NOBODY,
        actor_name="nurse",
        action=Action.READ,
        code="patients.chart",
        at=at or clock.now(),
        patients=frozenset({uuid4()}),
        data_classes=frozenset({"D1"}),
        relation="ward",
        detail={"tab\there": "line\nbreak \\ back"},
    )
    return replace(known, **said)


Looks = Callable[..., Awaitable[list[UUID]]]


@pytest.fixture
async def alone(settings: Settings) -> AsyncIterator[Node]:
    """A node without pages: nothing is written but what the test writes."""
    node = await open_node(settings)
    yield node
    await node.close()


@pytest.fixture
def looks(alone: Node) -> Looks:
    """Write looks, one commit each, a second apart; give their ids in order."""

    async def write(count: int, back: timedelta = timedelta(0)) -> list[UUID]:
        began, ids = clock.now() - back, []
        for nth in range(count):
            intent = look(began + timedelta(seconds=nth - count))
            await alone.trail.commit(intent)
            ids.append(intent.id)
        return ids

    return write


@pytest.fixture
async def owner(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Whoever owns the tables, or has the disk."""
    assert settings.database_owner_url is not None
    url = settings.database_owner_url.get_secret_value().replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()
