"""Queries: which codes of a message nobody has mapped, what could be meant, and what is mapped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain.access import D0, Permission
from ward.interop.hl7 import service
from ward.interop.hl7.intake import read, rules_of
from ward.interop.hl7.letters import body_of
from ward.interop.hl7.models import Hl7Message
from ward.interop.hl7.queries import sender_of
from ward.interop.hl7.siu import codes
from ward.interop.hl7.siu.fact import Asked, siu_fact
from ward.interop.hl7.siu.models import CodeKind, Hl7Code
from ward.interop.hl7.siu.parts import SCHEDULING
from ward.places.models import Branch, Ward, WardKind
from ward.projections import projection
from ward.scheduling.clinics import Resource, VisitType
from ward.work import Work

MAY, SEE = Permission.REVIEW_MESSAGES, Permission.VIEW_CALENDAR
NOT_HERE = "Not booked here"


@projection(D0)
class ClinicChoice:
    """A clinic with what a code can mean there: value and words of each."""

    id: UUID
    label: str
    visits: tuple[tuple[str, str], ...]
    resources: tuple[tuple[str, str], ...]


@projection(D0)
class CodeLine:
    """What a sender's code means here."""

    id: UUID
    sender: str
    kind: CodeKind
    words: str
    meaning: str
    value: str
    version: int


@dataclass(frozen=True, slots=True)
class Unmapped:
    """What has to be said of one message."""

    message: Hl7Message
    sender: str
    asked: Sequence[Asked]


async def unmapped(work: Work, message_id: UUID) -> Unmapped:
    """Answer: which codes of this message does somebody have to map?"""
    message = await work.access(Hl7Message, message_id, MAY)
    raw = await service.text_of(work, await body_of(work, message))
    rules = await rules_of(work)
    reading = await read(raw, rules)
    asked: Sequence[Asked] = ()
    if reading.envelope.type == SCHEDULING and reading.message is not None:
        asked = await codes.unmapped(work, siu_fact(reading, rules.zone))
    return Unmapped(message, sender_of(message.msh3, message.msh4), asked)


async def choices(work: Work) -> list[ClinicChoice]:
    """List what a code can mean, as far as the person's branch reaches."""
    clinics = select(Ward).where(Ward.kind == WardKind.CLINIC, Ward.ended_at.is_(None))
    clinics = clinics.order_by(Ward.label, Ward.id)
    columns = select(Resource).where(Resource.ended_at.is_(None)).order_by(Resource.position)
    visits = select(VisitType).where(VisitType.ended_at.is_(None)).order_by(VisitType.label)
    resources = await work.every(columns, SEE)
    labels = await work.open(resources, Resource.label)
    kinds = await work.every(visits, SEE)
    wards = await work.every(clinics, SEE)
    names = await _labels(work, wards)
    return [
        ClinicChoice(
            ward.id,
            names[ward.id],
            tuple((f"visit:{one.id}", one.label) for one in kinds if one.ward_id == ward.id),
            tuple(
                (f"resource:{one.id}", f"{labels[one.id]} · {one.kind.word}")
                for one in resources
                if one.ward_id == ward.id
            ),
        )
        for ward in wards
    ]


async def _labels(work: Work, wards: Sequence[Ward]) -> dict[UUID, str]:
    """Name clinics, with their branch where two have one name."""
    named = [ward.label for ward in wards]
    ids = {ward.branch_id for ward in wards}
    rows = await work.every(select(Branch).where(Branch.id.in_(ids)), Permission.VIEW_PLACES)
    where = {one.id: one.label for one in rows}
    return {
        ward.id: f"{ward.label}, {where.get(ward.branch_id, '')}"
        if named.count(ward.label) > 1
        else ward.label
        for ward in wards
    }


async def listed(work: Work) -> list[CodeLine]:
    """Answer: which codes are mapped?"""
    rows = await work.every(select(Hl7Code).order_by(Hl7Code.msh3, Hl7Code.kind, Hl7Code.id), MAY)
    return await _lines(work, rows)


async def line(work: Work, code_id: UUID) -> CodeLine:
    """Answer: what does this code mean?"""
    return (await _lines(work, [await work.access(Hl7Code, code_id, MAY)]))[0]


async def _lines(work: Work, rows: Sequence[Hl7Code]) -> list[CodeLine]:
    words = await work.open(rows, Hl7Code.words)
    meanings = _meanings(await choices(work))
    return [
        CodeLine(
            id=row.id,
            sender=sender_of(row.msh3, row.msh4),
            kind=row.kind,
            words=words[row.id],
            meaning=meanings.get(value_of(row), "Another branch, or no longer there"),
            value=value_of(row),
            version=row.version,
        )
        for row in rows
    ]


def value_of(row: Hl7Code) -> str:
    """Write what a code means as its choice is sent."""
    if row.visit_type_id:
        return f"visit:{row.visit_type_id}"
    if row.resource_id:
        return f"resource:{row.resource_id}"
    return f"ward:{row.ward_id}" if row.ward_id else "none"


def _meanings(clinics: Sequence[ClinicChoice]) -> Mapping[str, str]:
    found = {"none": NOT_HERE}
    for clinic in clinics:
        found[f"ward:{clinic.id}"] = clinic.label
        for value, word in (*clinic.visits, *clinic.resources):
            found[value] = f"{clinic.label}: {word}"
    return found
