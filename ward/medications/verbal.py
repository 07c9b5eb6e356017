"""Verbal: a dose ordered by word of mouth and given at once; the prescriber signs later."""

from dataclasses import dataclass
from uuid import UUID

from domain import decisions
from domain.access import Permission, may
from domain.doses import Event
from domain.errors import NotAllowed
from domain.orders import OrderSource, RequestPriority
from ward.duty.queries import grants_on
from ward.medications import give, occasion, planning
from ward.medications.details import OrderDetail
from ward.medications.models import MedicationAdministration
from ward.medications.prescribe import Ordered, prescribe
from ward.medications.said import GivenSaid
from ward.places.models import Ward
from ward.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbalSaid:
    """What was said, by whom, and whether it was said back."""

    detail: OrderDetail
    prescriber: UUID
    read_back: bool
    overrides: tuple[decisions.Override, ...] = ()


async def give_at_once(
    work: Work, patient_id: UUID, order: VerbalSaid, said: GivenSaid
) -> MedicationAdministration:
    """Write a spoken order and its dose down together: both stand, or neither.

    The rules are asked as for every order; the order waits for the prescriber's signature.
    """
    if not order.read_back:
        raise NotAllowed("Say the order back to the prescriber, then tick it.", "verbal.read-back")
    ordered = Ordered(
        detail=order.detail,
        starts_at=work.now,
        priority=RequestPriority.STAT,
        overrides=order.overrides,
    )
    made = await prescribe(
        work, patient_id, [ordered], source=OrderSource.VERBAL, prescriber=order.prescriber
    )
    request = made[0]
    planned = await planning.doses_of(work, request.id)
    if not planned:
        raise NotAllowed("A spoken order is for one dose, now.", "verbal.one-dose")
    found = await occasion.of_dose(work, planned[0].id, lock=True)
    await _refuse_stranger(work, found.held.ward, order.prescriber)
    judged = await give.judge(work, found, said, request.revision)
    status = give.move(found, Event.GIVE_PARTLY if judged.partly else Event.GIVE, judged)
    return await give.put(work, found, said, judged, status)


async def _refuse_stranger(work: Work, ward: Ward, prescriber: UUID) -> None:
    grants = await grants_on(work, ward)
    roles = {grant.role for grant in grants if grant.user_id == prescriber}
    if not any(may(role, Permission.PRESCRIBE) for role in roles):
        raise NotAllowed("Choose who said it: a prescriber of this ward.", "verbal.prescriber")
