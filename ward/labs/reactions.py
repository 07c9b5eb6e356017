"""Reactions: specimens follow patients, and the lists of a ward name who lies there."""

from sqlalchemy import select

from domain.access import Permission
from ward import jobs
from ward.adt.events import MOVES, OfStay
from ward.labs.events import LabsFollowed
from ward.labs.models import Specimen
from ward.labs.worklist import OPEN
from ward.patients.events import PatientAmended
from ward.patients.models import Patient
from ward.work import Work

MAY = {Permission.COLLECT_SPECIMEN, Permission.VIEW_LABS}


@jobs.when(*MOVES, PatientAmended, may=MAY)
async def labs_follow(work: Work, event: OfStay | PatientAmended) -> None:
    """Bring what is under way along, wherever the patient is by now, under today's name."""
    may = Permission.COLLECT_SPECIMEN
    patient = await work.access(Patient, event.patient_id, may, lock="share")
    open_ = select(Specimen).where(Specimen.patient_id == patient.id, Specimen.state.in_(OPEN))
    rows = await work.every(open_.order_by(Specimen.id).with_for_update(), may)
    wards = {*event.wards, *(row.ward_id for row in rows), patient.ward_id}
    for row in rows:
        row.ward_id = patient.ward_id or row.ward_id
    shown = tuple(sorted(ward for ward in wards if ward))
    if shown:
        work.record(LabsFollowed(patient.id, shown))
