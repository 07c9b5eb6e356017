"""Answers: what the sheet of an appointment says of messages, and when an offer can be written."""

from collections.abc import Sequence
from uuid import UUID

from domain.access import D2, Permission
from ward.projections import projection
from ward.reminders import offering
from ward.reminders.queries import Line, of_appointments
from ward.scheduling.questions import Reached, on_an_offer, on_the_sheet
from ward.work import Work


@projection(D2)
class Messages:
    """What the patient was sent, and what is planned."""

    lines: tuple[Line, ...]


@on_the_sheet.answer("messages", Permission.WATCH_REMINDERS)
async def messages(work: Work, ids: Sequence[UUID]) -> dict[UUID, Messages]:
    """Answer what was sent about these appointments."""
    found = await of_appointments(work, ids)
    return {one: Messages(tuple(found.get(one, ()))) for one in ids}


@on_an_offer.answer("reached", Permission.VIEW_PATIENT)
async def reached(work: Work, ids: Sequence[UUID]) -> dict[UUID, Reached]:
    """Answer when those who wait could be written to; nobody who has no address."""
    return {one: Reached(at) for one, at in (await offering.reached(work, ids)).items()}
