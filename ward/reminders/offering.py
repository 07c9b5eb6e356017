"""Offering: telling who waits of a time that is kept for them, as long as it is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain import waitlists
from domain.access import Permission
from domain.reminder_words import Occasion
from domain.reminders import Clocks, Verdict
from domain.waitlists import OfferStatus
from ward.db import new_id
from ward.patients.models import Life, Patient
from ward.patients.queries import among
from ward.places.models import Ward
from ward.reminders.models import Reminder
from ward.reminders.reach import Reach, channels, reach_of
from ward.scheduling.clinics import VisitType
from ward.scheduling.models import Appointment
from ward.scheduling.waiting import WaitlistEntry, WaitlistOffer
from ward.work import Work

MAY, VIEW = Permission.SEND_REMINDER, Permission.VIEW_APPOINTMENTS


async def plan(work: Work, offer_id: UUID) -> None:
    """Plan a message by every channel that reaches the patient, in peace."""
    row = await work.access(WaitlistOffer, offer_id, VIEW)
    if waitlists.standing(row.status, row.until, work.now) is not OfferStatus.OPEN:
        return
    reach = (await _reaches(work, [row.entry_id])).get(row.entry_id)
    for channel in channels(work.node.settings):
        if reach is not None and channel in reach.addresses:
            message = Reminder(
                id=new_id(),
                offer_id=row.id,
                patient_id=row.patient_id,
                channel=channel,
                occasion=Occasion.OFFER,
                starts_at=row.starts_at,
                minutes_before=0,
                due_at=_in_peace(work.now, reach.clocks),
            )
            work.add(message, MAY)


async def reached(work: Work, entries: Sequence[UUID]) -> dict[UUID, datetime]:
    """Tell when those who wait can be written to in peace; nobody who has no address."""
    usable = channels(work.node.settings)
    if not usable:
        return {}
    return {
        one: _in_peace(work.now, reach.clocks)
        for one, reach in (await _reaches(work, entries)).items()
        if reach.addresses.keys() & set(usable)
    }


def verdict(row: WaitlistOffer, now: datetime, clocks: Clocks) -> Verdict:
    """Judge once more, in the transaction that sends: it may have been answered since."""
    if waitlists.standing(row.status, row.until, now) is not OfferStatus.OPEN:
        return Verdict.DROP
    at = _in_peace(now, clocks)
    if at == now:
        return Verdict.SEND
    return Verdict.WAIT if at < row.until else Verdict.DROP


async def about(
    work: Work, rows: Sequence[Reminder]
) -> dict[UUID, tuple[Appointment | WaitlistOffer, Ward, VisitType]]:
    """Read the offers that messages are about, and where and what they are for; by message."""
    wanted = [row.offer_id for row in rows if row.offer_id is not None]
    if not wanted:
        return {}
    found = await work.every(
        select(WaitlistOffer, Ward, VisitType)
        .join(WaitlistEntry, WaitlistEntry.id == WaitlistOffer.entry_id)
        .join(Ward, Ward.id == WaitlistEntry.ward_id)
        .join(VisitType, VisitType.id == WaitlistEntry.visit_type_id)
        .where(among(WaitlistOffer.id, wanted)),
        VIEW,
    )
    known = {one[0].id: one for one in found}
    return {row.id: known[row.offer_id] for row in rows if row.offer_id in known}


async def _reaches(work: Work, entries: Sequence[UUID]) -> dict[UUID, Reach]:
    """Tell how those who wait are reached; not the dead."""
    found = await work.every(
        select(WaitlistEntry, Ward, Patient)
        .join(Ward, Ward.id == WaitlistEntry.ward_id)
        .join(Patient, Patient.id == WaitlistEntry.patient_id)
        .where(among(WaitlistEntry.id, entries), Patient.life == Life.ALIVE),
        Permission.VIEW_PATIENT,
    )
    people = await work.open([patient for _, _, patient in found], Patient.identity)
    return {
        entry.id: reach_of(people[patient.id], ZoneInfo(ward.zone))
        for entry, ward, patient in found
    }


def _in_peace(now: datetime, clocks: Clocks) -> datetime:
    if not clocks.quiet.holds(now, clocks.patient):
        return now
    return clocks.quiet.ends(now, clocks.patient)
