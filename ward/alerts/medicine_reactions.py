"""Medicine reactions: what facts of medicines are to alerts."""

from domain.access import Permission
from domain.alerts import Cause
from ward import jobs
from ward.alerts import medicines
from ward.alerts.acting import MAY as _MAY
from ward.alerts.medicines import Fresh
from ward.medications.events import (
    AdministrationCorrected,
    DoseGiven,
    DoseNotGiven,
    DoseOverdue,
    InfusionChanged,
    MedicationChanged,
    MedicationHeld,
    MedicationPrescribed,
    MedicationStopped,
    MedicationVerified,
    OfDose,
    OfOrder,
    PumpToStop,
    VerificationOverdue,
)
from ward.work import Work

MAY = {*_MAY, Permission.VIEW_MEDICATIONS}


@jobs.when(DoseOverdue, may=MAY)
async def overdue(work: Work, event: DoseOverdue) -> None:
    """Call for a dose of which minutes matter."""
    await medicines.look(work, event.patient_id, Fresh(Cause.DOSE_OVERDUE, event.dose_id))


@jobs.when(MedicationPrescribed, may=MAY)
async def prescribed(work: Work, event: MedicationPrescribed) -> None:
    """Call for what is to be given at once."""
    await medicines.look(work, event.patient_id, Fresh(Cause.STAT_ORDER, event.request_id))


@jobs.when(VerificationOverdue, may=MAY)
async def unverified(work: Work, event: VerificationOverdue) -> None:
    """Call when nobody has verified a high-alert order in time."""
    await medicines.look(work, event.patient_id, Fresh(Cause.UNVERIFIED, event.request_id))


@jobs.when(PumpToStop, may=MAY)
async def running(work: Work, event: PumpToStop) -> None:
    """Call for a pump that runs without an order."""
    fresh = Fresh(Cause.PUMP_TO_STOP, event.administration_id, event.ward_id)
    await medicines.look(work, event.patient_id, fresh)


@jobs.when(
    DoseGiven,
    DoseNotGiven,
    InfusionChanged,
    AdministrationCorrected,
    MedicationChanged,
    MedicationHeld,
    MedicationStopped,
    MedicationVerified,
    may=MAY,
)
async def settled(work: Work, event: OfDose | OfOrder) -> None:
    """Close what is done by it."""
    await medicines.look(work, event.patient_id)
