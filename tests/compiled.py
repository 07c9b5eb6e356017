"""Compiled: what SQLAlchemy makes of a statement serves all nodes of a run.

A node keeps it for as long as it lives, which is weeks; here one lives for half a second, and made
everything anew. The key of what is kept holds the dialect, so all of one kind count as equal. So
is what an engine asks of the server it meets first (its version, its strings): each run has one.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from ward import db, node

_KEPT: LRUCache[Any, Any] = LRUCache(3000)
_MET: dict[str, Any] = {}


def share() -> None:
    """Give every engine that a node opens from now on the same memory."""
    PGDialect_asyncpg.__eq__ = _same  # type: ignore[method-assign, assignment]
    PGDialect_asyncpg.__hash__ = _kind  # type: ignore[method-assign, assignment]
    PGDialect_asyncpg.initialize = _meeting(PGDialect_asyncpg.initialize)  # type: ignore[method-assign]
    plain = db.engine_of

    @wraps(plain)
    def sharing(*args: Any, **options: Any) -> AsyncEngine:
        engine = plain(*args, **options)
        engine.sync_engine._compiled_cache = _KEPT
        return engine

    node.engine_of = sharing  # type: ignore[attr-defined]


def _meeting(ask: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Have one engine of the process ask the server, and tell the others what it learnt."""

    @wraps(ask)
    def initialize(dialect: PGDialect_asyncpg, connection: Any) -> None:
        if not _MET:
            before = _plain(vars(dialect))
            ask(dialect, connection)
            after = _plain(vars(dialect))
            _MET.update({name: after[name] for name in after.keys() - before.keys()})
        vars(dialect).update(_MET)

    return initialize


def _plain(known: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if isinstance(value, int | str | tuple)}


def _same(one: PGDialect_asyncpg, other: object) -> bool:
    return type(one) is type(other)


def _kind(_dialect: PGDialect_asyncpg) -> int:
    return hash(PGDialect_asyncpg)
