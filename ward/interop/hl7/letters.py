"""Letters: one message opened: what it says of whom, as far as the viewer's role may read."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain.access import D0, D1, READS, DataClass, Permission
from domain.sexes import from_hl7
from ward.beds.models import Bed
from ward.interop.hl7 import queries, service, withheld
from ward.interop.hl7.adt import AdtFact, Merge, fact
from ward.interop.hl7.codes import Outcome
from ward.interop.hl7.datatypes import Identifier
from ward.interop.hl7.intake import read, rules_of
from ward.interop.hl7.models import Hl7Body, Hl7Message
from ward.interop.hl7.person import PersonFields
from ward.interop.hl7.queries import MessageLine
from ward.interop.hl7.said import given
from ward.interop.hl7.siu.fact import SiuFact, siu_fact
from ward.interop.hl7.siu.parts import SCHEDULING
from ward.interop.hl7.translate import when
from ward.interop.hl7.withheld import Line
from ward.patients.intake import of_mrn
from ward.places.models import Ward
from ward.projections import projection
from ward.security.actors import Actor
from ward.work import Work

MAY = Permission.REVIEW_MESSAGES


@projection(D1)
class Who:
    """A patient as the message names them, and whether we know the number."""

    number: str
    name: str
    born: str
    sex: str
    patient_id: UUID | None


@projection(D1)
class Text:
    """What the message says, segment by segment."""

    lines: tuple[Line, ...]
    answer: tuple[Line, ...]
    note: str
    corrected: bool
    long: bool


@projection(D0)
class Choice:
    """A ward with its beds and what state each is in, to choose from."""

    id: UUID
    label: str
    beds: tuple[tuple[UUID, str, str], ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """One message with its content."""

    line: MessageLine
    who: Who | None
    retired: Who | None
    text: Text


async def letter(work: Work, message_id: UUID) -> Letter:
    """Open a message; the look, and the patient when known, are in the trail."""
    message = await work.access(Hl7Message, message_id, MAY)
    body = await body_of(work, message)
    raw = await service.text_of(work, body)
    said = await _fact(work, raw)
    merge = said.merges[0] if isinstance(said, AdtFact) and said.merges else None
    named = said is not None and said.patient != PersonFields()
    return Letter(
        line=await queries.line(work, message),
        who=await _who(work, said.patient, said.patient.mrn) if said and named else None,
        retired=await _retired(work, merge) if merge else None,
        text=await _text(work, body, raw),
    )


async def body_of(work: Work, message: Hl7Message) -> Hl7Body:
    """Load the sealed part of a message."""
    bodies = await work.every(select(Hl7Body).where(Hl7Body.message_id == message.id), MAY)
    return bodies[0]


def allowed(work: Work) -> frozenset[DataClass]:
    """Tell which classes of data this person's role may read."""
    assert isinstance(work.actor, Actor)
    return frozenset(READS[work.actor.role])


async def choices(work: Work) -> list[Choice]:
    """List the wards and beds a place can mean, as far as the person's branch reaches."""
    stands = select(Bed).where(Bed.ended_at.is_(None)).order_by(Bed.position, Bed.label)
    beds = await work.every(stands, Permission.VIEW_BEDS)
    opened = select(Ward).where(Ward.ended_at.is_(None)).order_by(Ward.label)
    wards = await work.every(opened, Permission.VIEW_BEDS)
    return [
        Choice(
            ward.id,
            ward.label,
            tuple(
                (bed.id, bed.label, bed.state_at(work.now).word)
                for bed in beds
                if bed.ward_id == ward.id
            ),
        )
        for ward in wards
    ]


async def _fact(work: Work, raw: bytes) -> AdtFact | SiuFact | None:
    rules = await rules_of(work)
    reading = await read(raw, rules)
    if reading.outcome is not Outcome.ACCEPTED:
        return None
    try:
        if reading.envelope.type == SCHEDULING:
            return siu_fact(reading, rules.zone)
        return fact(reading, rules.zone) if reading.envelope.type == "ADT" else None
    except ValueError:  # an event that names nobody (A20)
        return None


async def _who(work: Work, fields: PersonFields, number: Identifier | None) -> Who:
    known = await of_mrn(work, number.value) if number else None
    name, born = given(fields.name), given(fields.born)
    sex = given(fields.sex)
    return Who(
        number=number.value if number else "Not sent",
        name=f"{name.family.upper()}, {name.given}".strip(", ") if name else "Not sent",
        born=when(born).words if born else "Not sent",
        sex=(found.word if (found := from_hl7(sex)) else sex) if sex else "Not sent",
        patient_id=known.id if known else None,
    )


async def _retired(work: Work, merge: Merge) -> Who:
    return await _who(work, PersonFields(), merge.retired_mrn)


async def _text(work: Work, body: Hl7Body, raw: bytes) -> Text:
    classes = allowed(work)
    answer: str = (await work.open([body], Hl7Body.ack))[body.id]
    note: str | None = (await work.open([body], Hl7Body.note))[body.id]
    shown = raw[: withheld.LONGEST]
    return Text(
        lines=tuple(withheld.lines(shown, classes)),
        answer=tuple(withheld.lines(answer.encode("latin-1"), classes | {D0})),
        note=note or "",
        corrected=body.corrected is not None,
        long=len(raw) > len(shown),
    )
