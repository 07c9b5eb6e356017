"""Linking: an infant to its mother, when it is registered or later; and removing the link."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from domain import infants
from domain.access import Permission
from domain.errors import NotAllowed
from ward.db import new_id
from ward.errors import Invalid
from ward.infants.events import InfantLinked, InfantUnlinked
from ward.infants.models import InfantLink
from ward.infants.queries import line_of
from ward.patients.duplicates import register_once
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.work import Work

MAY = Permission.LINK_INFANT
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('ward.infants.link'))")


async def link(
    work: Work, infant_id: UUID, mother_id: UUID, *, may: Permission = MAY
) -> InfantLink:
    """Say whose infant this is; both charts and their boards show it.

    Two links that are made at once lock other people, and would close a circle together: the
    second waits for the first, before it locks anybody.
    """
    await (await work.connection()).execute(_ONE_AT_A_TIME)
    both = await _locked(work, [infant_id, mother_id], may)
    standing = await line_of(work, infant_id, mother_id)
    people = await work.open(both, Patient.identity)
    born = [
        when.on if (when := people[one].born) and when.exact else None
        for one in (infant_id, mother_id)
    ]
    infants.link(infant_id, mother_id, standing, (born[0], born[1]))
    row = InfantLink(
        id=new_id(),
        patient_id=infant_id,
        mother_id=mother_id,
        linked_at=work.now,
        actor_id=work.actor.id,
        actor_name=work.actor.name,
    )
    work.add(row, may)
    await work.flush()
    work.record(InfantLinked(infant_id, mother_id, _wards(both)))
    return row


async def register_newborn(
    work: Work, mother_id: UUID, person: Person, *, anyway: bool = False
) -> Patient:
    """Register an infant and link it to its mother: both in one commit."""
    may = Permission.REGISTER_PATIENT
    await work.access(Patient, mother_id, may)
    infant = await register_once(work, person, anyway=anyway)
    await link(work, infant.id, mother_id, may=may)
    return infant


async def unlink(work: Work, link_id: UUID, reason: str, *, seen: int | None = None) -> InfantLink:
    """Remove a link that is wrong; it stays in the record, with its reason."""
    if not reason.strip():
        raise Invalid({"reason": "Say why the link is removed."})
    first = await work.access(InfantLink, link_id, MAY)
    both = await _locked(work, [first.patient_id, first.mother_id], MAY)
    row = await work.access(InfantLink, link_id, MAY, lock=True, seen=seen)
    if row.ended_at is not None:
        raise NotAllowed("This link was removed already.", "infant.ended")
    row.ended_at = max(work.now, row.linked_at)
    await work.seal(row, reason=reason.strip())
    work.record(InfantUnlinked(row.patient_id, row.mother_id, _wards(both)))
    return row


async def undo_link(work: Work, link_id: UUID, *, seen: int | None) -> InfantLink:
    """Take back a link that the same person made just now; it stays in the record as undone."""
    first = await work.access(InfantLink, link_id, MAY)
    infants.undo(first.linked_at, first.ended_at, work.now)
    if first.actor_id != work.actor.id:
        raise NotAllowed("Only who linked these two can undo it.", "infant.undo")
    return await unlink(work, link_id, "Undone", seen=seen)


async def _locked(work: Work, ids: Sequence[UUID], may: Permission) -> list[Patient]:
    """Lock both in the order of their ids: the wards that are told are those at commit."""
    return [await work.access(Patient, one, may, lock=True) for one in sorted(set(ids))]


def _wards(patients: Sequence[Patient]) -> tuple[UUID, ...]:
    return tuple(sorted({one.ward_id for one in patients if one.ward_id}))
