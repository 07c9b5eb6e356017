"""Give: one dose, once, to the right patient, or the reason why not."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain import display, doses, rights, windows
from domain.doses import Event, Guard, Status
from domain.errors import NotAllowed
from domain.gs1 import Wristband
from domain.orders import OrderKind
from domain.rights import Band, Bedside, ByEye, NoScan
from domain.windows import LateChoice, Timing
from ward.db import new_id
from ward.medications import (
    afterwards,
    claims,
    ingredients,
    occasion,
    packs,
    planning,
    register_doses,
    safety,
    second_person,
    spacing,
)
from ward.medications.details import GivenAmount, GivenDetail
from ward.medications.events import DoseGiven
from ward.medications.held import actor_id
from ward.medications.models import GivenSource, Identified, MedicationAdministration
from ward.medications.occasion import MAY, Occasion
from ward.medications.said import GivenSaid, Judged
from ward.patients.models import Life
from ward.security.actors import Actor
from ward.work import Work

LONGEST = 500  # of a text
_NOBODY_LOOKS = frozenset({"name", "number"})


async def give(
    work: Work, dose_id: UUID, said: GivenSaid, *, revision: int
) -> MedicationAdministration:
    """Record a dose as given; every chart shows it, and nobody can give it again.

    `revision` is that of the order which the form showed.
    """
    found = await occasion.of_dose(work, dose_id, lock=True)
    if found.line.detail.kind is OrderKind.INFUSION:
        raise NotAllowed("This is an infusion: start it at the pump.", "infusion.start")
    judged = await judge(work, found, said, revision)
    event = Event.GIVE_PARTLY if judged.partly else Event.GIVE
    return await put(work, found, said, judged, move(found, event, judged))


async def judge(work: Work, found: Occasion, said: GivenSaid, revision: int) -> Judged:
    """Hold a dose against everything that can be wrong with it; the gravest is refused."""
    at = said.given_at or work.now
    found.held.refuse_outside(at)
    _refuse_dead(found, said)
    how = afterwards.told(found, said)
    if how is not None:
        return await afterwards.judge(work, found, said, revision, how)
    _refuse_unbegun(found, at)
    await safety.refuse_order(work, found)
    scanned = await packs.scans(work, said.packs, work.now.astimezone(found.held.zone))
    amount, band = said.amount or found.ordered, _band(work, found, said)
    bedside = Bedside(
        seen_version=revision,
        given_at=at,
        amount=amount,
        route=said.route or found.line.detail.route,
        band=band,
        packs=tuple(one.picked for one in scanned) or _unscanned(work, said, band) or (),
        partly=bool(said.partly.strip()),
        early_reason=said.early,
        late_choice=said.late_choice,
    )
    rights.check(found.ranged(amount), bedside, work.now)
    await spacing.refuse_close(work, found, at)
    safety.refuse_stops(await safety.against(work, found.held, found.line))
    _refuse_late(found, said, at)
    needed = found.line.request.witnessed
    witness_id = await second_person.signed(work, found, said, amount, needed=needed)
    timing = None
    if found.dose is not None and found.width is not None:
        timing = windows.timing(found.dose.due_at, at, found.width)
    partly = bedside.partly and not found.ordered.same(amount)
    return Judged(amount, at, scanned, witness_id, timing, partly)


def _refuse_dead(found: Occasion, said: GivenSaid) -> None:
    """Refuse to give to the dead; what was given before is written down with its time."""
    if found.held.patient.life is Life.DEAD and said.given_at is None:
        raise NotAllowed(
            "This patient is recorded as dead. Enter the time of what was given before.",
            "dose.dead",
        )


def _refuse_unbegun(found: Occasion, at: datetime) -> None:
    """Refuse a dose as required before its order begins."""
    begins = found.line.request.starts_at
    if found.dose is None and at < begins.replace(second=0, microsecond=0):
        when = display.instant(begins, found.held.zone)
        raise NotAllowed(f"This order begins {when}. Do not give it before.", "dose.not-begun")


def _band(work: Work, found: Occasion, said: GivenSaid) -> Band | ByEye | None:
    """Give the wristband as the server read it at this bedside, or how somebody looked."""
    claim = found.claim
    read = claims.still_read(claim, work.now)
    if claim is not None and claim.band_at is not None and (read or said.no_scan is None):
        patient = found.patient
        return Band(Wristband(patient.gsrn, claim.band_issue, patient.mrn), claim.band_at)
    return _by_eye(work, said)


def _by_eye(work: Work, said: GivenSaid) -> ByEye | None:
    if _elsewhere(work):
        return ByEye(reason=NoScan.EMERGENCY, identifiers=_NOBODY_LOOKS, second=True)
    if said.no_scan is None:
        return None
    return ByEye(reason=said.no_scan, identifiers=said.identifiers, second=said.witness is not None)


def _unscanned(work: Work, said: GivenSaid, band: Band | ByEye | None) -> ByEye | None:
    """Say how somebody looked at the pack; a wristband that was read has named the patient."""
    look = _by_eye(work, said)
    if look is not None and isinstance(band, Band):
        return replace(look, identifiers=_NOBODY_LOOKS)
    return look


def _elsewhere(work: Work) -> bool:
    """Tell whether nobody stood at the bedside with this form: another system tells of it."""
    return not isinstance(work.actor, Actor)


def _refuse_late(found: Occasion, said: GivenSaid, at: datetime) -> None:
    """Refuse to keep the times where the next dose would come too soon."""
    if found.dose is None or said.late_choice is None:
        return
    frequency = planning.frequency_of(found.line.detail, found.held)
    allowed = windows.late_choices(frequency, at, found.dose.next_at, found.taken.interval)
    if said.late_choice not in allowed:
        raise NotAllowed(
            "The next dose would come too soon after this one. Leave this one out, or ask the "
            "prescriber.",
            "windows.next-too-soon",
        )


def move(found: Occasion, event: Event, judged: Judged) -> Status:
    """Move the dose, from what it was at that instant; what is asked for was found true above."""
    standing = found.standing(judged.at)
    if judged.told is not None:
        standing = afterwards.standing(found, standing)
    if standing is Status.MISSED:
        raise NotAllowed(safety.MISSED, "dose.missed")
    if standing is Status.PLANNED:  # early, with a reason
        standing = Status.PREPARING
    return doses.move(standing, event, frozenset(Guard))


async def put(  # noqa: PLR0913 - a dose as judged, and whether a pump goes on with it
    work: Work,
    found: Occasion,
    said: GivenSaid,
    judged: Judged,
    status: Status,
    *,
    started: bool = False,
) -> MedicationAdministration:
    """Write the dose down, lock its ingredients out, and tell every station."""
    made = drafted(work, found, status, judged.at)
    made.timing, made.witnessed_by, made.source = judged.timing, judged.witness_id, said.source
    made.band, made.pack = _identified(work, found, said, judged)
    await work.seal(made, detail=detail_of(found, said, judged))
    work.add(made, MAY)
    if found.dose is not None:
        found.dose.status = status
    await work.flush()
    reason = f"Recorded: {judged.told.value}" if judged.told else None
    await ingredients.lock_out(
        work, made, found.line.drug, found.taken.interval, MAY, reason=reason
    )
    await register_doses.give_out(work, found, made, said, judged)
    shifts = said.late_choice is LateChoice.SHIFT and judged.timing is Timing.LATE
    if shifts and found.ended_at is None:
        await planning.shift(work, found.held, found.line, judged.at)
    await back_to_the_bedside(work, found)
    patient, ward = found.held.patient, found.held.ward
    if not started:
        work.record(DoseGiven(patient.id, ward.id, made.request_id, made.dose_id, made.id))
    return made


def drafted(work: Work, found: Occasion, status: Status, at: datetime) -> MedicationAdministration:
    """Begin the row of an administration."""
    return MedicationAdministration(
        id=new_id(),
        patient_id=found.held.patient.id,
        encounter_id=found.held.encounter.id,
        ward_id=found.held.ward.id,
        request_id=found.line.request.id,
        dose_id=found.dose.id if found.dose else None,
        status=status,
        occurred_at=at,
        recorded_at=work.now,
        recorded_by=actor_id(work),
        recorded_as=work.actor.name,
    )


def detail_of(found: Occasion, said: GivenSaid, judged: Judged) -> GivenDetail:
    """Gather what is sealed of a dose that was given."""
    pack = judged.packs[0].pack if judged.packs else None
    return GivenDetail(
        amount=GivenAmount(judged.amount.value, judged.amount.unit),
        route=said.route or found.line.detail.route,
        text=said.text[:LONGEST],
        late_choice=said.late_choice if judged.timing is Timing.LATE else None,
        gtin=pack.gtin if pack else "",
        lot=(pack.lot or "") if pack else "",
        expires=pack.expires_on.isoformat() if pack and pack.expires_on else "",
        site=said.site[:LONGEST],
        note=said.note[:LONGEST],
        identifiers=tuple(sorted(said.identifiers)),
        second=said.second[:LONGEST] if said.source is GivenSource.PAPER else "",
    )


def _identified(
    work: Work, found: Occasion, said: GivenSaid, judged: Judged
) -> tuple[Identified | None, Identified | None]:
    """Tell how patient and pack were identified; what was not scanned is counted for the ward."""
    if judged.told is not None:
        return judged.told, judged.told
    if _elsewhere(work):
        return Identified.SYSTEM, Identified.SYSTEM
    look = said.by_eye
    band = Identified.SCANNED if claims.still_read(found.claim, work.now) else look
    return band, Identified.SCANNED if judged.packs else look


async def back_to_the_bedside(work: Work, found: Occasion) -> None:
    """Let the dose go, and stay with the patient: the next pack needs no other wristband."""
    lies_here = found.held.left_at is None
    if found.claim is not None and lies_here and isinstance(work.actor, Actor):
        await claims.claim(work, found.held.patient.id)
