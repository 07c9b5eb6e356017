"""The queue: one place each, the next is called once, and nobody undoes another's press."""

import asyncio
from functools import partial

import pytest

from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.queues import TicketState
from tests.scheduling.clinic import Clinic
from tests.turns import in_turn
from ward import clock
from ward.arrivals import call
from ward.arrivals.arrive import arrive
from ward.arrivals.models import Ticket
from ward.errors import Stale
from ward.scheduling.models import Appointment

STEPS = "SELECT string_agg(step, ' ' ORDER BY at, id) FROM appointment_history"


async def comes(clinic: Clinic, row: Appointment) -> Ticket:
    async with clinic.work() as work:
        return await arrive(work, row.id, seen=None)


async def booked(clinic: Clinic, name: str, hour: int, minute: int = 0) -> Appointment:
    return await clinic.book(await clinic.scene.patient(name), clinic.at(hour, minute))


async def calls(clinic: Clinic) -> Ticket:
    async with clinic.work() as work:
        return await call.call_next(work, clinic.ward, clinic.resources["Room 1"])


async def test_who_comes_has_a_place_once(clinic: Clinic) -> None:
    row = await booked(clinic, "Bell", 9)
    ticket = await comes(clinic, row)
    assert (ticket.number, ticket.state) == (1, TicketState.WAITING)
    assert (await clinic.of(row)).status is AppointmentStatus.ARRIVED
    with pytest.raises(NotAllowed, match="Nobody can arrive"):
        await comes(clinic, row)
    assert await clinic.scene.scalar("SELECT count(*) FROM ticket") == 1


async def test_numbers_of_people_who_come_at_once_are_all_different(clinic: Clinic) -> None:
    rows = [await booked(clinic, f"Bell{n}", 9, 20 * n) for n in range(3)]
    rows += [await booked(clinic, f"Reid{n}", 10, 20 * n) for n in range(3)]
    tickets = await asyncio.gather(*(in_turn(partial(comes, clinic, row)) for row in rows))
    assert sorted(one.number for one in tickets) == [1, 2, 3, 4, 5, 6]


async def test_the_next_is_who_was_to_come_first(clinic: Clinic) -> None:
    late, early = await booked(clinic, "Late", 11), await booked(clinic, "Early", 9)
    clock.shift(clinic.at(8, 30) - clock.now())
    await comes(clinic, late)
    second = await comes(clinic, early)
    called = await calls(clinic)
    assert (called.id, called.state) == (second.id, TicketState.CALLED)
    assert called.room_id == clinic.resources["Room 1"]


async def test_two_who_call_at_once_call_two(clinic: Clinic) -> None:
    for n in range(2):
        await comes(clinic, await booked(clinic, f"Bell{n}", 9, 20 * n))
    one, two = await asyncio.gather(calls(clinic), calls(clinic))
    assert one.id != two.id
    with pytest.raises(NotAllowed, match="Nobody is waiting"):
        await calls(clinic)


async def test_who_presses_late_is_told_where_the_patient_is(clinic: Clinic) -> None:
    ticket = await comes(clinic, await booked(clinic, "Bell", 9))
    async with clinic.work() as work:
        await call.call(work, ticket.id, None, seen=ticket.version)
    with pytest.raises(Stale, match="001 was moved while you were looking: called"):
        async with clinic.work() as work:
            await call.leave(work, ticket.id, seen=ticket.version)


async def test_the_whole_way_through(clinic: Clinic) -> None:
    row = await booked(clinic, "Bell", 9)
    ticket = await comes(clinic, row)
    for press in (call.enter, call.back, call.enter, call.finish):
        async with clinic.work() as work:
            ticket = await press(work, ticket.id, seen=None)
    assert ticket.state is TicketState.DONE
    assert (await clinic.of(row)).status is AppointmentStatus.FULFILLED
    assert await clinic.scene.scalar(STEPS) == "booked arrived seen"


async def test_who_leaves_frees_the_time(clinic: Clinic) -> None:
    ticket = await comes(clinic, await booked(clinic, "Bell", 9))
    async with clinic.work() as work:
        await call.leave(work, ticket.id, seen=None)
    await booked(clinic, "Khan", 9)
