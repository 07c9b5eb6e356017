"""Medicine reactions: what facts of medicines leave to be done."""

from domain.access import Permission
from ward import jobs
from ward.medications.events import (
    AdministrationCorrected,
    DoseGiven,
    DoseNotGiven,
    InfusionChanged,
    MedicationAcknowledged,
    MedicationChanged,
    MedicationHeld,
    MedicationPrescribed,
    MedicationStopped,
    MedicationVerified,
    OfOrder,
    PrescriberAnswered,
    PrescriberAsked,
    PumpToStop,
)
from ward.tasks import medicines
from ward.work import Work

MAY = {
    Permission.ASSIGN_TASK,
    Permission.DO_TASK,
    Permission.VIEW_DUTY,
    Permission.VIEW_MEDICATIONS,
}


@jobs.when(DoseGiven, may=MAY)
async def given(work: Work, event: DoseGiven) -> None:
    """Have the effect of a dose as required looked at."""
    await medicines.given(work, event.administration_id)


@jobs.when(DoseNotGiven, may=MAY)
async def not_given(work: Work, event: DoseNotGiven) -> None:
    """Have a doctor or the nurse in charge look at why."""
    await medicines.not_given(work, event.administration_id)


@jobs.when(MedicationPrescribed, may=MAY)
async def prescribed(work: Work, event: MedicationPrescribed) -> None:
    """Have what was said be signed."""
    await medicines.prescribed(work, event.request_id)


@jobs.when(MedicationAcknowledged, may=MAY)
async def signed(work: Work, event: MedicationAcknowledged) -> None:
    """Note that it was signed."""
    await medicines.done(work, event.patient_id, medicines.SIGN, str(event.request_id))


@jobs.when(PumpToStop, may=MAY)
async def to_stop(work: Work, event: PumpToStop) -> None:
    """Have a pump stopped."""
    await medicines.to_stop(work, event.administration_id)


@jobs.when(InfusionChanged, may=MAY)
async def pump_changed(work: Work, event: InfusionChanged) -> None:
    """Note that a pump is off."""
    await medicines.stopped_pump(work, event.patient_id, event.administration_id)


@jobs.when(MedicationChanged, MedicationHeld, MedicationStopped, may=MAY)
async def reviewed(work: Work, event: OfOrder) -> None:
    """Note that a doctor has decided about an order."""
    await medicines.done(work, event.patient_id, medicines.REVIEW, f"{event.request_id}/")


@jobs.when(PrescriberAsked, may=MAY)
async def asked(work: Work, event: PrescriberAsked) -> None:
    """Have the prescriber answer the pharmacist."""
    await medicines.asked(work, event.question_id)


@jobs.when(PrescriberAnswered, MedicationVerified, MedicationStopped, may=MAY)
async def answered(work: Work, event: OfOrder) -> None:
    """Note that the pharmacist has an answer, or needs none."""
    await medicines.done(work, event.patient_id, medicines.QUESTION, f"{event.request_id}/")


@jobs.when(AdministrationCorrected, may=MAY)
async def corrected(work: Work, event: AdministrationCorrected) -> None:
    """Take back what a wrong record left to be done."""
    await medicines.corrected(work, event.patient_id, event.administration_id)
    await medicines.done(work, event.patient_id, medicines.PUMP, str(event.administration_id))
