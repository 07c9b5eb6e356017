"""Drafts: what somebody had typed when the screen locked, sealed, until they come back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from domain.access import Permission
from ward.db import new_id
from ward.errors import Invalid
from ward.security.factors import Draft
from ward.work import Work

KEPT_FOR = timedelta(hours=12)  # as long as a session can last
LONGEST, FIELDS = 200_000, 500
_OWN = Permission.USE_ACCOUNT


@dataclass(frozen=True, slots=True)
class Typed:
    """The form that was open on a page, and what its fields held."""

    path: str
    source: str | None  # the address of the sheet; None where the page itself holds the form
    fields: list[tuple[str, str]]

    @classmethod
    def read(cls, said: dict[str, Any]) -> "Typed":
        """Read what a browser says it holds, or refuse it."""
        path, source = str(said.get("path") or ""), said.get("source")
        fields = said.get("fields")
        if not isinstance(fields, list) or len(fields) > FIELDS or not _local(path):
            raise Invalid({"draft": "This draft cannot be read."})
        pairs = [(str(one[0]), str(one[1])) for one in fields if isinstance(one, list) and one[1:]]
        if sum(len(name) + len(value) for name, value in pairs) > LONGEST:
            raise Invalid({"draft": "This draft is too long to be kept."})
        return cls(path, str(source) if source and _local(str(source)) else None, pairs)


def _local(path: str) -> bool:
    inside = path.startswith("/") and not path.startswith(("//", "/\\"))
    return inside and len(path) < 1000 and path.isprintable()


async def keep(work: Work, user_id: UUID, typed: Typed) -> None:
    """Keep a draft under its writer's key; an earlier one of the same page gives way."""
    await _take(work, user_id, typed.path)
    if not typed.fields:
        return
    row = Draft(
        id=new_id(), user_id=user_id, path=typed.path, at=work.now, until=work.now + KEPT_FOR
    )
    await work.seal(row, typed={"source": typed.source, "fields": typed.fields})
    work.add(row, _OWN)


async def waiting(work: Work, user_id: UUID) -> str | None:
    """Name the page on which somebody was writing last."""
    found = await work.every(_standing(work, user_id).limit(1), _OWN)
    return found[0].path if found else None


async def take(work: Work, user_id: UUID, path: str) -> dict[str, Any] | None:
    """Hand back what was typed on a page, once."""
    found = await work.every(_standing(work, user_id).where(Draft.path == path).limit(1), _OWN)
    if not found:
        return None
    typed = (await work.open(found, Draft.typed))[found[0].id]
    await _take(work, user_id, path)
    return {**typed, "at": found[0].at.isoformat()}


def _standing(work: Work, user_id: UUID) -> Any:
    mine = select(Draft).where(Draft.user_id == user_id, Draft.until > work.now)
    return mine.where(Draft.taken_at.is_(None)).order_by(Draft.at.desc())


async def _take(work: Work, user_id: UUID, path: str) -> None:
    taken = update(Draft).where(
        Draft.user_id == user_id, Draft.path == path, Draft.taken_at.is_(None)
    )
    await (await work.connection()).execute(taken.values(taken_at=work.now))
