"""Give: one dose, once, to the right patient, or the reason why not."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import display, doses, rights, windows
from domain.amounts import Amount
from domain.doses import Event, Guard, Status
from domain.errors import NotAllowed
from domain.gs1 import Wristband
from domain.orders import OrderKind
from domain.rights import Band, Bedside, ByEye, NoScan
from domain.windows import LateChoice, Timing
from ward.db import new_id
from ward.medications import (
    claims,
    ingredients,
    occasion,
    packs,
    planning,
    register,
    safety,
    spacing,
)
from ward.medications import witness as witnesses
from ward.medications.details import GivenAmount, GivenDetail
from ward.medications.events import DoseGiven
from ward.medications.held import actor_id
from ward.medications.models import GivenSource, Identified, MedicationAdministration
from ward.medications.occasion import MAY, Occasion
from ward.medications.packs import Scan
from ward.medications.said import GivenSaid
from ward.medications.witness import Witnessed
from ward.patients.models import Life
from ward.security.actors import Actor
from ward.work import Work

LONGEST = 500  # of a text
_NOBODY_LOOKS = frozenset({"name", "number"})


@dataclass(frozen=True, slots=True, repr=False)
class Judged:
    """A dose that may be given: how much, when, out of which packs, who signed."""

    amount: Amount
    at: datetime
    packs: tuple[Scan, ...]
    witness_id: UUID | None
    timing: Timing | None
    partly: bool


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
    status = move(found, event, judged.at)
    return await put(work, found, said, judged, status)


async def judge(work: Work, found: Occasion, said: GivenSaid, revision: int) -> Judged:
    """Hold a dose against everything that can be wrong with it; the gravest is refused."""
    at = said.given_at or work.now
    if said.source is GivenSource.PAPER and said.given_at is None:
        raise NotAllowed("Give the time that stands on the paper.", "dose.paper-time")
    refuse_before(found, at)
    _refuse_dead(found, said)
    _refuse_unbegun(found, said, at)
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
    rights.check(_rule(found, said, amount), bedside, work.now)
    if said.source is not GivenSource.PAPER:
        await spacing.refuse_close(work, found, at)
    safety.refuse_stops(await safety.against(work, found.held, found.line))
    _refuse_late(found, said, at)
    witness_id = await _witness(work, found, said, amount)
    timing = None
    if found.dose is not None and found.width is not None:
        timing = windows.timing(found.dose.due_at, at, found.width)
    partly = bedside.partly and not found.ordered.same(amount)
    return Judged(amount, at, scanned, witness_id, timing, partly)


def refuse_before(found: Occasion, at: datetime) -> None:
    """Refuse a time before the patient came."""
    since = found.held.encounter.admitted_at
    if since is not None and at < since.replace(second=0, microsecond=0):
        raise NotAllowed("This time is before the patient was admitted.", "dose.before-stay")


def _refuse_dead(found: Occasion, said: GivenSaid) -> None:
    """Refuse to give to the dead; what was given before is written down with its time."""
    if found.held.patient.life is Life.DEAD and said.given_at is None:
        raise NotAllowed(
            "This patient is recorded as dead. Enter the time of what was given before.",
            "dose.dead",
        )


def _refuse_unbegun(found: Occasion, said: GivenSaid, at: datetime) -> None:
    """Refuse a dose as required before its order begins; paper tells of what happened."""
    begins = found.line.request.starts_at
    paper = said.source is GivenSource.PAPER
    if found.dose is None and not paper and at < begins.replace(second=0, microsecond=0):
        when = display.instant(begins, found.held.zone)
        raise NotAllowed(f"This order begins {when}. Do not give it before.", "dose.not-begun")


def _rule(found: Occasion, said: GivenSaid, amount: Amount) -> rights.Line:
    """Give the line as it stands; of a range, any amount in it is the ordered one."""
    line = found.rule()
    if said.source is GivenSource.PAPER:  # it happened: the record must be true, and flagged
        line = replace(line, least_at=None)
    if found.most is None:
        return line
    ordered, most = found.ordered, found.most
    inside = ordered.value <= amount.to(ordered.unit).value <= most.value
    return replace(line, amount=amount) if inside else line


def _band(work: Work, found: Occasion, said: GivenSaid) -> Band | ByEye | None:
    """Give the wristband as the server read it at this bedside, or how somebody looked."""
    claim = found.claim
    read = claims.still_read(claim, work.now)
    if claim is not None and claim.band_at is not None and (read or said.no_scan is None):
        patient = found.patient
        return Band(Wristband(patient.gsrn, claim.band_issue, patient.mrn), claim.band_at)
    return _by_eye(work, said)


def _by_eye(work: Work, said: GivenSaid) -> ByEye | None:
    if _elsewhere(work, said):
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


def _elsewhere(work: Work, said: GivenSaid) -> bool:
    """Tell whether nobody stood at the bedside with this form: paper, or another system."""
    return said.source is GivenSource.PAPER or not isinstance(work.actor, Actor)


def _refuse_late(found: Occasion, said: GivenSaid, at: datetime) -> None:
    """Refuse to keep the times where the next dose would come too soon."""
    if found.dose is None or said.late_choice is None or said.source is GivenSource.PAPER:
        return
    frequency = planning.frequency_of(found.line.detail, found.held)
    allowed = windows.late_choices(frequency, at, found.dose.next_at, found.taken.interval)
    if said.late_choice not in allowed:
        raise NotAllowed(
            "The next dose would come too soon after this one. Leave this one out, or ask the "
            "prescriber.",
            "windows.next-too-soon",
        )


async def _witness(work: Work, found: Occasion, said: GivenSaid, amount: Amount) -> UUID | None:
    """Have a second person be there where the medicine asks for one, with the same amount."""
    if said.witness is None:
        if found.line.request.witnessed and isinstance(work.actor, Actor):
            raise NotAllowed(Guard.SECOND_CHECK.sentence, f"dose.{Guard.SECOND_CHECK.value}")
        return None
    witnesses.compare(said.witness, said.ml_h or amount.value)
    await _refuse_spent(work, found, said.witness)
    return await witnesses.check(work, said.witness, found.held.ward)


async def _refuse_spent(work: Work, found: Occasion, signed: Witnessed) -> None:
    """Refuse a signature that another dose of the order was given with: it is for one."""
    since = select(MedicationAdministration).where(
        MedicationAdministration.request_id == found.line.request.id,
        MedicationAdministration.witnessed_by == signed.user_id,
        MedicationAdministration.recorded_at >= signed.at,
    )
    if await work.every(since.limit(1), MAY):
        raise NotAllowed(
            "The second person signed for one dose, and it was given. They have to sign again.",
            "witness.spent",
        )


def move(found: Occasion, event: Event, at: datetime) -> Status:
    """Move the dose, from what it was at that instant; what is asked for was found true above."""
    standing = found.standing(at)
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
    reason = "Recorded from paper" if said.source is GivenSource.PAPER else None
    await ingredients.lock_out(
        work, made, found.line.drug, found.taken.interval, MAY, reason=reason
    )
    await register.give_out(work, found, made, judged.amount, judged.packs)
    if said.late_choice is LateChoice.SHIFT and judged.timing is Timing.LATE:
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
    )


def _identified(
    work: Work, found: Occasion, said: GivenSaid, judged: Judged
) -> tuple[Identified | None, Identified | None]:
    """Tell how patient and pack were identified; what was not scanned is counted for the ward."""
    if _elsewhere(work, said):
        return Identified.SYSTEM, Identified.SYSTEM
    look = said.by_eye
    band = Identified.SCANNED if claims.still_read(found.claim, work.now) else look
    return band, Identified.SCANNED if judged.packs else look


async def back_to_the_bedside(work: Work, found: Occasion) -> None:
    """Let the dose go, and stay with the patient: the next pack needs no other wristband."""
    if found.claim is not None and isinstance(work.actor, Actor):
        await claims.claim(work, found.held.patient.id)
