"""Reactions: whenever an appointment changes, what its patient is told is planned anew."""

from domain.access import Permission
from ward import jobs
from ward.reminders import offering
from ward.reminders.plan import NEEDS, plan
from ward.scheduling.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentMissed,
    AppointmentRescheduled,
    OfAppointment,
    OfferMade,
)
from ward.work import Work


@jobs.when(
    AppointmentBooked,
    AppointmentRescheduled,
    AppointmentCancelled,
    AppointmentMissed,
    may=NEEDS,
)
async def changed(work: Work, event: OfAppointment) -> None:
    """Plan anew; looks at what is true now, so the order of facts does not matter."""
    await plan(work, event.appointment_id)


@jobs.when(OfferMade, may=NEEDS | {Permission.VIEW_CALENDAR})
async def offered(work: Work, event: OfferMade) -> None:
    """Tell who waits of a time that is kept for them."""
    await offering.plan(work, event.offer_id)
