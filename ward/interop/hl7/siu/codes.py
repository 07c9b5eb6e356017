"""Codes: what the codes of an appointment mean here: the clinic, the visit, who and what it takes.

First what somebody said once of this sender's codes, then our own labels. What is neither waits
until somebody says what it means; nothing is guessed.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select

from domain import names
from domain.access import Permission
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.models import ReviewReason
from ward.interop.hl7.siu.fact import Asked, SiuFact
from ward.interop.hl7.siu.models import CodeKind, Hl7Code
from ward.interop.hl7.waits import Waits
from ward.places.models import Ward, WardKind
from ward.scheduling import taken
from ward.scheduling.clinics import Resource, VisitType
from ward.scheduling.visits import Visit, offered
from ward.work import Work

SEE = Permission.VIEW_CALENDAR
ELSEWHERE = "It names another clinic. Cancel it here, and have it booked there anew."
SEVERAL = "It names several kinds of visit: it is booked as the first of them."


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code means; with none of the three it is not booked here."""

    ward_id: UUID | None = None
    resource: Resource | None = None
    visit: VisitType | None = None

    @property
    def clinic(self) -> UUID | None:
        """Name the clinic that follows from it."""
        if self.resource is not None:
            return self.resource.ward_id
        return self.ward_id or (self.visit.ward_id if self.visit else None)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a message asks for, in our own words."""

    ward: Ward
    visit: Visit | None
    resources: tuple[Resource, ...] = ()
    gone: frozenset[UUID] = frozenset()
    """What the sender takes out."""
    remarks: tuple[str, ...] = ()


async def meant(work: Work, fact: SiuFact, within: UUID | None = None) -> Meant:
    """Say what every code means, or wait with all that nobody has mapped yet.

    `within`: the clinic of an appointment that stands.
    """
    known = await known_codes(work, fact.sender, fact.asked)
    clinic = await _clinic(work, fact.asked, known)
    if within and clinic not in {None, within}:
        raise Waits(ReviewReason.REFUSED, ELSEWHERE)
    clinic = within or clinic or _of_visit(fact.asked, known)
    if clinic is None:
        raise _unknown(fact, known)
    ward = await work.access(Ward, clinic, SEE)
    known = {**await _labelled(work, clinic, fact.asked), **known}
    _demand(fact, known, new=within is None)
    offers = await offered(work, clinic)
    visits = list({one.id: one for one in _visits(fact.asked, known)}.values())
    resources = {one.id: one for one in _booked(fact.asked, known)}
    gone = {one.id for one in _booked(fact.asked, known, gone=True)}
    return Meant(
        ward=ward,
        visit=_offered_here(visits[0], offers) if visits else None,
        resources=tuple(resources.values()),
        gone=frozenset(gone - resources.keys()),
        remarks=(SEVERAL,) if len(visits) > 1 else (),
    )


def _booked(
    asked: Iterable[Asked], known: Mapping[Asked, Meaning], *, gone: bool = False
) -> Iterator[Resource]:
    """Give who and what is booked, or is taken out."""
    for one in asked:
        if one.gone is gone and (meaning := known.get(one)) and meaning.resource:
            yield meaning.resource


def _visits(asked: Iterable[Asked], known: Mapping[Asked, Meaning]) -> Iterator[VisitType]:
    for one in asked:
        if not one.gone and (meaning := known.get(one)) and meaning.visit:
            yield meaning.visit


def _of_visit(asked: Iterable[Asked], known: Mapping[Asked, Meaning]) -> UUID | None:
    """Take the clinic of the visit, where nothing else names one."""
    return next((one.ward_id for one in _visits(asked, known)), None)


def _offered_here(meant: VisitType, offers: Mapping[UUID, Visit]) -> Visit | None:
    """Find the visit; a code that was mapped for another clinic means the one of its name here."""
    named = names.fold(meant.label)
    alike = (one for one in offers.values() if names.fold(one.row.label) == named)
    return offers.get(meant.id) or next(alike, None)


def _demand(fact: SiuFact, known: Mapping[Asked, Meaning], *, new: bool) -> None:
    """Wait for what nobody has mapped; a new appointment needs a visit too."""
    if unknown(fact.asked, known):
        raise _unknown(fact, known)
    if new and not any(meaning.visit for meaning in known.values()):
        sentence = "The message names no visit that a clinic here offers."
        raise Waits(ReviewReason.UNCLEAR_APPOINTMENT, sentence)


def unknown(asked: Iterable[Asked], known: Mapping[Asked, Meaning]) -> list[Asked]:
    """List the codes that somebody has to map; what the sender takes out need not be known."""
    return [one for one in asked if one not in known and not one.gone]


def _unknown(fact: SiuFact, known: Mapping[Asked, Meaning]) -> Waits:
    missing = unknown(fact.asked, known)
    if not missing:
        sentence = "The message names no clinic that is known here."
        return Waits(ReviewReason.UNCLEAR_APPOINTMENT, sentence)
    listed = "; ".join(f"{one.kind.word.lower()} {one.words}" for one in missing)
    sentence = f"Nobody has said yet what this means here: {listed}."
    return Waits(ReviewReason.UNKNOWN_CODE, sentence, place=missing[0].shown)


async def unmapped(work: Work, fact: SiuFact) -> list[Asked]:
    """Answer: which codes of this message does somebody have to map?"""
    known = await known_codes(work, fact.sender, fact.asked)
    clinic = await _clinic(work, fact.asked, known) or _of_visit(fact.asked, known)
    if clinic is not None:
        known = {**await _labelled(work, clinic, fact.asked), **known}
    return unknown(fact.asked, known)


def mark(sender: Sender, kind: CodeKind, key: str) -> bytes:
    """Give the one value by which a sender's code is unique, however long its words."""
    said = [sender.application, sender.facility, kind.value, key]
    return hashlib.sha256(json.dumps(said).encode()).digest()


