"""Letters: what a reminder says: when, where, a number and a link, and nothing else of anybody."""

import base64
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import reminder_words
from domain.reminder_words import Facts
from ward.config import Settings
from ward.node import Node
from ward.reminders.models import Reminder
from ward.reminders.reach import Reach
from ward.reminders.ways import Letter
from ward.security.sessions import digest

TOKEN_BYTES = 16
SUBJECTS = {
    "en": "Your appointment",
    "de": "Ihr Termin",
    "fr": "Votre rendez-vous",
    "es": "Su cita",
}


def token_of(node: Node, reminder_id: UUID) -> str:
    """Make the token of a reminder's link: the same at every try, and only with our keys."""
    secret = node.vault.hash("reminder-link", str(reminder_id))[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(secret).decode().rstrip("=")


def link_of(choice: Settings, token: str, what: str = "r") -> str:
    """Give the address behind which the patient answers: of an appointment, or of an offer."""
    base = choice.public_url or f"http://{choice.host}:{choice.port}"
    return f"{base}/{what}/{token}"


@dataclass(frozen=True, slots=True, repr=False)
class About:
    """Whom a message goes to, where they are to come, and whether they come at all."""

    reach: Reach
    place: str
    remote: bool  # by telephone or video


def write(node: Node, row: Reminder, about: About, now: datetime) -> Letter:
    """Write a reminder, and note by which token it is answered."""
    token = token_of(node, row.id)
    row.link_hash = digest(token)
    reach = about.reach
    language = reminder_words.language(reach.language)
    facts = Facts(
        when=when(row.starts_at, reach, language, remote=about.remote),
        place=about.place,
        phone=node.settings.phone or "",
        link=link_of(node.settings, token, "o" if row.offer_id else "r"),
    )
    return Letter(
        id=row.id,
        claimed_at=now,
        to=reach.addresses[row.channel],
        subject=SUBJECTS[language],
        text=reminder_words.write(row.occasion, facts, language),
        language=language,
    )


def when(at: datetime, reach: Reach, language: str, *, remote: bool) -> str:
    """Write a time by the clock of the place; of a visit by telephone by the patient's too."""
    place, patient = reach.clocks.place, reach.clocks.patient
    if not remote:
        return reminder_words.when(at, place, language)
    assert isinstance(place, ZoneInfo)
    return reminder_words.for_both(at, place, patient, language)
