"""Queries: which flags stand, what was decided about resuscitation, and what was before."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select

from domain import flags
from domain.access import D0, D1, D3, Permission
from domain.encounters import OPEN, EncounterStatus
from domain.flags import Decided, FlagKind, Resuscitation
from ward.adt import queries as stays
from ward.adt.models import Encounter
from ward.ask import once
from ward.duty.queries import Person, names
from ward.flags.models import ResuscitationDecision, StandingFlag
from ward.patients.queries import among
from ward.places.zones import zone_of
from ward.projections import projection
from ward.security.actors import ROLES
from ward.work import Work

VIEW, DETAILS = Permission.VIEW_FLAGS, Permission.VIEW_PRECAUTIONS


@projection(D0)
class StandingChip:
    """A flag that the wall shows too: falls, nil by mouth, pressure area."""

    code: str
    label: str
    tone: str


@projection(D1)
class LanguageChip:
    """That somebody needs an interpreter: known to reception, not to the wall."""

    code: str
    label: str
    tone: str


@projection(D3)
class GuardedChip:
    """Safeguarding: for those who care for the patient, without a word of why."""

    code: str
    label: str
    tone: str


ISOLATION = StandingChip("isolation", "Isolation", "strong")
LEAVE = StandingChip("leave", "On leave", "plain")
Chip = StandingChip | LanguageChip | GuardedChip


@projection(D3)
class FlagLine:
    """A flag in the chart; `words` is None where they open only when asked for."""

    id: UUID
    kind: FlagKind
    words: str | None
    by: str | None
    at: datetime
    ends_at: datetime | None
    version: int


@projection(D3)
class Status:
    """What the banner says about resuscitation; always something, never nothing."""

    status: Resuscitation | None
    word: str
    review: str | None


@projection(D3)
class Decision:
    """The decision that stands, as the chart shows it."""

    id: UUID
    status: Resuscitation
    word: str
    reason: str | None
    by: str
    at: datetime
    review_on: date | None
    review: str | None
    version: int


@projection(D3)
class Precautions:
    """The panel of the chart."""

    decision: Decision | None
    flags: tuple[FlagLine, ...]
    in_stay: bool


async def chips_of(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, list[Chip]]:
    """Answer: which flags of these patients stand now? One statement, nothing is opened."""
    found: dict[UUID, list[Chip]] = {}
    for row in await _standing(work, patient_ids, VIEW):
        if (made := _chip(work, row.kind)) is not None:
            found.setdefault(row.patient_id, []).append(made)
    return found


async def bedside_chips_of(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, list[Chip]]:
    """Answer: who is isolated, who is on leave? From what a drawing has read for the place."""
    beds = [place.bed_id for place in (await stays.places(work, patient_ids)).values()]
    found: dict[UUID, list[Chip]] = {}
    for one in (await stays.lying_in(work, beds)).values():
        away = one.encounter.status is EncounterStatus.ON_LEAVE
        chips = (ISOLATION if one.encounter.precaution else None, LEAVE if away else None)
        found[one.stay.patient_id] = [chip for chip in chips if chip]
    return found


async def statuses_of(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, Status]:
    """Answer: what was decided about resuscitation, and must it be reviewed?"""
    rows = await _deciding(work, patient_ids)
    places = await stays.places(work, patient_ids)
    found = {one: Status(None, flags.UNSAID, None) for one in patient_ids}
    for row in rows:
        why = await _review(work, row, places.get(row.patient_id))
        found[row.patient_id] = Status(row.status, row.status.word, why)
    return found


async def precautions_of(work: Work, patient_ids: Sequence[UUID]) -> dict[UUID, Precautions]:
    """Answer: what does the chart's panel show of these patients?"""
    rows = await _standing(work, patient_ids, DETAILS)
    deciding = await _deciding(work, patient_ids)
    said: dict[UUID, str | None] = await work.open(rows, StandingFlag.words)
    reasons: dict[UUID, str | None] = await work.open(deciding, ResuscitationDecision.reason)
    places = await stays.places(work, patient_ids)
    users = [row.set_by for row in rows] + [row.decided_by for row in deciding]
    people = await names(work, [one for one in users if one])
    lines = [(row.patient_id, _line(row, said[row.id], people)) for row in rows]
    decided = {
        row.patient_id: _decision(
            row,
            reasons[row.id],
            people,
            await _review(work, row, places.get(row.patient_id)),
        )
        for row in deciding
    }
    return {
        one: Precautions(
            decided.get(one), tuple(line for whose, line in lines if whose == one), one in places
        )
        for one in patient_ids
    }


