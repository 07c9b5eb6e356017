"""Leaving: what is settled before somebody may go home, and what the form of it carries."""

from uuid import UUID

from tests.adt.scene import Scene
from ward import clock
from ward.patients.allergies import state_no_allergies
from ward.reconciliation.service import record_none


async def settle(scene: Scene, patient_id: UUID) -> None:
    """Write down that there is no allergy, and that nothing is taken at home."""
    async with scene.work() as work:
        await state_no_allergies(work, patient_id)
        await record_none(work, patient_id)


def leaves(seen: int, **more: object) -> dict[str, object]:
    """Fill in the form: home, now, with the wristband compared."""
    now = clock.now().isoformat()
    return {"disposition": "home", "version": seen, "identity": "yes", "discharged_at": now} | more
