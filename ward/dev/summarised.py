"""Summarised: of the demo's patients one has a signed discharge summary, one a draft, each once.

The sign-in `patient` went home yesterday, and reads the letter of that stay.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.encounters import AdmitSource, Disposition
from domain.errors import NotAllowed
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.adt.models import Encounter, Stay
from ward.adt.visits import last_encounter
from ward.beds.queries import ready
from ward.beds.service import finish_clean
from ward.dev.demo import FOUNDER, ward_called
from ward.dev.outpatients import SMITHSON
from ward.dev.simulator.carers import people
from ward.dev.simulator.look import marks_of
from ward.duty.queries import names
from ward.node import Node
from ward.patients.intake import of_mrn
from ward.patients.models import Patient
from ward.reconciliation.service import record_none
from ward.security.actors import Actor
from ward.summaries.models import DischargeSummary
from ward.summaries.parts import Words
from ward.summaries.service import sign, write
from ward.work import work_as

DOCTOR = "doctor"
SITE = "http://127.0.0.1:8080"  # only where nothing else is set: the QR of the demo's one paper
SIGNED, DRAFTED = "55001006", "55001013"
#: What a doctor wrote of them: tales, from no source.
TALES = MappingProxyType(
    {
        SIGNED: Words(
            reason="Breathless for three days, with cough and fever.",
            course="Treated for pneumonia. Off oxygen since yesterday, walks to the bathroom.",
            plan="The family doctor checks the chest in six weeks and repeats the film.",
        ),
        DRAFTED: Words(
            reason="Fell at home; found on the floor by her daughter.",
            course="No fracture. Pain settled, mobilises with a frame.",
            plan="",
        ),
        SMITHSON: Words(
            reason="Palpitations and dizziness since the morning.",
            course="Atrial fibrillation, which ended by itself. Heart scan without finding.",
            plan="Follow-up in the clinic. Come back at once when it begins again.",
        ),
    }
)


async def summarise_for_cast(node: Node) -> int:
    """Write what is not written yet; return how many."""
    doctor = (await people(node, (DOCTOR,))).get(DOCTOR)
    if doctor is None:
        return 0
    async with work_as(node, FOUNDER, "demo.look") as work:
        named = await names(work, [doctor.id])
    doctor = replace(doctor, display=named[doctor.id].name)  # as a paper says who printed it
    found = [*await _unwritten(node), *await _gone_home(node)]
    for encounter, mrn in found:
        await _write(node, doctor, encounter, mrn)
    return len(found)


async def _gone_home(node: Node) -> list[tuple[UUID, str]]:
    """Have whoever signs in as `patient` be at home again since yesterday, once."""
    async with work_as(node, FOUNDER, "demo.look") as work:
        patient = await of_mrn(work, SMITHSON)
        if patient is None or await last_encounter(work, patient.id):
            return []
        ward = (await ward_called(work, "Acute Admissions"))[0]
        beds = await ready(work, ward.id)
    for bed in beds:
        with suppress(NotAllowed):  # somebody else lay there: in a demo that has run for days
            return [(await _stayed(node, patient.id, bed.id), SMITHSON)]
    return []


async def _stayed(node: Node, patient_id: UUID, bed_id: UUID) -> UUID:
    async with work_as(node, FOUNDER, "demo.stay") as work:
        came, left = work.now - timedelta(days=4), work.now - timedelta(hours=20)
        stay = await admit(work, patient_id, bed_id, at=came, source=AdmitSource.EMERGENCY)
        await record_none(work, patient_id)
        await gone(work, stay.id, Disposition.HOME, at=left)
        await finish_clean(work, bed_id)
        return stay.id


async def _unwritten(node: Node) -> list[tuple[UUID, str]]:
    marks = {mark: one.mrn for mark, one in marks_of(node).items() if one.mrn in TALES}
    written = select(DischargeSummary.patient_id)
    lying = (
        select(Stay, Patient)
        .join(Patient, Patient.id == Stay.patient_id)
        .where(Stay.ended_at.is_(None), Stay.voided_at.is_(None))
        .where(Patient.mrn_hash.in_(marks), Patient.id.not_in(written))
    )
    async with work_as(node, FOUNDER, "demo.look") as work:
        rows = await work.every(lying, Permission.VIEW_PATIENT)
        return [(stay.encounter_id, marks[patient.mrn_hash]) for stay, patient in rows]


async def _write(node: Node, doctor: Actor, encounter: UUID, mrn: str) -> None:
    async with work_as(node, doctor, "demo.summary") as work:
        await work.access(Encounter, encounter, Permission.WRITE_SUMMARY)
        row = await write(work, encounter, TALES[mrn], seen=None)
        if mrn != DRAFTED:
            site = node.settings.public_url or SITE
            await sign(work, row.id, seen=None, site=site)
