"""Commands: set a flag, change it, end it, take the end back."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import flags
from domain.access import Permission
from domain.encounters import OPEN
from domain.errors import NotAllowed
from domain.flags import Ending, FlagKind
from ward.adt.models import Encounter
from ward.adt.visits import open_encounter
from ward.db import new_id
from ward.flags.events import FlagEnded, FlagSet
from ward.flags.models import StandingFlag
from ward.later import Errand
from ward.patients.models import Patient
from ward.security.actors import Actor
from ward.work import Work

MAY = Permission.SET_FLAG


@dataclass(frozen=True, slots=True)
class FlagOver(Errand):
    """The end that was set beforehand has come."""

    flag_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FlagSaid:
    """A flag as a form tells it."""

    words: str = ""
    ends_at: datetime | None = None


async def set_flag(
    work: Work, patient_id: UUID, kind: FlagKind, said: FlagSaid = FlagSaid()
) -> StandingFlag:
    """Set a flag; banner and bed card warn from now on."""
    flags.until(kind, said.ends_at, work.now)
    patient = await work.access(Patient, patient_id, MAY, lock=True)
    encounter = await stay_of(work, patient_id, MAY)
    if kind.of_stay and encounter is None:
        raise NotAllowed(f"{kind.word} is set during a stay.", "flag.stay")
    stay = encounter.id if encounter and kind.of_stay else None
    await _make_room(work, patient, kind, stay)
    return await _added(work, patient, kind, stay, said)


async def change_flag(
    work: Work, flag_id: UUID, said: FlagSaid, reason: str, *, seen: int | None
) -> StandingFlag:
    """Put a flag with other words in the place of one that stays readable."""
    patient, old = await _held(work, flag_id, seen)
    flags.until(old.kind, said.ends_at, work.now)
    await _end(work, old, Ending.CHANGED, reason)
    await work.flush()
    return await _added(work, patient, old.kind, old.encounter_id, said, replaces=old.id)


async def end_flag(
    work: Work, flag_id: UUID, ending: Ending, reason: str, *, seen: int | None
) -> StandingFlag:
    """End a flag, or mark it as entered in error; it stays readable with the reason."""
    if ending not in flags.OFFERED:
        raise NotAllowed("Choose whether it is over or was a mistake.", "flag.ending")
    patient, flag = await _held(work, flag_id, seen)
    await _end(work, flag, ending, reason)
    work.record(FlagEnded(patient.id, patient.ward_id, flag.id))
    return flag


async def undo_end(work: Work, flag_id: UUID, *, seen: int | None) -> StandingFlag:
    """Have a flag stand again that the same person ended just now."""
    patient, flag = await _locked(work, flag_id, seen)
    flags.undo(flag.ending, flag.ended_at, work.now)
    if flag.ended_by != _me(work):
        raise NotAllowed("Only who ended this can undo it.", "flag.undo")
    flag.ended_at = flag.ended_by = flag.ending = flag.end_reason = None
    if not flags.standing(None, flag.ends_at, work.now):  # its time has come meanwhile
        flag.ended_at, flag.ending = flag.ends_at, Ending.TIME
    work.record(FlagSet(patient.id, patient.ward_id, flag.id))
    return flag


async def time_over(work: Work, flag_id: UUID) -> None:
    """End a flag whose end was set beforehand and has come."""
    patient, flag = await _locked(work, flag_id, None)
    if flag.ended_at is None and flag.ends_at is not None and flag.ends_at <= work.now:
        flag.ended_at, flag.ending = flag.ends_at, Ending.TIME
        work.record(FlagEnded(patient.id, patient.ward_id, flag.id))


async def stay_of(work: Work, patient_id: UUID, permission: Permission) -> Encounter | None:
    """Find the stay a patient is in now."""
    found = await open_encounter(work, patient_id, permission)
    return found if found is not None and found.status in OPEN else None


async def _make_room(work: Work, patient: Patient, kind: FlagKind, stay: UUID | None) -> None:
    """Refuse a second flag of a kind; one whose time is over gives way."""
    open_ones = select(StandingFlag).where(
        StandingFlag.patient_id == patient.id,
        StandingFlag.kind == kind,
        StandingFlag.encounter_id.is_not_distinct_from(stay),
        StandingFlag.ended_at.is_(None),
    )
    for row in await work.every(open_ones, MAY):
        if flags.standing(row.ended_at, row.ends_at, work.now):
            raise NotAllowed(f"{kind.word} is set already. Change that flag instead.", "flag.set")
        row.ended_at, row.ending = row.ends_at, Ending.TIME
    await work.flush()


async def _added(  # noqa: PLR0913 - a flag, where it belongs, what it replaces
    work: Work,
    patient: Patient,
    kind: FlagKind,
    stay: UUID | None,
    said: FlagSaid,
    *,
    replaces: UUID | None = None,
) -> StandingFlag:
    flag = StandingFlag(id=new_id(), patient_id=patient.id, encounter_id=stay, kind=kind)
    flag.set_at, flag.set_by, flag.ends_at = work.now, _me(work), said.ends_at
    flag.replaces_id = replaces
    await work.seal(flag, words=said.words.strip() or None)
    work.add(flag, MAY)
    if said.ends_at is not None:
        work.later(FlagOver(flag.id), said.ends_at)
    work.record(FlagSet(patient.id, patient.ward_id, flag.id))
    return flag


async def _end(work: Work, flag: StandingFlag, ending: Ending, reason: str) -> None:
    if not reason.strip():
        raise NotAllowed("Reason is missing. Say why.", "flag.reason")
    flag.ended_at, flag.ended_by, flag.ending = work.now, _me(work), ending
    await work.seal(flag, end_reason=reason.strip())


async def _held(work: Work, flag_id: UUID, seen: int | None) -> tuple[Patient, StandingFlag]:
    patient, flag = await _locked(work, flag_id, seen)
    if flag.ended_at is not None:
        raise NotAllowed("This flag was ended already.", "flag.ended")
    return patient, flag


async def _locked(work: Work, flag_id: UUID, seen: int | None) -> tuple[Patient, StandingFlag]:
    """Lock the patient before the flag, as every command does."""
    found = await work.access(StandingFlag, flag_id, MAY)
    patient = await work.access(Patient, found.patient_id, MAY, lock=True)
    return patient, await work.access(StandingFlag, flag_id, MAY, lock=True, seen=seen)


def _me(work: Work) -> UUID | None:
    return work.actor.id if isinstance(work.actor, Actor) else None
