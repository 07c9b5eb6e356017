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


async def insert(work: Work, *kinds: Sequence[Model]) -> None:
    """Write rows that somebody has noted already (`work.writes`), each under its own work.

    Rows of several kinds are one statement: what they hang on is in none of the others.
    """
    filled = [rows for rows in kinds if rows]
    if not filled:
        return
    statement = _together(tuple(type(rows[0]) for rows in filled))
    values = {
        _name(one): [_value(row, one) for row in rows]
        for rows in filled
        for one in _columns(type(rows[0]))
    }
    await (await work.connection()).execute(statement, values)


def new_keys(work: Work, subjects: Sequence[UUID]) -> list[Model]:
    """Make the keys of new subjects, for which nothing was ever sealed; the rows are to insert."""
    made = [work.node.vault.new_key(one) for one in subjects]
    work.keys |= {row.subject_id: (key, row.key_version) for row, key in made}
    return [row for row, _ in made]


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
    return [one for one in table.columns if one.identity is None and one.computed is None]


@cache
def _together(kinds: tuple[type[Model], ...]) -> Insert:
    """Make the statement once: each column is one array, however many rows there are."""
    *others, last = kinds
    return _into(last).add_cte(*(_into(one).cte(f"also_{one.__tablename__}") for one in others))


def _into(kind: type[Model]) -> Insert:
    names = [one.name for one in _columns(kind)]
    arrays = [bindparam(_name(one), type_=ARRAY(one.type)) for one in _columns(kind)]
    listed = func.unnest(*arrays).table_valued(*map(column, names)).render_derived("row")
    return pg.insert(kind).from_select(names, select(listed), include_defaults=False)


def _name(one: Column[Any]) -> str:
    return f"{one.table.name}_{one.name}"
