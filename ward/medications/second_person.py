"""Second person: who was there beside whoever gave a dose, and came to the same amount."""

from uuid import UUID

from sqlalchemy import select

from domain.amounts import Amount
from domain.doses import Guard
from domain.errors import NotAllowed
from ward.medications import witness as witnesses
from ward.medications.models import MedicationAdministration
from ward.medications.occasion import MAY, Occasion
from ward.medications.said import GivenSaid
from ward.medications.witness import Witnessed
from ward.security.actors import Actor
from ward.work import Work


async def signed(
    work: Work, found: Occasion, said: GivenSaid, amount: Amount, *, needed: bool
) -> UUID | None:
    """Have a second person be there where the medicine asks for one, with the same amount."""
    if said.witness is None:
        if needed and isinstance(work.actor, Actor):
            raise NotAllowed(Guard.SECOND_CHECK.sentence, f"dose.{Guard.SECOND_CHECK.value}")
        return None
    witnesses.compare(said.witness, said.ml_h or amount.value)
    await _refuse_spent(work, found, said.witness)
    return await witnesses.check(work, said.witness, found.held.ward)


async def _refuse_spent(work: Work, found: Occasion, signed: Witnessed) -> None:
    """Refuse a signature that another dose of the order was given with: it is for one."""
    since = select(MedicationAdministration).where(
        MedicationAdministration.request_id == found.line.request.id,
        MedicationAdministration.witnessed_by == signed.user_id,
        MedicationAdministration.recorded_at >= signed.at,
    )
    if await work.every(since.limit(1), MAY):
        raise NotAllowed(
            "The second person signed for one dose, and it was given. They have to sign again.",
            "witness.spent",
        )
