"""Identify: what a code that was scanned is: whose wristband, or which medicine for which dose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain import gs1, prepared, rights, windows
from domain.doses import Status
from domain.errors import NotAllowed
from domain.orders import OrderKind, RequestStatus
from domain.prepared import Prepared
from domain.windows import Standing
from ward.medications import claims, packs
from ward.medications import line as orders
from ward.medications.details import Scanned
from ward.medications.line import Line
from ward.medications.models import MedicationRequest, ScheduledDose
from ward.medications.occasion import MAY, Occasion
from ward.medications.packs import Scan
from ward.patients import banner
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.patients.queries import among
from ward.work import Work
from ward.wristbands.queries import band_of, patient_of, plain

NOBODY = "No patient has this wristband. Print a new one, or look the patient up."
_URGENT = (Standing.OVERDUE, Standing.DUE, Standing.PLANNED, Standing.MISSED)


@dataclass(frozen=True, slots=True)
class Found:
    """For what a pack was scanned: a dose of the chart, or an order as required."""

    dose_id: UUID | None
    request_id: UUID
    labelled: bool = False  # by a label of ours: the pack is still to be read


async def whose(work: Work, code: str) -> UUID | None:
    """Find the patient of a wristband; None: this is no wristband, but perhaps a pack."""
    if _is_pack(code):
        return None if not plain(work) else await _numbered(work, code)
    found = await patient_of(work, code)
    if found is None:
        raise NotAllowed(NOBODY, "rights.nobody")
    return found


async def _numbered(work: Work, code: str) -> UUID | None:
    """Find a patient whose plain record number could be read as a pack; a pack hardly ever is."""
    return await patient_of(work, code) if code.strip().isdigit() and len(code) < _GTIN else None


_GTIN = 16  # the element with its AI


def _is_pack(code: str) -> bool:
    """Tell a pack from a person; what is no GS1 code at all may be a plain record number."""
    text = code.strip()
    try:
        return all(element.ai != gs1.RECIPIENT for element in gs1.parse(text))
    except NotAllowed as refused:
        return refused.code != "gs1.not-gs1" and not text.startswith(gs1.RECIPIENT)


async def at_bedside(work: Work, patient_id: UUID) -> Person:
    """Stand at the bedside of the patient whose wristband was read just now."""
    band = await band_of(work, patient_id, MAY)
    scanned = Scanned(work.now, band.issue)
    await claims.claim(work, patient_id, band=scanned)
    _, person = await banner.who(work, patient_id)
    return person


async def band(work: Work, found: Occasion, code: str) -> None:
    """Hold a wristband against the patient of a dose, and keep that it was read."""
    read = rights.identify(code, found.patient, work.now, plain=plain(work))
    await claims.claim(
        work,
        found.held.patient.id,
        dose_id=found.dose.id if found.dose else None,
        request_id=found.line.request.id,
        band=Scanned(read.at, read.wristband.issue),
    )


async def pack(work: Work, found: Occasion, code: str) -> Scan:
    """Hold a pack against the order of a dose, or say why it is not the medicine."""
    local = work.now.astimezone(found.held.zone)
    scan = (await packs.scans(work, [code], local))[0]
    rights.pick(code, found.rule(), work.now, lambda _: scan.known)
    return scan


async def dose_for(work: Work, patient_id: UUID, code: str) -> Found:
    """Find the most urgent dose that a pack is for, or say that it is not for this patient."""
    patient, person = await banner.who(work, patient_id)
    zone = await banner.zone_of(work, patient)
    await work.access(Patient, patient_id, MAY)
    label = prepared.read(code)
    if label is not None:
        return await _labelled(work, patient_id, label)
    scan = (await packs.scans(work, [code], work.now.astimezone(zone)))[0]
    if scan.product is None:
        raise NotAllowed(
            "This code is not in the formulary. Ask the pharmacy what it is.",
            rights.Stop.UNKNOWN_CODE.value,
        )
    name = scan.product.generic
    standing = await orders.lines(work, patient_id, MAY)
    mine = [line for line in standing if line.drug.generic.casefold() == name.casefold()]
    found = await _most_urgent(work, mine, work.now)
    if found is not None:
        return found
    if mine:
        raise NotAllowed(
            f"This is {name}; no dose of it is due for {person.shown}. Do not give it.",
            "rights.nothing-due",
        )
    raise NotAllowed(
        f"This is {name}; it is not ordered for {person.shown}. Do not give it.",
        rights.Stop.WRONG_DRUG.value,
    )


async def _labelled(work: Work, patient_id: UUID, label: Prepared) -> Found:
    """Find the dose that a label of ours was printed for, or stop: it is another patient's."""
    if label.dose_id is not None:
        mine = select(ScheduledDose).where(ScheduledDose.id == label.dose_id)
        of = [(row.patient_id, row.request_id) for row in await work.every(mine, MAY)]
    else:
        which = select(MedicationRequest).where(MedicationRequest.id == label.request_id)
        of = [(row.patient_id, row.id) for row in await work.every(which, MAY)]
    for patient, request_id in of:
        if patient == patient_id:
            return Found(label.dose_id, request_id, labelled=True)
    raise NotAllowed(
        "This was prepared for another patient. Do not give it to this one.",
        rights.Stop.WRONG_PATIENT.value,
    )


async def _most_urgent(work: Work, mine: Sequence[Line], now: datetime) -> Found | None:
    """Choose what is owed, then what may be given as required, then what comes next."""
    ids = [line.request.id for line in mine]
    untouched = select(ScheduledDose).where(
        among(ScheduledDose.request_id, ids), ScheduledDose.status == Status.PLANNED
    )
    doses = sorted(await work.every(untouched, MAY), key=lambda dose: _urgency(dose, now))
    first = Found(doses[0].id, doses[0].request_id) if doses else None
    if doses and _urgency(doses[0], now)[0] < _URGENT.index(Standing.PLANNED):
        return first
    for line in mine:
        active = line.request.status is RequestStatus.ACTIVE
        if active and line.detail.kind is OrderKind.AS_REQUIRED:
            return Found(None, line.request.id)
    return first


def _urgency(dose: ScheduledDose, now: datetime) -> tuple[int, datetime]:
    width = dose.due_at - dose.opens_at
    standing = windows.standing(dose.due_at, now, width, dose.next_at)
    return _URGENT.index(standing), dose.due_at
