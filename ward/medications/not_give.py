"""Not give: a dose that was not given, and why; never left out without a word."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain import doses
from domain.display import time_of
from domain.doses import Event, Guard, NotGiven, Status
from domain.errors import NotAllowed
from domain.windows import LateChoice
from ward.medications import afterwards, give, missing, occasion
from ward.medications.details import GivenDetail
from ward.medications.events import DoseNotGiven
from ward.medications.models import GivenSource, MedicationAdministration
from ward.medications.occasion import MAY, Occasion
from ward.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class NotGivenSaid:
    """Why a dose was not given; `ask_pharmacy` when it is not on the ward."""

    reason: NotGiven
    text: str = ""
    at: datetime | None = None
    source: GivenSource = GivenSource.BEDSIDE
    ask_pharmacy: bool = False


async def not_give(
    work: Work, dose_id: UUID, said: NotGivenSaid, *, revision: int | None = None
) -> MedicationAdministration:
    """Record that a dose was not given; the prescriber hears of it, the chart says why."""
    doses.check_reason(said.reason, said.text)
    found = await occasion.of_dose(work, dose_id, lock=True)
    at = said.at or found.held.left_at or work.now
    doses.check_times(at, work.now)
    found.held.refuse_outside(at)
    if revision is not None and revision != found.line.request.revision:
        raise NotAllowed(Guard.ORDER_UNCHANGED.sentence, f"dose.{Guard.ORDER_UNCHANGED.value}")
    made = give.drafted(work, found, _moved(found, said, at), at)
    made.source = said.source
    late = LateChoice.OMIT if found.standing(at) is Status.OVERDUE else None
    detail = GivenDetail(
        reason=said.reason, text=said.text.strip()[: give.LONGEST], late_choice=late
    )
    await work.seal(made, detail=detail)
    work.add(made, MAY)
    assert found.dose is not None
    found.dose.status = Status.NOT_GIVEN
    await work.flush()
    if said.reason is NotGiven.UNAVAILABLE and said.ask_pharmacy:
        await missing.ask_for(work, found, said.text)
    await give.back_to_the_bedside(work, found)
    patient, ward = found.held.patient, found.held.ward
    work.record(DoseNotGiven(patient.id, ward.id, made.request_id, made.dose_id, made.id))
    return made


def _moved(found: Occasion, said: NotGivenSaid, at: datetime) -> Status:
    """Move the dose; what is not due yet waits, unless the patient is gone or it is withheld."""
    standing = found.standing(at)
    if standing is Status.CANCELLED and found.ended_at is not None:
        standing = afterwards.standing(found, standing)
    if standing is Status.PLANNED and found.dose is not None:
        if said.reason not in _AHEAD:
            due = time_of(found.dose.opens_at, found.held.zone)
            raise NotAllowed(
                f"This dose is not due before {due}. Say then why it was not given.",
                "dose.not-due",
            )
        standing = Status.PREPARING
    if standing is Status.HELD:  # nobody could have given it
        standing = Status.PREPARING
    return doses.move(standing, Event.NOT_GIVE, frozenset(Guard))


_AHEAD = frozenset(
    {NotGiven.PRESCRIBER_HELD, NotGiven.CONTRAINDICATED, NotGiven.NBM, NotGiven.PATIENT_DIED}
    | {NotGiven.TRANSFERRED, NotGiven.DUPLICATE, NotGiven.REFUSED}
)
