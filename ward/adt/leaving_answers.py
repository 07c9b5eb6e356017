"""Answers: what the record itself lacks when somebody goes home."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.allergies import AllergyState
from domain.discharge import Answer, Item
from ward.adt.questions import RecordCheck, before_discharge
from ward.adt.whose import whose
from ward.patients.banner import allergies_on
from ward.patients.models import Patient
from ward.patients.queries import among
from ward.work import Work

VIEW = Permission.VIEW_ALLERGIES


@before_discharge.answer("allergies", VIEW)
async def allergies_known(
    work: Work, encounters: Sequence[UUID]
) -> Mapping[UUID, list[RecordCheck]]:
    """Answer whether anybody has recorded allergies, or that there are none."""
    patients = await whose(work, encounters, VIEW)
    theirs = select(Patient).where(among(Patient.id, set(patients.values())))
    rows = {row.id: row for row in await work.every(theirs, VIEW)}
    return {one: [await _allergies(work, rows[patient])] for one, patient in patients.items()}


async def _allergies(work: Work, patient: Patient) -> RecordCheck:
    known = await allergies_on(work, patient)
    unknown = known is not None and known.state is AllergyState.NOT_RECORDED
    said = Answer.NOT_DONE if unknown else Answer.DONE
    return RecordCheck(Item.ALLERGIES_KNOWN, said, link=f"/patients/{patient.id}#allergies")
