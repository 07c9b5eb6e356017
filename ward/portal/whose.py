"""Whose: the record of whoever is signed in, and the clinic's work that is done for them."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from ward.errors import Missing
from ward.patients.models import PatientAccount
from ward.security.actors import System
from ward.work import Work

VIEW, ACT = Permission.VIEW_OWN, Permission.ACT_OWN
#: What the clinic's own commands need. No name of a patient is within it: nothing that is in the
#: way of a patient tells them whose it is.
_MAY = frozenset(
    {
        Permission.VIEW_CALENDAR,
        Permission.VIEW_APPOINTMENTS,
        Permission.BOOK_APPOINTMENT,
        Permission.CHECK_IN,
        Permission.VIEW_PLACES,
    }
)


async def mine(work: Work) -> UUID:
    """Answer: whose record is whoever asks?"""
    standing = select(PatientAccount).where(
        PatientAccount.user_id == work.actor.id, PatientAccount.ended_at.is_(None)
    )
    found = await work.every(standing, VIEW)
    if not found:
        raise Missing("There is no record of your own here. Please ask at reception.")
    return found[0].patient_id


def for_patient(work: Work, deed: str) -> Work:
    """Begin what the clinic does for a patient, in the same commit; only after a look at whose.

    The caller has reached the patient's own row first: the clinic's commands ask for no relation.
    """
    who = work.actor
    clinic = System("patient", _MAY, id=who.id, session_id=who.session_id, ip=who.ip)
    return work.also(clinic, f"portal.{deed}")
