"""Envelopes: the sealed values of rows, each made for its place under its subject's key."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from functools import cache
from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from ward import crypto, quarantine
from ward.crypto import Key, Vault
from ward.db import Model


def subject_of(row: Model) -> UUID:
    """Name whose key seals this row."""
    return cast("UUID", getattr(row, row.subject))


def sealed(row: Model, name: str, value: object, key: Key) -> bytes:
    """Encrypt a value for one column of one row."""
    place, plain = _place(row, name), _codec(type(row), name).dump_json(value)
    return crypto.seal(*crypto.whole(key, place), place, plain)


def subjects_of(rows: Iterable[Model], name: str) -> set[UUID]:
    """Name whose keys it takes to open this column; an empty one takes none."""
    return {subject_of(row) for row in rows if getattr(row, name) is not None}


def opened(row: Model, name: str, keys: Mapping[UUID, Key]) -> Any:
    """Decrypt what one column of a row holds; None stays None."""
    envelope = getattr(row, name)
    if envelope is None:
        return None
    place = _place(row, name)
    if place.subject_id not in keys:
        raise crypto.NoKey(f"No key for {row.__tablename__} {row.id}.", place)
    key, version = crypto.whole(keys[place.subject_id], place)
    plain = crypto.unseal(key, place, envelope, version)
    try:
        return _codec(type(row), name).validate_json(plain)
    except ValidationError:  # its message quotes the value, which must reach no log
        raise crypto.Malformed(f"{row.__tablename__}.{name} holds something else.", place) from None


def kept(rows: Sequence[Any], kinds: Sequence[type[Model]]) -> Sequence[Any]:
    """Leave out of what was loaded the rows that do not open, while a picture is made without."""
    return quarantine.without(rows, len(kinds), subject_of)


async def bring(
    db: AsyncSession, vault: Vault, keys: MutableMapping[UUID, Key], subjects: set[UUID]
) -> None:
    """Read the keys of these subjects that nobody has read yet in this transaction."""
    if wanted := subjects - keys.keys():
        keys.update(await crypto.keys_of(await db.connection(), vault, wanted))


async def key_of(
    db: AsyncSession, vault: Vault, keys: MutableMapping[UUID, Key], subject: UUID
) -> Key:
    """Give the key to seal by, made now if the subject has none; Erased if it had one."""
    await bring(db, vault, keys, {subject})
    if subject not in keys:
        row, key = vault.new_key(subject)
        db.add(row)
        keys[subject] = (key, row.key_version)
    return crypto.whole(keys[subject])


def _place(row: Model, name: str) -> crypto.Place:
    return crypto.Place(row.__tablename__, name, row.id, subject_of(row))


@cache
def _codec(kind: type[Model], name: str) -> Any:
    return kind.__table__.c[name].info["sealed"]
