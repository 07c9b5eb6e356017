"""Line: an order of the chart with what is sealed in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select

from domain.access import Permission
from domain.formulary import Drug, unlisted
from domain.orders import STANDING
from ward.medications.details import OrderDetail
from ward.medications.held import Held, hold
from ward.medications.models import MedicationRequest
from ward.medications.words import LineWords, line_words
from ward.work import Lock, Work


@dataclass(frozen=True, slots=True)
class Line:
    """One order, opened."""

    request: MedicationRequest
    detail: OrderDetail
    drug: Drug

    @property
    def words(self) -> LineWords:
        """Write it as a medicine line."""
        return line_words(self.detail)


async def line(
    work: Work,
    request_id: UUID,
    permission: Permission,
    *,
    lock: Lock = False,
    seen: int | None = None,
) -> Line:
    """Reach one order; `seen` is the version of the row that a form saw."""
    row = await work.access(MedicationRequest, request_id, permission, lock=lock, seen=seen)
    return (await opened(work, [row]))[0]


async def reach(
    work: Work,
    request_id: UUID,
    permission: Permission,
    *,
    seen: int | None = None,
    lock: Lock = "share",
) -> tuple[Held, Line]:
    """Lock the patient (`lock`), then the order; with the ward and what holds there."""
    first = await work.access(MedicationRequest, request_id, permission)
    held = await hold(work, first.patient_id, permission, lock=lock)
    return held, await line(work, request_id, permission, lock=True, seen=seen)


async def lines(
    work: Work, patient_id: UUID, permission: Permission, *, standing: bool = True
) -> list[Line]:
    """List the orders of a patient, oldest first: those that stand, or all there ever were."""
    mine = select(MedicationRequest).where(MedicationRequest.patient_id == patient_id)
    if standing:
        mine = mine.where(MedicationRequest.status.in_(STANDING))
    return await selected(work, mine.order_by(MedicationRequest.id), permission)


async def selected(
    work: Work, which: Select[MedicationRequest], permission: Permission
) -> list[Line]:
    """List the orders that a statement selects."""
    return await opened(work, await work.every(which, permission))


async def opened(work: Work, rows: Iterable[MedicationRequest]) -> list[Line]:
    """Open orders that were loaded already."""
    listed = list(rows)
    details: dict[UUID, OrderDetail] = await work.open(listed, MedicationRequest.detail)
    return [Line(row, details[row.id], drug_of(details[row.id])) for row in listed]


def drug_of(detail: OrderDetail) -> Drug:
    """Give the medicine of an order; one that the house does not know is made out of its name."""
    return unlisted(detail.generic)
