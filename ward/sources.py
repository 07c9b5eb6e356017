"""Sources: how what other systems tell is known again, without keeping their numbers in clear."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from domain.access import Permission
from ward.crypto import Vault
from ward.db import Model
from ward.work import Work

M = TypeVar("M", bound=Model)


class Change(StrEnum):
    """What taking something in did."""

    NEW = "new"
    AMENDED = "amended"
    UNCHANGED = "unchanged"


class Source(Model):
    """A key by which another system knows a row of ours; one row may have several."""

    __abstract__ = True
    of: ClassVar[str]  # the column that names our row

    mark: Mapped[bytes] = mapped_column(
        unique=True, info={"clear": "keyed hash, full length: equal or not, nothing more"}
    )


def source_mark(vault: Vault, kind: str, source: str) -> bytes:
    """Hash the key by which another system knows a record."""
    return vault.hash(f"source.{kind}", source)


def source_marks(vault: Vault, kind: str, sources: Sequence[str]) -> list[bytes]:
    """Hash several keys, each once."""
    return [source_mark(vault, kind, source) for source in dict.fromkeys(sources)]


def seen_mark(vault: Vault, content: Any) -> bytes:
    """Hash what a border sent, to know whether it sends the same again."""
    return vault.hash("seen", TypeAdapter(type(content)).dump_json(content).decode())


async def known_by(
    work: Work, kind: type[M], by: type[Source], marks: Sequence[bytes], permission: Permission
) -> list[M]:
    """Find the rows that any of these keys means; more than one is a mix-up of the sender."""
    meant = select(getattr(by, by.of)).where(by.mark.in_(marks))
    return await work.every(select(kind).where(kind.id.in_(meant)), permission)


async def learn(
    work: Work, row: Model, by: type[Source], marks: Sequence[bytes], permission: Permission
) -> None:
    """Remember the keys that are not known yet as keys of this row."""
    known = {
        each.mark for each in await work.every(select(by).where(by.mark.in_(marks)), permission)
    }
    for mark in marks:
        if mark not in known:
            work.add(by(mark=mark, **{by.of: row.id}), permission)
