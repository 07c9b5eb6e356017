"""Admissions: fills the demo hospital with its cast as the pictures show it, once."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain import reconciliation
from domain.access import Permission
from domain.beds import BedStatus
from domain.encounters import AdmitSource
from ward.adt.admit import admit
from ward.adt.isolate import isolate
from ward.adt.models import MoveRequest
from ward.adt.requests import accept, request_move
from ward.beds import block
from ward.beds.models import Bed, BedChange, BedReason
from ward.beds.service import change_status, start_clean
from ward.dev import cast
from ward.dev.demo import FOUNDER
from ward.dev.people import COMING, Member, enter, everybody
from ward.node import Node
from ward.patients.intake import of_mrn
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.reconciliation.service import record_none
from ward.work import Work, work_as

SOURCES = (
    AdmitSource.EMERGENCY,
    AdmitSource.GENERAL_PRACTITIONER,
    AdmitSource.OUTPATIENTS,
    AdmitSource.EMERGENCY,
)
CLEANING = ("6E-16", "6W-14", "AAU-04", "HB-07")
CONTAMINATED = ("6W-20",)
BLOCKED = {"6E-29": (BedReason.FAULT, "Call bell fault, job 4471")}
ASKED = {  # who waits for a bed: record number, ward, bed that was reserved
    "55001078": ("6E", "6E-23"),  # Singh
    "55001079": ("6E", None),
    "55001061": ("6E", None),  # lies in Acute Admissions
    "55001015": ("6W", None),  # lies on Six East
    "55001082": ("AAU", None),
}


async def admit_cast(node: Node) -> bool:
    """Register and admit the cast, one by one; who is known stays as they are."""
    beds = await _beds(node)
    changed = [await _admit(node, one, beds) for one in everybody() if one.bed != COMING]
    if any(changed):
        await _ready(node, beds)
        await _ask(node, beds)
    return any(changed)


async def lay(work: Work, one: Member, bed_id: UUID) -> UUID:
    """Register one of the cast and put them into a bed, as long ago as the pictures say."""
    patient = await enter(work, one)
    today = work.now.astimezone(ZoneInfo(cast.ZONE)).date()
    encounter = await admit(
        work,
        patient.id,
        bed_id,
        at=work.now - timedelta(hours=one.hours),
        source=SOURCES[int(one.mrn) % len(SOURCES)],
        home_on=None if one.home is None else today + timedelta(days=one.home),
    )
    if one.precaution:
        await isolate(work, encounter.id, one.precaution)
    if timedelta(hours=one.hours) >= reconciliation.WITHIN:
        await record_none(work, patient.id)
    return patient.id


async def _beds(node: Node) -> dict[str, UUID]:
    """List all beds as they are spoken: 6E-04."""
    async with work_as(node, FOUNDER, "demo.look") as work:
        wards = {ward.id: ward for ward in await work.every(select(Ward), Permission.VIEW_BEDS)}
        beds = await work.every(select(Bed), Permission.VIEW_BEDS)
        return {f"{wards[bed.ward_id].code}-{bed.label}": bed.id for bed in beds}


async def _admit(node: Node, one: Member, beds: dict[str, UUID]) -> bool:
    async with work_as(node, FOUNDER, "demo.cast") as work:
        if await of_mrn(work, one.mrn):
            return False
        bed = beds.get(one.bed)
        if bed is not None and await _is_ready(work, bed):
            await lay(work, one, bed)
        else:
            await enter(work, one)
        return True


async def _is_ready(work: Work, bed_id: UUID) -> bool:
    state = (await work.access(Bed, bed_id, Permission.VIEW_BEDS)).state_at(work.now)
    return state.status is BedStatus.UNOCCUPIED and state.overlay is None


async def _ready(node: Node, beds: dict[str, UUID]) -> None:
    """Put beds that nobody has touched yet into the states of the pictures."""
    for spoken in (*CLEANING, *CONTAMINATED, *BLOCKED):
        async with work_as(node, FOUNDER, "demo.beds") as work:
            history = select(BedChange).where(BedChange.bed_id == beds[spoken]).limit(1)
            if await work.every(history, Permission.VIEW_BEDS):
                continue
            if spoken in BLOCKED:
                await block.block(work, beds[spoken], *BLOCKED[spoken])
            elif spoken in CONTAMINATED:
                await change_status(work, beds[spoken], BedStatus.CONTAMINATED)
            else:
                await start_clean(work, beds[spoken])


async def _ask(node: Node, beds: dict[str, UUID]) -> None:
    """Ask wards for beds, as their boards show it; one is reserved already."""
    for mrn, (code, spoken) in ASKED.items():
        async with work_as(node, FOUNDER, "demo.requests") as work:
            patient = await of_mrn(work, mrn)
            wards = select(Ward).where(Ward.code == code)
            ward = (await work.every(wards, Permission.VIEW_BEDS))[0]
            if patient is None or await _has_asked(work, patient) or patient.ward_id == ward.id:
                continue
            source = None if patient.ward_id else AdmitSource.EMERGENCY
            soon = work.now + timedelta(minutes=40)
            asked = await request_move(work, patient.id, ward.id, ready_at=soon, source=source)
            if spoken and await _is_ready(work, beds[spoken]):
                await accept(work, asked.id, beds[spoken])


async def _has_asked(work: Work, patient: Patient) -> bool:
    earlier = select(MoveRequest).where(MoveRequest.patient_id == patient.id).limit(1)
    return bool(await work.every(earlier, Permission.VIEW_STAYS))