def who(people: Mapping[UUID, Person], user_id: UUID | None) -> str | None:
    """Name a member of staff, if one did it."""
    return people[user_id].name if user_id is not None and user_id in people else None


async def _review(work: Work, row: ResuscitationDecision, place: stays.Place | None) -> str | None:
    """Say why to look at a decision again, by the clock of the ward, else of the house."""
    zone = ZoneInfo(place.zone) if place else await zone_of(work, None) or UTC
    decided = Decided(row.encounter_id, row.review_on)
    stay = place.encounter_id if place else None
    found = flags.review(decided, stay, work.now.astimezone(zone).date())
    return found.word if found else None


def _chip(work: Work, kind: FlagKind) -> Chip | None:
    """Draw a flag in its own class of data; None where the viewer may not have that."""
    code = kind.value.replace("-", "_")
    if kind is FlagKind.LANGUAGE:
        mine = work.may(Permission.VIEW_PATIENT)
        return LanguageChip(code, kind.word, "plain") if mine else None
    if kind.guarded:
        return GuardedChip(code, kind.word, "plain") if work.may(DETAILS) else None
    tone = "strong" if kind is FlagKind.NIL_BY_MOUTH else "plain"
    return StandingChip(code, kind.word, tone)


def _line(row: StandingFlag, words: str | None, people: Mapping[UUID, Person]) -> FlagLine:
    return FlagLine(
        row.id,
        row.kind,
        None if row.kind.guarded else words,
        who(people, row.set_by),
        row.set_at,
        row.ends_at,
        row.version,
    )


def _decision(
    row: ResuscitationDecision,
    reason: str | None,
    people: Mapping[UUID, Person],
    review: str | None,
) -> Decision:
    return Decision(
        row.id,
        row.status,
        row.status.word,
        reason,
        by(row, people),
        row.decided_at,
        row.review_on,
        review,
        row.version,
    )


def by(row: ResuscitationDecision, people: Mapping[UUID, Person]) -> str:
    """Say who decided, and in which role."""
    named = who(people, row.decided_by), ROLES[row.decided_as] if row.decided_as else None
    return ", ".join(part for part in named if part) or "Ward itself"


async def _standing(
    work: Work, patient_ids: Sequence[UUID], permission: Permission
) -> list[StandingFlag]:
    """Read the flags in force, in the order of the chips; once for all parts of a drawing."""
    wanted = sorted(patient_ids)

    async def read() -> list[StandingFlag]:
        rows = await work.every(_STANDING, permission, patients=wanted) if wanted else []
        now = [row for row in rows if flags.standing(row.ended_at, row.ends_at, work.now)]
        return sorted(now, key=lambda row: flags.rank(row.kind))

    return await once(work, ("flags", *wanted), read)


async def _deciding(work: Work, patient_ids: Sequence[UUID]) -> list[ResuscitationDecision]:
    wanted = sorted(patient_ids)
    return await once(
        work,
        ("resuscitation", *wanted),
        lambda: work.every(_DECIDING, DETAILS, patients=wanted),
    )


_GOES_ON = exists().where(Encounter.id == StandingFlag.encounter_id, Encounter.status.in_(OPEN))
_STANDING = select(StandingFlag).where(
    among(StandingFlag.patient_id, "patients"),
    StandingFlag.ended_at.is_(None),
    or_(StandingFlag.encounter_id.is_(None), _GOES_ON),
)
_DECIDING = select(ResuscitationDecision).where(
    among(ResuscitationDecision.patient_id, "patients"),
    ResuscitationDecision.replaced_at.is_(None),
    ResuscitationDecision.voided_at.is_(None),
)
