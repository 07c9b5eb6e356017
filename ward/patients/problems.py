"""Problems: the conditions on a chart."""

from uuid import UUID

from sqlalchemy import select

from domain.access import D6, Permission
from domain.conditions import PRESENT, WRONG
from ward.patients.models import Condition, ConditionDetail
from ward.projections import projection
from ward.work import Work


@projection(D6)
class Problem:
    """One problem or diagnosis."""

    id: UUID
    label: str
    status: str
    since: str | None


@projection(D6)
class Problems:
    """What a patient suffers from: what is present first."""

    items: list[Problem]


async def problems_of(work: Work, patient_id: UUID) -> Problems | None:
    """List a patient's conditions, without those shown to be wrong."""
    if not work.may(Permission.VIEW_CONDITIONS):
        return None
    of_patient = select(Condition).where(Condition.patient_id == patient_id)
    rows = await work.every(of_patient, Permission.VIEW_CONDITIONS)
    details: dict[UUID, ConditionDetail] = await work.open(rows, Condition.detail)
    standing = [row for row in rows if row.certainty not in WRONG]
    standing.sort(key=lambda row: (row.clinical not in PRESENT, -row.recorded_at.timestamp()))
    return Problems([_problem(row, details[row.id]) for row in standing])


def _problem(row: Condition, detail: ConditionDetail) -> Problem:
    status = row.clinical.value.capitalize() if row.clinical else "Status not recorded"
    if row.certainty and row.certainty.value != "confirmed":
        status = f"{status}, {row.certainty.value}"
    return Problem(row.id, detail.text or detail.code, status, detail.onset or None)
