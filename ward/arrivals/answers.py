"""Answers: what the calendar learns of who came: waiting, called, or in which room."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.queues import TicketState
from ward.arrivals.models import Ticket
from ward.patients.queries import among
from ward.scheduling.questions import Here, on_the_calendar
from ward.work import Work

_SEE = Permission.VIEW_QUEUE
_TICKETS = select(Ticket).where(among(Ticket.appointment_id, "appointments"))


@on_the_calendar.answer("place", _SEE)
async def place(work: Work, ids: Sequence[UUID]) -> dict[UUID, Here]:
    """Answer: where is whoever came for each of these appointments?"""
    tickets = await work.every(_TICKETS, _SEE, appointments=list(ids))
    return {one.appointment_id: _here(one) for one in tickets if one.state in _LOOKS}


_LOOKS = {
    TicketState.WAITING: "waiting",
    TicketState.CALLED: "called",
    TicketState.IN_ROOM: "in-room",
}


def _here(one: Ticket) -> Here:
    since = {TicketState.IN_ROOM: one.in_room_at, TicketState.CALLED: one.called_at}
    return Here(
        appointment_id=one.appointment_id,
        look=_LOOKS[one.state],
        since=since.get(one.state) or one.waits_since,
        room_id=one.room_id,
        number=one.number,
    )
