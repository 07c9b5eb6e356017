"""Codes: what a patient shows on coming; who has the letter can say they are here."""

from sqlalchemy import bindparam, select

from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from ward.arrivals.arrive import MAY
from ward.arrivals.models import CheckInCode
from ward.db import new_id
from ward.scheduling.models import Appointment
from ward.security.sessions import digest, new_token
from ward.work import Work

_GOOD = (
    select(CheckInCode)
    .where(CheckInCode.appointment_id == bindparam("appointment"))
    .where(CheckInCode.used_at.is_(None), CheckInCode.revoked_at.is_(None))
    .with_for_update(of=CheckInCode)
)


async def issue(work: Work, appointment: Appointment) -> str:
    """Make a code for an appointment; it is given out this once, and revokes the earlier ones."""
    if appointment.status is not AppointmentStatus.BOOKED:
        raise NotAllowed("Only somebody who is still to come needs a code.", "code.over")
    for one in await work.every(_GOOD, MAY, appointment=appointment.id):
        one.revoked_at = work.now
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
