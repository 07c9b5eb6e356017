"""Past: everything that was ever done with one order, newest first, what was wrong included."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D4, Permission
from domain.doses import Status, is_late_entry
from domain.orders import Act, OrderSource, acts
from ward.duty import queries as duty
from ward.duty.queries import Person
from ward.medications.chart_cells import rate_words, state, why, written
from ward.medications.chart_notes import difference, reason_words
from ward.medications.details import Changed, GivenDetail, Overridden, Pumped
from ward.medications.line import Line, line
from ward.medications.models import (
    GivenSource,
    Identified,
    InfusionStep,
    MedicationAdministration,
    MedicationChange,
    RuleOverride,
    ScheduledDose,
)
from ward.medications.words import LineWords
from ward.patients.queries import among
from ward.projections import projection
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened: when, what, by whom, and everything that was said about it."""

    at: datetime
    what: str
    who: str
    more: tuple[str, ...] = ()
    dose_id: UUID | None = None
    wrong: str = ""  # why it was taken back, by whom
    written_at: datetime | None = None  # when it was written down, if that was later


@projection(D4)
class Past:
    """The history of one order."""

    id: UUID
    patient_id: UUID
    words: LineWords
    indication: str
    note: str
    acts: tuple[Act, ...]
    rows: tuple[Happened, ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    changes: Sequence[MedicationChange]
    given: Sequence[MedicationAdministration]
    doses: Sequence[ScheduledDose]
    steps: Sequence[InfusionStep]
    overrides: Sequence[RuleOverride]


async def past(work: Work, request_id: UUID) -> Past:
    """Answer: what was done with this order, and with each of its doses?"""
    found = await line(work, request_id, VIEW)
    rows = await _read(work, request_id)
    people = await _people(work, rows)
    told = [
        *await _acts(work, rows, people),
        *await _doses(work, rows, people),
        *await _pumps(work, rows, people),
        *await _answered(work, rows, people),
        *_missed(work, found, rows),
    ]
    return Past(
        id=request_id,
        patient_id=found.request.patient_id,
        words=found.words,
        indication=found.detail.indication,
        note=found.detail.note,
        acts=_offered(found),
        rows=tuple(sorted(told, key=lambda one: one.at, reverse=True)),
    )


def _offered(found: Line) -> tuple[Act, ...]:
    """List the acts that make sense now; the buttons of the sheet."""
    request = found.request
    wanted = [Act.CHANGE, Act.HOLD, Act.LIFT, Act.RENEW, Act.STOP]
    if request.verified_at is None:
        wanted.append(Act.VERIFY)
    if request.acknowledged_at is None and request.source is OrderSource.VERBAL:
        wanted.append(Act.ACKNOWLEDGE)
    return tuple(act for act in acts(request.status) if act in wanted)


async def _read(work: Work, request_id: UUID) -> _Rows:
    given = await work.every(
        select(MedicationAdministration).where(MedicationAdministration.request_id == request_id),
        VIEW,
    )
    ids = [one.id for one in given]
    return _Rows(
        changes=await work.every(
            select(MedicationChange).where(MedicationChange.request_id == request_id), VIEW
        ),
        given=given,
        doses=await work.every(
            select(ScheduledDose).where(ScheduledDose.request_id == request_id), VIEW
        ),
        steps=await work.every(
            select(InfusionStep).where(among(InfusionStep.administration_id, ids)), VIEW
        ),
        overrides=await work.every(
            select(RuleOverride).where(RuleOverride.request_id == request_id), VIEW
        ),
    )


async def _people(work: Work, rows: _Rows) -> dict[UUID, Person]:
    wanted = {one.by for one in rows.changes} | {one.by for one in rows.overrides}
    for one in rows.given:
        wanted |= {one.recorded_by, one.witnessed_by, one.voided_by}
    wanted |= {who for one in rows.steps for who in (one.recorded_by, one.witnessed_by)}
    wanted |= {one.reviewed_by for one in rows.changes}
    if not work.may(Permission.VIEW_DUTY):
        return {}
    return await duty.names(work, [one for one in wanted if one])


def _who(people: dict[UUID, Person], user_id: UUID | None, part: str) -> str:
    return people[user_id].name if user_id in people else part


async def _acts(work: Work, rows: _Rows, people: dict[UUID, Person]) -> list[Happened]:
    said: dict[UUID, Changed | None] = await work.open(rows.changes, MedicationChange.detail)
    found = []
    for one in rows.changes:
        detail, more = said[one.id], []
        if detail and detail.was and detail.now:
            more.append(difference(detail.was, detail.now))
        if detail and detail.reason:
            more.append(detail.reason)
        if one.reviewed_by is not None:
            more.append(f"read by {_who(people, one.reviewed_by, 'a nurse')}")
        who = _who(people, one.by, one.by_role)
        found.append(Happened(one.at, one.act.word, who, tuple(filter(None, more))))
    return found


async def _doses(work: Work, rows: _Rows, people: dict[UUID, Person]) -> list[Happened]:
    said: dict[UUID, GivenDetail] = await work.open(rows.given, MedicationAdministration.detail)
    wrong: dict[UUID, str | None] = await work.open(
        rows.given, MedicationAdministration.void_reason
    )
    return [
        Happened(
            at=one.occurred_at,
            what=_done(one, said[one.id]),
            who=_who(people, one.recorded_by, one.recorded_as),
            more=tuple(_more(one, said[one.id], people)),
            dose_id=one.dose_id if one.voided_at is None else None,
            wrong=_wrong(one, wrong[one.id], people),
            written_at=one.recorded_at if _later(one) else None,
        )
        for one in rows.given
    ]


def _later(one: MedicationAdministration) -> bool:
    return is_late_entry(one.occurred_at, one.recorded_at)


def _done(one: MedicationAdministration, said: GivenDetail) -> str:
    word = one.status.word.capitalize()
    if one.timing is not None and one.status is Status.GIVEN and one.timing.value != "on_time":
        word = f"Given {one.timing.value}"
    return " ".join(filter(None, (word, written(said.amount))))


def _more(
    one: MedicationAdministration, said: GivenDetail, people: dict[UUID, Person]
) -> Iterable[str]:
    yield from filter(None, (why(said), said.note, said.site and f"site {said.site}"))
    if one.witnessed_by is not None:
        yield f"witness {_who(people, one.witnessed_by, 'a second person')}"
    if said.lot or said.expires:
        yield " ".join(
            filter(
                None,
                (said.lot and f"lot {said.lot}", said.expires and f"expires {said.expires}"),
            )
        )
    yield from _scans(one)
    if one.source is GivenSource.PAPER:
        yield "recorded from paper"
    if said.second:
        yield f"second person on the paper: {said.second}"


def _scans(one: MedicationAdministration) -> Iterable[str]:
    if one.band is Identified.AFTERWARDS:
        yield "not scanned, written down after it had ended"
        return
    if one.band is Identified.PAPER:
        return
    for what, how in (("wristband", one.band), ("pack", one.pack)):
        if how is not None and how is not Identified.SYSTEM:
            said = "scanned" if how is Identified.SCANNED else f"not scanned ({how.value})"
            yield f"{what} {said}"


def _wrong(one: MedicationAdministration, reason: str | None, people: dict[UUID, Person]) -> str:
    if one.voided_at is None:
        return ""
    who = _who(people, one.voided_by, "somebody")
    return f"Entered in error, taken back by {who}: {reason or ''}".rstrip(": ")


async def _pumps(work: Work, rows: _Rows, people: dict[UUID, Person]) -> list[Happened]:
    said: dict[UUID, Pumped] = await work.open(rows.steps, InfusionStep.pumped)
    return [
        Happened(
            at=one.at,
            what=f"Pump: {one.step.value}, {rate_words(said[one.id])}",
            who=_who(people, one.recorded_by, "a nurse"),
            more=tuple(filter(None, (said[one.id].reason,))),
        )
        for one in rows.steps
    ]


async def _answered(work: Work, rows: _Rows, people: dict[UUID, Person]) -> list[Happened]:
    said: dict[UUID, Overridden] = await work.open(rows.overrides, RuleOverride.said)
    return [
        Happened(
            at=one.at,
            what=f"Overridden: {said[one.id].sentence}",
            who=_who(people, one.by, one.by_role),
            more=(reason_words(one.reason), *filter(None, (said[one.id].text,))),
        )
        for one in rows.overrides
    ]


def _missed(work: Work, found: Line, rows: _Rows) -> list[Happened]:
    """List the doses of which nobody has said anything."""
    return [
        Happened(dose.due_at, _capital(state(dose, found.request.status, work.now)), "", ())
        for dose in rows.doses
        if state(dose, found.request.status, work.now) in {Status.MISSED, Status.OVERDUE}
    ]


def _capital(status: Status) -> str:
    return status.word.capitalize()
