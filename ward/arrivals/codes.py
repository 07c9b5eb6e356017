"""Codes: what a patient shows on coming; who has the letter can say they are here."""

from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from ward.arrivals.arrive import MAY
from ward.arrivals.models import CheckInCode
from ward.db import new_id
from ward.scheduling.models import Appointment
from ward.security.sessions import digest, new_token
from ward.work import Work


async def issue(work: Work, appointment: Appointment) -> str:
    """Make a code for an appointment; it is given out this once."""
    if appointment.status is not AppointmentStatus.BOOKED:
        raise NotAllowed("Only somebody who is still to come needs a code.", "code.over")
    token = new_token()
    code = CheckInCode(
        id=new_id(),
        patient_id=appointment.patient_id,
        appointment_id=appointment.id,
        token_hash=digest(token),
        made_at=work.now,
    )
    work.add(code, MAY)
    return token
