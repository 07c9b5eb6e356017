"""Claims: who is at which bedside, with which dose; shown on every station, deciding nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import D4, Permission
from domain.doses import CLAIM
from domain.errors import NotAllowed
from domain.rights import RESCAN
from realtime.topics import Topic
from ward.db import new_id
from ward.duty.queries import names
from ward.errors import explain
from ward.medications.details import Scanned
from ward.medications.events import BedsideClaimed
from ward.medications.models import DoseClaim
from ward.patients.models import Patient
from ward.patients.queries import among
from ward.projections import projection
from ward.security.actors import Actor
from ward.work import Work

MAY, VIEW = Permission.GIVE_MEDICATION, Permission.VIEW_MEDICATIONS
explain("uq_dose_claim_open", "You have just begun this at another place. Open it again.")


@projection(D4)
class Claim:
    """Somebody at a bedside."""

    id: UUID
    patient_id: UUID
    dose_id: UUID | None
    request_id: UUID | None
    user_id: UUID
    name: str
    initials: str
    since: datetime
    until: datetime


async def claim(
    work: Work,
    patient_id: UUID,
    *,
    dose_id: UUID | None = None,
    request_id: UUID | None = None,
    band: Scanned | None = None,
) -> DoseClaim:
    """Stand at a bedside: every station shows who, and with which dose; elsewhere one has left.

    Whoever claims again keeps the lease; a wristband that was read stays read for this claim.
    """
    if not isinstance(work.actor, Actor):
        raise NotAllowed("Only a person stands at a bedside.", "claim.person")
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    here = await _only(work, patient_id)
    until = work.now + CLAIM
    moved = here is None or here.until <= work.now or _at(here) != (dose_id, request_id)
    if here is None:
        here = DoseClaim(
            id=new_id(), patient_id=patient_id, user_id=work.actor.id, since=work.now, until=until
        )
        work.add(here, MAY)
    elif here.dose_id != dose_id or not here.since <= work.now < here.until:
        here.since = work.now
    here.dose_id, here.request_id, here.until = dose_id, request_id, until
    if band is not None:
        here.band_at, here.band_issue = band.at, band.issue
    await work.flush()
    if moved:
        work.record(BedsideClaimed(patient_id, patient.ward_id, here.id, dose_id))
    for topic in _topics(patient):
        work.due(topic, until)
    return here


def _at(one: DoseClaim) -> tuple[UUID | None, UUID | None]:
    return one.dose_id, one.request_id


async def leave(work: Work, patient_id: UUID) -> None:
    """Leave a bedside: the wristband is read again before the next dose."""
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    for one in await _mine(work):
        if one.patient_id == patient_id:
            one.ended_at = work.now
            work.record(BedsideClaimed(patient_id, patient.ward_id, one.id, one.dose_id))


async def my_claim(work: Work, patient_id: UUID) -> DoseClaim | None:
    """Answer: am I at this bedside, and whose wristband did I read there?"""
    mine = select(DoseClaim).where(
        DoseClaim.patient_id == patient_id,
        DoseClaim.user_id == work.actor.id,
        DoseClaim.ended_at.is_(None),
    )
    return next(iter(await work.every(mine, MAY)), None)


def still_read(one: DoseClaim | None, now: datetime) -> bool:
    """Tell whether the wristband that was read counts for another dose."""
    if one is None or one.band_at is None or one.ended_at is not None:
        return False
    return timedelta(0) <= now - one.band_at <= RESCAN


async def open_claims(work: Work, patient_id: UUID) -> list[Claim]:
    """Answer: who is at this bedside now?"""
    return (await claims_of(work, [patient_id])).get(patient_id, [])


async def claims_of(work: Work, patient_ids: Iterable[UUID]) -> dict[UUID, list[Claim]]:
    """Answer: who is at each of these bedsides now? Longest first."""
    standing = select(DoseClaim).where(
        among(DoseClaim.patient_id, patient_ids),
        DoseClaim.ended_at.is_(None),
        DoseClaim.until > work.now,
    )
    rows = await work.every(standing.order_by(DoseClaim.since, DoseClaim.id), VIEW)
    people = await names(work, [row.user_id for row in rows])
    found: dict[UUID, list[Claim]] = {}
    for row in rows:
        who = people.get(row.user_id)
        said = (who.name, who.initials) if who else ("Somebody", "")
        shown = Claim(row.id, row.patient_id, *_at(row), row.user_id, *said, row.since, row.until)
        found.setdefault(row.patient_id, []).append(shown)
    return found


async def _only(work: Work, patient_id: UUID) -> DoseClaim | None:
    """End one's claims at other bedsides, and give the one at this."""
    mine = await _mine(work)
    elsewhere = [one for one in mine if one.patient_id != patient_id]
    wards = await _wards(work, [one.patient_id for one in elsewhere])
    for one in elsewhere:
        one.ended_at = work.now
        if one.until > work.now:
            ward_id = wards.get(one.patient_id)
            work.record(BedsideClaimed(one.patient_id, ward_id, one.id, one.dose_id))
    return next((one for one in mine if one.patient_id == patient_id), None)


async def _mine(work: Work) -> Sequence[DoseClaim]:
    mine = select(DoseClaim).where(DoseClaim.user_id == work.actor.id, DoseClaim.ended_at.is_(None))
    return await work.every(mine.order_by(DoseClaim.id).with_for_update(of=DoseClaim), MAY)


async def _wards(work: Work, patient_ids: Iterable[UUID]) -> dict[UUID, UUID | None]:
    rows = await work.every(select(Patient).where(among(Patient.id, patient_ids)), MAY)
    return {row.id: row.ward_id for row in rows}


def _topics(patient: Patient) -> list[Topic]:
    topics = [Topic("medications", patient.id)]
    return [*topics, Topic("care", patient.ward_id)] if patient.ward_id else topics