async def known_codes(work: Work, sender: Sender, asked: Sequence[Asked]) -> dict[Asked, Meaning]:
    """Look up what was said of these codes; what no longer exists here is unknown again."""
    marks = {mark(sender, one.kind, one.key): one for one in asked}
    listed = select(Hl7Code).where(Hl7Code.mark.in_(marks))
    rows = await work.every(listed, Permission.REVIEW_MESSAGES)
    resources = select(Resource).where(Resource.id.in_([one.resource_id for one in rows]))
    visits = select(VisitType).where(VisitType.id.in_([one.visit_type_id for one in rows]))
    columns = {one.id: one for one in await work.every(resources, SEE) if one.ended_at is None}
    kinds = {one.id: one for one in await work.every(visits, SEE) if one.ended_at is None}
    by_mark = {row.mark: _meaning(row, columns, kinds) for row in rows}
    return {
        one: meaning
        for one in asked
        if (meaning := by_mark.get(mark(sender, one.kind, one.key))) is not None
    }


def _meaning(
    row: Hl7Code, columns: Mapping[UUID, Resource], kinds: Mapping[UUID, VisitType]
) -> Meaning | None:
    if row.resource_id is not None:
        column = columns.get(row.resource_id)
        return Meaning(resource=column) if column else None
    if row.visit_type_id is not None:
        kind = kinds.get(row.visit_type_id)
        return Meaning(visit=kind) if kind else None
    return Meaning(ward_id=row.ward_id)


async def _clinic(
    work: Work, asked: Sequence[Asked], known: Mapping[Asked, Meaning]
) -> UUID | None:
    """Find the clinic: by the place, else by whoever or whatever is booked."""
    order = (CodeKind.PLACE, CodeKind.PERSON, CodeKind.EQUIPMENT)
    wanted = [one for one in asked if not one.gone and one.kind in order]
    for one in sorted(wanted, key=lambda one: order.index(one.kind)):
        if (meaning := known.get(one)) and meaning.clinic is not None:
            return meaning.clinic
        if one.clinic and (found := await _clinic_called(work, one.clinic)):
            return found
    return None


async def _clinic_called(work: Work, label: str) -> UUID | None:
    """Find the only clinic of this label or short form."""
    words = label.strip().lower()
    named = select(Ward).where(
        or_(func.lower(Ward.label) == words, func.lower(Ward.code) == words),
        Ward.kind == WardKind.CLINIC,
        Ward.ended_at.is_(None),
    )
    found = await work.every(named, SEE)
    return found[0].id if len(found) == 1 else None


async def _labelled(work: Work, clinic: UUID, asked: Sequence[Asked]) -> dict[Asked, Meaning]:
    """Take codes that are our own labels for what they say."""
    rows = await work.every(taken.RESOURCES, SEE, ward=clinic, keys=True)
    labels = await work.open(rows, Resource.label)
    columns = {names.fold(labels[row.id]): row for row in rows}
    visits = {names.fold(one.row.label): one.row for one in (await offered(work, clinic)).values()}
    found: dict[Asked, Meaning] = {}
    for one in asked:
        called = [names.fold(name) for name in one.names]
        if one.kind is CodeKind.VISIT:
            row = next((visits[name] for name in called if name in visits), None)
            meaning = Meaning(visit=row) if row else None
        else:
            column = next((columns[name] for name in called if name in columns), None)
            meaning = Meaning(resource=column) if column else None
        if meaning is None and one.clinic and not one.names:  # the clinic alone, no room of it
            here = await _clinic_called(work, one.clinic) == clinic
            meaning = Meaning(ward_id=clinic) if here else None
        if meaning is not None:
            found[one] = meaning
    return found
