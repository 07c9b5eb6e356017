"""Intake: what other systems say of staff and institutions, taken in once however often said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from domain.access import Permission
from domain.errors import NotAllowed
from ward.sources import Change, Source, known_by, learn, seen_mark, source_marks
from ward.staff.models import Organization, OrganizationSource, Practitioner, PractitionerSource
from ward.staff.service import engage
from ward.work import Work

_MAY = Permission.ENGAGE_STAFF
R = TypeVar("R", Practitioner, Organization)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StaffSaid:
    """A member of staff as another system tells of them."""

    name: str
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSaid:
    """An institution as another system tells of it."""

    label: str


async def take_in_practitioner(
    work: Work,
    sources: Sequence[str],
    said: StaffSaid,
    *,
    check: Callable[[str], None] | None = None,
) -> Change:
    """Take on or amend the member of staff whom any of these keys means.

    `check` is given the name we know before another is written over it.
    """
    marks, seen = _marks(work, "practitioner", sources), seen_mark(work.node.vault, said)
    person = await _one(work, Practitioner, PractitionerSource, marks)
    change = _change(person, seen)
    if person is None:
        person = await engage(work, said.name, number=said.number)
    elif change is Change.AMENDED:
        if check is not None:
            check((await work.open([person], Practitioner.name))[person.id])
        await work.seal(person, name=said.name, number=said.number)
    person.source_seen = seen
    await learn(work, person, PractitionerSource, marks, _MAY)
    return change


async def take_in_organization(
    work: Work, sources: Sequence[str], said: OrganizationSaid
) -> Change:
    """Know or rename the institution that any of these keys means."""
    marks, seen = _marks(work, "organization", sources), seen_mark(work.node.vault, said)
    body = await _one(work, Organization, OrganizationSource, marks)
    change = _change(body, seen)
    if body is None:
        body = Organization(label=said.label)
        work.add(body, _MAY)
        await work.flush()
    elif change is Change.AMENDED:
        body.label = said.label
    body.source_seen = seen
    await learn(work, body, OrganizationSource, marks, _MAY)
    return change


async def practitioner_of(work: Work, *sources: str) -> Practitioner | None:
    """Find the member of staff whom another system knows by these keys."""
    marks = _marks(work, "practitioner", sources)
    return await _one(work, Practitioner, PractitionerSource, marks)


def _marks(work: Work, kind: str, sources: Sequence[str]) -> list[bytes]:
    return source_marks(work.node.vault, kind, sources)


async def _one(work: Work, kind: type[R], by: type[Source], marks: list[bytes]) -> R | None:
    found = await known_by(work, kind, by, marks, _MAY)
    if len(found) > 1:
        raise NotAllowed("These identifiers belong to different records here.")
    return found[0] if found else None


def _change(row: Practitioner | Organization | None, seen: bytes) -> Change:
    if row is None:
        return Change.NEW
    return Change.UNCHANGED if row.source_seen == seen else Change.AMENDED
