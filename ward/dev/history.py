"""History: what was observed of the cast before the demo began, so that its charts are full."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from ward.adt.models import Encounter, Stay
from ward.dev.people import Member
from ward.dev.simulator.charting import NURSE, history
from ward.dev.simulator.look import Marks, marks_of
from ward.node import Node
from ward.patients.models import Patient
from ward.vitals import bedside
from ward.vitals.events import VitalsRecorded
from ward.vitals.models import ObservationPlan, ObservationSet
from ward.vitals.observe import draft
from ward.work import Work, work_as

AT_ONCE = 5  # patients in one commit: each has two live pages, and a commit few topics


async def chart_history(node: Node) -> int:
    """Chart the last days of everybody of the cast who lies in a bed; return how many sets.

    Whom somebody has observed already is left alone.
    """
    marks = marks_of(node)
    async with work_as(node, NURSE, "demo.look") as work:
        found = await _unobserved(work, marks)
    charted = 0
    for first in range(0, len(found), AT_ONCE):
        async with work_as(node, NURSE, "demo.history") as work:
            for patient, one in found[first : first + AT_ONCE]:
                charted += await _chart(work, patient, one)
    return charted


async def _unobserved(work: Work, marks: Marks) -> Sequence[tuple[UUID, Member]]:
    lying = select(Stay.patient_id).where(Stay.ended_at.is_(None), Stay.voided_at.is_(None))
    watched = select(ObservationPlan.patient_id)
    wanted = select(Patient).where(
        Patient.mrn_hash.in_(marks), Patient.id.in_(lying), Patient.id.not_in(watched)
    )
    rows = await work.every(wanted.order_by(Patient.ward_id, Patient.id), Permission.VIEW_PATIENT)
    return [(row.id, marks[row.mrn_hash]) for row in rows]


async def _chart(work: Work, patient_id: UUID, one: Member) -> int:
    """Chart one patient's sets with the times they were taken at, then set the clock once."""
    held = await bedside.hold(work, patient_id, seen=None)
    newest: ObservationSet | None = None
    sets = history(one, _admitted(held.encounter), work.now)
    for each in sets:
        newest = await draft(work, held, each.said)
        newest.recorded_at = newest.taken_at
    if newest is not None:
        await bedside.settle(work, held)
        fact = VitalsRecorded(patient_id, held.patient.ward_id, newest.id, newest.urgency)
        work.record(fact)
    return len(sets)


def _admitted(encounter: Encounter) -> datetime:
    return encounter.admitted_at or encounter.moved_at
