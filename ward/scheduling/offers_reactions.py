"""Offer reactions: what the waiting list does by itself when times come free and offers end."""

from ward import jobs
from ward.patients.events import PatientAmended
from ward.scheduling import offers_line, waitlist
from ward.scheduling.errands import OfferPasses, TimeCameFree
from ward.scheduling.events import AppointmentBooked, AppointmentMoved, OfAppointment
from ward.work import Work


@jobs.at(TimeCameFree, may=offers_line.NEEDS)
async def came_free(work: Work, errand: TimeCameFree) -> None:
    """Offer a time that came free, as soon as it can no longer be taken back."""
    await offers_line.came_free(work, errand.appointment_id, errand.at)


@jobs.at(OfferPasses, may=offers_line.NEEDS)
async def pass_on(work: Work, errand: OfferPasses) -> None:
    """Ask the next in line."""
    await offers_line.pass_on(work, errand.offer_id)


@jobs.when(AppointmentBooked, AppointmentMoved, may=offers_line.NEEDS)
async def follow(work: Work, event: OfAppointment) -> None:
    """End the wait of who got what they waited for."""
    await waitlist.follow(work, event.appointment_id)


@jobs.when(PatientAmended, may=offers_line.NEEDS)
async def person_follows(work: Work, event: PatientAmended) -> None:
    """Show a new name; who has died waits no longer."""
    await waitlist.person_changed(work, event.patient_id)
