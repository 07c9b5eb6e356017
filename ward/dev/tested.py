"""Tested: what a laboratory found in the cast before the demo began, so that series are seen.

The story goes on where this ends: `simulator/analysis.py` counts on from the last tube.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.access import D0, D1, D5, Permission
from domain.analytes import PANELS
from domain.lab_plans import Plan
from ward.adt.models import Stay
from ward.dev.people import Member
from ward.dev.simulator import analysis
from ward.dev.simulator.analysis import BEFORE, Story, story_of
from ward.dev.simulator.carers import people
from ward.dev.simulator.look import marks_of
from ward.errors import WardError
from ward.labs.acknowledge import acknowledge
from ward.labs.models import DiagnosticReport
from ward.labs.release import release
from ward.labs.said import ReportSaid, ResultSaid
from ward.labs.specimen_kinds import panel_name
from ward.node import Node
from ward.patients.models import Patient
from ward.security.actors import Actor, System
from ward.work import work_as, work_watching

P = Permission
DOCTOR = "doctor2"
LABORATORY = System("simulator:laboratory", frozenset({P.RELEASE_RESULT, P.VIEW_PATIENT}))
#: The panels of each story, and the hours between two tubes: a tale, from no source.
_FOLLOWED = {
    Story.KIDNEY: (("U&E",), 8),
    Story.BLEEDING: (("CBC",), 6),
    Story.WELL: (("U&E", "CBC"), 24),
}
_OF_THE_WELL = 2  # tubes
_ON_THE_WAY = timedelta(minutes=50)  # from the vein to the report
_LAST = timedelta(hours=2)


async def report_history(node: Node) -> int:
    """Release what was found in everybody who lies in a bed; return how many reports.

    What shows nothing new has been read. Who has a report already is left alone.
    """
    doctor = (await people(node, (DOCTOR,))).get(DOCTOR)
    count = 0
    for patient_id, one in await _untested(node):
        async with work_as(node, LABORATORY, "demo.results") as work:
            made = [await release(work, said) for said in _reports(patient_id, one, work.now)]
            keys = [one.id for one in made]
        waits = one.stays or story_of(one.mrn) is not Story.WELL
        if doctor and (read := keys[:-1] if waits else keys):
            await _read(node, doctor, read)
        count += len(keys)
    return count


async def _untested(node: Node) -> list[tuple[UUID, Member]]:
    marks = marks_of(node)
    async with work_watching(node, "demo.tests", frozenset({D0, D1, D5})) as work:
        lying = select(Stay.patient_id).where(Stay.ended_at.is_(None), Stay.voided_at.is_(None))
        mine = select(Patient).where(
            Patient.mrn_hash.in_(marks),
            Patient.id.in_(lying),
            Patient.id.not_in(select(DiagnosticReport.patient_id)),
        )
        rows = await work.every(mine.order_by(Patient.id), P.VIEW_PATIENT)
        return [(row.id, marks[row.mrn_hash]) for row in rows]


async def _read(node: Node, doctor: Actor, keys: list[UUID]) -> None:
    """Acknowledge reports; those of another branch are left to its own doctors."""
    with suppress(WardError):
        async with work_as(node, doctor, "demo.read_results") as work:
            for key in keys:
                await acknowledge(work, key, Plan.REPEAT)


def _reports(patient_id: UUID, one: Member, now: datetime) -> Iterator[ReportSaid]:
    """Write the reports of the days before, the oldest first; none from before the admission."""
    panels, hours = _FOLLOWED[story_of(one.mrn)]
    first = BEFORE - _OF_THE_WELL if story_of(one.mrn) is Story.WELL else 0
    for tube in range(first, BEFORE):
        at = now - _LAST - timedelta(hours=hours) * (BEFORE - 1 - tube)
        if at < now - timedelta(hours=one.hours):
            continue
        for panel in panels:
            yield _report(patient_id, one, panel, tube, at)


def _report(patient_id: UUID, one: Member, panel: str, tube: int, at: datetime) -> ReportSaid:
    keys = [analyte.key for analyte in PANELS[panel].members]
    results = tuple(
        ResultSaid(
            name=found.analyte.name,
            value=found.value,
            loinc=found.analyte.loinc,
            unit=found.analyte.ucum,
        )
        for found in analysis.found(one.mrn, keys, tube)
    )
    return ReportSaid(
        patient_id=patient_id,
        sender="LOOPLAB|DEMO",
        filler=f"before-{patient_id}-{panel}-{tube}",
        title=panel_name(PANELS[panel]),
        observed_at=at,
        reported_at=at + _ON_THE_WAY,
        section=PANELS[panel].members[0].section,
        results=results,
    )
