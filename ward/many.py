"""Many: rows of one kind that are written by one statement."""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Column, Insert, Table, bindparam, column, func, select
from sqlalchemy.dialects import postgresql as pg

from domain.access import Permission
from ward.db import Model
from ward.work import Work


async def put(work: Work, rows: Sequence[Model], permission: Permission) -> None:
    """Write new rows of one kind at once; like `work.add`, but nothing follows what they become.

    What they hang on must be in the database already. None waits for a flush.
    """
    if rows:
        work.writes(rows, permission)
        await insert(work, rows)


async def insert(work: Work, rows: Sequence[Model]) -> None:
    """Write rows that somebody has noted already (`work.writes`), each under its own work."""
    if rows:
        kind = type(rows[0])
        values = {one.name: [_value(row, one) for row in rows] for one in _columns(kind)}
        await (await work.connection()).execute(_into(kind), values)


async def give_keys(work: Work, subjects: Sequence[UUID]) -> None:
    """Give new subjects their keys: nothing was ever sealed for them."""
    made = [work.node.vault.new_key(one) for one in subjects]
    await insert(work, [row for row, _ in made])
    work.keys |= {row.subject_id: (key, row.key_version) for row, key in made}


def _value(row: Model, one: Column[Any]) -> Any:
    """Give what the row holds, else what a new row begins with."""
    value = getattr(row, one.key)
    if value is None and one.default is not None:
        first: Any = one.default.arg  # type: ignore[attr-defined]
        return first(None) if callable(first) else first
    return value


@cache
def _columns(kind: type[Model]) -> list[Column[Any]]:
    table = cast("Table", kind.__table__)
    return [one for one in table.columns if one.identity is None]


@cache
def _into(kind: type[Model]) -> Insert:
    """Make the statement once: each column is one array, however many rows there are."""
    names = [one.name for one in _columns(kind)]
    arrays = [bindparam(one.name, type_=ARRAY(one.type)) for one in _columns(kind)]
    listed = func.unnest(*arrays).table_valued(*map(column, names)).render_derived("row")
    return pg.insert(kind).from_select(names, select(listed), include_defaults=False)
