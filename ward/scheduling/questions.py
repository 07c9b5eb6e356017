"""Questions: what a calendar asks about its appointments, and a higher module answers."""

from datetime import datetime
from uuid import UUID

from domain.access import D2
from ward.ask import Question
from ward.projections import projection

on_the_calendar = Question("on_the_calendar")
"""Asked with appointments; "place" answers where a patient who came is now (`Here`)."""

on_the_sheet = Question("on_the_sheet")
"""Asked with appointments whose sheet is opened; "messages" answers what the patient was sent."""

on_an_offer = Question("on_an_offer")
"""Asked with places on a waiting list; "reached" answers when a message may go out."""


@projection(D2)
class Reached:
    """When somebody can be written to: now, or in the morning."""

    at: datetime


@projection(D2)
class Here:
    """Where somebody who came is now: waiting, called or in a room, and since when."""

    appointment_id: UUID
    look: str  # "waiting", "called" or "in-room"
    since: datetime
    room_id: UUID | None = None
    number: int | None = None
