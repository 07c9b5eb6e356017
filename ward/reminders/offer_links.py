"""Offer links: what a patient answers to an offer without signing in: yes, or not this time.

Whoever has the link has the message; the page tells no more than that, and until when.
"""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from domain import reminder_words, waitlists
from domain.access import Permission
from domain.waitlists import OfferStatus
from ward.errors import Missing
from ward.patients.models import Patient
from ward.places.models import Branch, Ward
from ward.reminders.models import Reminder
from ward.scheduling import offers
from ward.scheduling.waiting import WaitlistEntry, WaitlistOffer
from ward.security.actors import System
from ward.security.sessions import digest
from ward.work import Work

VIEW = Permission.VIEW_APPOINTMENTS
READER = System(
    "job:offer-link",
    frozenset(
        {
            VIEW,
            Permission.ANSWER_OFFER,
            Permission.BOOK_APPOINTMENT,
            Permission.SEND_REMINDER,
            Permission.VIEW_CALENDAR,
            Permission.VIEW_PATIENT,
            Permission.VIEW_PLACES,
        }
    ),
)
_BY_TOKEN = select(Reminder).where(Reminder.link_hash == bindparam("token"))


class State(StrEnum):
    """What the page of a link shows; our own words."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    OVER = "over"  # run out, or taken back


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page of a link says."""

    state: State
    when: str
    until: str
    place: str
    language: str
    phone: str


async def look(work: Work, token: str) -> Shown:
    """Answer what a link is about; an unknown one is as if it never was."""
    row = await _found(work, token)
    entry = await work.access(WaitlistEntry, row.entry_id, VIEW)
    ward = await work.access(Ward, entry.ward_id, Permission.VIEW_CALENDAR)
    branch = await work.access(Branch, ward.branch_id, Permission.VIEW_PLACES)
    patient = await work.access(Patient, row.patient_id, Permission.VIEW_PATIENT)
    person = (await work.open([patient], Patient.identity))[patient.id]
    language, zone = reminder_words.language(person.language), ZoneInfo(ward.zone)
    return Shown(
        state=_state(work, row),
        when=reminder_words.when(row.starts_at, zone, language),
        until=reminder_words.when(row.until, zone, language),
        place=branch.label,
        language=language,
        phone=work.node.settings.phone or "",
    )


async def answer(work: Work, token: str, *, accepted: bool) -> None:
    """Take the time, or leave it to the next in line; what is no longer open is refused."""
    row = await _found(work, token)
    verb = offers.accept if accepted else offers.decline
    await verb(work, row.id, seen=None)


async def _found(work: Work, token: str) -> WaitlistOffer:
    found = await work.every(_BY_TOKEN, Permission.SEND_REMINDER, token=digest(token))
    if not found or found[0].offer_id is None:
        raise Missing
    return await work.access(WaitlistOffer, found[0].offer_id, VIEW)


def _state(work: Work, row: WaitlistOffer) -> State:
    return {
        OfferStatus.OPEN: State.OPEN,
        OfferStatus.ACCEPTED: State.ACCEPTED,
        OfferStatus.DECLINED: State.DECLINED,
    }.get(waitlists.standing(row.status, row.until, work.now), State.OVER)
