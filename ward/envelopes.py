"""Envelopes: the sealed values of rows, each made for its place under its subject's key."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError

from ward import crypto
from ward.db import Model

Key = tuple[bytes, int]  # a subject's key, and its version


def subject_of(row: Model) -> UUID:
    """Name whose key seals this row."""
    return cast("UUID", getattr(row, row.subject))


def sealed(row: Model, name: str, value: object, key: Key) -> bytes:
    """Encrypt a value for one column of one row."""
    plain = _codec(type(row), name).dump_json(value)
    return crypto.seal(*key, _place(row, name), plain)


def subjects_of(rows: Iterable[Model], name: str) -> set[UUID]:
    """Name whose keys it takes to open this column; an empty one takes none."""
    return {subject_of(row) for row in rows if getattr(row, name) is not None}


def opened(row: Model, name: str, keys: Mapping[UUID, Key]) -> Any:
    """Decrypt what one column of a row holds; None stays None."""
    envelope = getattr(row, name)
    if envelope is None:
        return None
    subject = subject_of(row)
    if subject not in keys:
        raise crypto.Unreadable(f"No key for {row.__tablename__} {row.id}.")
    plain = crypto.unseal(keys[subject][0], _place(row, name), envelope)
    try:
        return _codec(type(row), name).validate_json(plain)
    except ValidationError:  # its message quotes the value, which must reach no log
        raise crypto.Unreadable(f"A value of {row.__tablename__}.{name} is not read.") from None


def _place(row: Model, name: str) -> crypto.Place:
    return crypto.Place(row.__tablename__, name, row.id, subject_of(row))


@cache
def _codec(kind: type[Model], name: str) -> Any:
    return kind.__table__.c[name].info["sealed"]
