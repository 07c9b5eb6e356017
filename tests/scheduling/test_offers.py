"""Offers: a time that comes free goes to the first in line whom it suits, and is taken once."""

import asyncio
import random
from datetime import time, timedelta

import pytest

from domain import waitlists
from domain.appointment_codes import CancellationReason
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.spans import Span
from domain.waitlists import Leaving, OfferStatus, Priority, Slot
from tests.scheduling.clinic import LONDON, Clinic
from tests.scheduling.queue import Queue
from tests.settling import settled
from tests.turns import in_turn
from ward import clock, jobs
from ward.config import Settings
from ward.errors import Stale
from ward.node import open_node
from ward.scheduling import cancel, offers, reschedule, waitlist
from ward.scheduling.details import Wish
from ward.scheduling.in_the_way import Clashing
from ward.scheduling.waiting import WaitStatus
from ward.scheduling.waitlist import Wished, as_rule

STANDING = "SELECT count(*) FROM reservation WHERE ended_at IS NULL"


@pytest.fixture
def queue(clinic: Clinic) -> Queue:
    return Queue(clinic)


async def test_what_is_cancelled_is_offered_to_the_first_in_line(queue: Queue) -> None:
    clinic = queue.clinic
    first, second = await queue.waiting("Bell", "Khan")
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    await queue.call_off(row)
    assert await queue.who([first, second]) == [True, False]
    (offered,) = await queue.offers(first)
    assert (offered.visit, offered.clinic) == ("Follow-up", "Outpatients")
    assert (offered.start, offered.with_whom) == (row.starts_at, ("Dr Adeyemi",))
    with pytest.raises(Clashing):  # it is kept: no desk can take it
        await clinic.book(second, row.starts_at)
    taken = await queue.accept(offered)
    assert (taken.starts_at, taken.status) == (row.starts_at, AppointmentStatus.BOOKED)
    assert taken.confirmed_at is not None
    assert (await queue.entry(first)).status is WaitStatus.BOOKED
    assert await clinic.scene.scalar(STANDING) == 1
    await queue.settle(timedelta(days=1))
    assert await queue.who([first, second]) == [False, False]


async def test_nothing_is_offered_while_a_press_can_be_taken_back(queue: Queue) -> None:
    clinic = queue.clinic
    (waits,) = await queue.waiting("Bell")
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    async with clinic.work() as work:
        await cancel.cancel(work, row.id, CancellationReason.PATIENT, "", seen=None)
    await queue.settle()
    assert await queue.offers(waits) == ()
    assert await clinic.scene.scalar("SELECT count(*) FROM hold") == 0


async def test_a_declined_offer_passes_on_and_is_not_made_again(queue: Queue) -> None:
    clinic = queue.clinic
    first, second = await queue.waiting("Bell", "Khan")
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    await queue.call_off(row)
    await queue.decline((await queue.offers(first))[0])
    assert await queue.who([first, second]) == [False, True]
    await queue.decline((await queue.offers(second))[0])
    assert await queue.who([first, second]) == [False, False]
    assert await clinic.scene.scalar(STANDING) == 0
    assert (await queue.entry(first)).status is WaitStatus.WAITING


async def test_an_offer_nobody_answers_passes_to_the_next(queue: Queue) -> None:
    clinic = queue.clinic
    first, second = await queue.waiting("Bell", "Khan")
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=5))
    await queue.call_off(row)
    (offered,) = await queue.offers(first)
    await queue.until(offered)
    assert await queue.who([first, second]) == [False, True]
    with pytest.raises(NotAllowed, match="has ended"):
        await queue.accept(offered)
    (one, two) = await queue.made()
    assert (one.status, two.status) == (OfferStatus.EXPIRED, OfferStatus.OPEN)


@pytest.mark.parametrize("seed", range(3))
async def test_the_line_is_what_the_rule_says(queue: Queue, seed: int) -> None:
    clinic, chance = queue.clinic, random.Random(seed)
    day, rules = clinic.day(4), {}
    for nth in range(8):
        patient = await clinic.scene.patient(f"Bell{nth}")
        row = await queue.wait(
            patient,
            priority=chance.choice(list(Priority)),
            target_on=chance.choice([None, day, clock.now().date() - timedelta(days=1)]),
            not_before=chance.choice([None, day, day + timedelta(days=1)]),
            weekdays=chance.choice([[], [day.weekday()], [(day.weekday() + 3) % 7]]),
            opens=chance.choice([None, time(9), time(11)]),
        )
        rules[patient] = as_rule(row, Wish())
    at = clinic.at(10, days=4)
    await queue.call_off(await clinic.book(await clinic.scene.patient("Reid"), at))
    slot = Slot(
        span=Span.lasting(at, timedelta(minutes=20)), zone=LONDON,
        service=clinic.visits["Follow-up"], resources=frozenset(clinic.resources.values()),
    )  # fmt: skip
    line = [one.key for one in waitlists.candidates(rules.values(), slot, clock.now())]
    for _ in rules:
        for one in await queue.made():
            for offered in await queue.offers(one.patient_id):
                await queue.decline(offered)
    assert [one.entry_id for one in await queue.made()] == line


async def test_an_offer_outlives_the_node_that_made_it(queue: Queue, settings: Settings) -> None:
    clinic = queue.clinic
    first, second = await queue.waiting("Bell", "Khan")
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=5))
    async with clinic.work() as work:
        await cancel.cancel(work, row.id, CancellationReason.PATIENT, "", seen=None)
    clinic.scene.node = other = await open_node(settings)  # the first never comes to its jobs
    try:
        await queue.settle(timedelta(seconds=15))
        (offered,) = await queue.offers(first)
        await queue.until(offered)
        assert await queue.who([first, second]) == [False, True]
    finally:
        await other.close()


async def test_a_yes_that_comes_too_late_is_refused_before_anybody_has_passed_it_on(
    queue: Queue,
) -> None:
    clinic = queue.clinic
    (waits,) = await queue.waiting("Bell")
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=5))
    await queue.call_off(row)
    (offered,) = await queue.offers(waits)
    clock.shift(clock.offset() + (offered.until - clock.now()))
    assert await queue.offers(waits) == ()
    with pytest.raises(NotAllowed, match="has ended"):
        await queue.accept(offered)
    await clinic.book(waits, row.starts_at)  # whoever comes next finds it free


async def test_eight_who_accept_at_once_book_it_once(queue: Queue) -> None:
    clinic = queue.clinic
    (waits,) = await queue.waiting("Bell")
    await queue.call_off(
        await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    )
    (offered,) = await queue.offers(waits)

    async def press() -> str:
        try:
            await queue.accept(offered)
        except NotAllowed as refused:
            return refused.sentence
        return "booked"

    answers = await asyncio.gather(*(in_turn(press) for _ in range(8)))
    assert sorted(answers) == sorted(["booked", *["This time has been accepted already."] * 7])
    assert len(await queue.of(waits)) == 1


async def test_a_yes_and_a_no_at_once_are_one_answer(queue: Queue) -> None:
    clinic = queue.clinic
    (waits,) = await queue.waiting("Bell")
    await queue.call_off(
        await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    )
    (offered,) = await queue.offers(waits)
    pressed = (queue.accept(offered), queue.decline(offered))
    one, two = await asyncio.gather(*pressed, return_exceptions=True)
    assert isinstance(one, NotAllowed) != isinstance(two, NotAllowed)
    assert bool(await queue.of(waits)) == (not isinstance(one, NotAllowed))


async def test_the_later_appointment_moves_instead_of_a_second_one(queue: Queue) -> None:
    clinic = queue.clinic
    patient = await clinic.scene.patient("Bell")
    later = await clinic.book(patient, clinic.at(9, days=9), "Dr Müller")
    await queue.wait(patient, has_id=later.id)
    far = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(9, days=12))
    await queue.call_off(far)
    assert await queue.offers(patient) == ()  # not earlier than what they have
    row = await clinic.book(await clinic.scene.patient("Khan"), clinic.at(10, days=3))
    await queue.call_off(row)
    (offered,) = await queue.offers(patient)
    assert offered.instead_of == later.id
    moved = await queue.accept(offered)
    assert (moved.id, moved.starts_at) == (later.id, row.starts_at)
    assert len(await queue.of(patient)) == 1
    assert await clinic.scene.scalar(STANDING) == 1


async def test_who_has_nothing_to_give_up_any_more_is_offered_any_time(queue: Queue) -> None:
    clinic = queue.clinic
    patient = await clinic.scene.patient("Bell")
    had = await clinic.book(patient, clinic.at(9, days=6), "Dr Müller")
    await queue.wait(patient, has_id=had.id)
    await queue.call_off(had)  # what they called off themselves may be offered to them again
    offered = await queue.offers(patient)
    assert [one.instead_of for one in offered] == [None]
    await queue.accept(offered[0])
    booked = [one for one in await queue.of(patient) if one.status is AppointmentStatus.BOOKED]
    assert len(booked) == 1


async def test_two_times_that_come_free_at_once_go_to_two(queue: Queue, settings: Settings) -> None:
    clinic = queue.clinic
    people = await queue.waiting("Bell", "Khan", "Moss")
    rows = [
        await clinic.book(await clinic.scene.patient(f"Reid{hour}"), clinic.at(hour, days=3))
        for hour in (9, 10)
    ]
    async with clinic.work() as work:
        for row in rows:
            await cancel.cancel(work, row.id, CancellationReason.PATIENT, "", seen=None)
    other = await open_node(settings)
    try:
        clock.shift(clock.offset() + timedelta(seconds=15))
        await asyncio.gather(*(jobs.drain(node) for node in (clinic.scene.node, other)))
        await settled(clinic.scene.node)  # one that waited too long for the other goes again
    finally:
        await other.close()
    assert await queue.who(people) == [True, True, False]
    assert {one.starts_at for one in await queue.made()} == {row.starts_at for row in rows}
    assert await clinic.scene.scalar("SELECT count(*) FROM job WHERE attempts > 0") == 0


async def test_what_was_given_up_is_offered_in_its_turn(queue: Queue) -> None:
    clinic = queue.clinic
    patient = await clinic.scene.patient("Bell")
    row = await clinic.book(patient, clinic.at(9, days=4))
    (waits,) = await queue.waiting("Khan")
    async with clinic.work() as work:
        to = reschedule.NewTime(
            start=clinic.at(11, days=6), wall="2026-01-01T11:00",
            resources=[clinic.resources["Dr Müller"]],
        )  # fmt: skip
        await reschedule.reschedule(work, row.id, to, seen=None)
    await queue.settle(timedelta(seconds=15))
    (offered,) = await queue.offers(waits)
    assert offered.start == clinic.at(9, days=4)


async def test_wishes_are_kept(queue: Queue) -> None:
    clinic = queue.clinic
    doctor = clinic.resources["Dr Müller"]
    day = clinic.day(3)
    unsuited = {
        "Another": {"resource_id": doctor},
        "Late": {"not_before": day + timedelta(days=1)},
        "Early": {"not_after": day - timedelta(days=1)},
        "Weekday": {"weekdays": [(day.weekday() + 1) % 7]},
        "Afternoon": {"opens": time(13)},
        "Notice": {"notice_hours": 720},
    }
    people = [(await queue.waiting(name, **more))[0] for name, more in unsuited.items()]
    (suited,) = await queue.waiting("Suited", opens=time(10), closes=time(10, 20))
    await queue.call_off(
        await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    )
    assert await queue.who(people) == [False] * len(people)
    assert await queue.offers(suited)


async def test_a_visit_of_another_length_is_offered_what_it_fits(queue: Queue) -> None:
    clinic = queue.clinic
    patient = await clinic.scene.patient("Bell")
    await queue.wait(patient, "Echocardiogram", wish=Wish("Palpitations", "Dari"))
    row = await clinic.book(
        await clinic.scene.patient("Reid"), clinic.at(10, days=3), "Dr Adeyemi", "Room 1",
        visit="New patient",
    )  # fmt: skip
    await queue.call_off(row)
    (offered,) = await queue.offers(patient)
    assert set(offered.with_whom) == {"Dr Adeyemi", "Room 1", "Echo"}
    taken = await queue.accept(offered)
    assert taken.ends_at - taken.starts_at == timedelta(minutes=30)


async def test_the_urgent_go_first_and_the_busy_are_left_out(queue: Queue) -> None:
    clinic = queue.clinic
    (routine,) = await queue.waiting("Bell")
    (busy,) = await queue.waiting("Khan", priority=Priority.URGENT)
    (soon,) = await queue.waiting("Moss", priority=Priority.SOON)
    at = clinic.at(10, days=3)
    await clinic.book(busy, at, "Dr Müller", "Room 2", visit="New patient")
    row = await clinic.book(await clinic.scene.patient("Reid"), at)
    await queue.call_off(row)
    assert await queue.who([routine, busy, soon]) == [False, False, True]


async def test_a_patient_who_leaves_passes_what_was_kept_for_them_on(queue: Queue) -> None:
    clinic = queue.clinic
    first, second = await queue.waiting("Bell", "Khan")
    await queue.call_off(
        await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    )
    entry = await queue.entry(first)
    async with clinic.work() as work:
        await waitlist.remove(work, entry.id, Leaving.BETTER, "", seen=entry.version)
    await queue.settle()
    assert await queue.who([first, second]) == [False, True]
    assert (await queue.entry(first)).status is WaitStatus.WITHDRAWN
    with pytest.raises(Stale):
        async with clinic.work() as work:
            await waitlist.remove(work, entry.id, Leaving.BETTER, "", seen=entry.version)


async def test_what_the_clinic_takes_back_is_free_for_all(queue: Queue) -> None:
    clinic = queue.clinic
    first, second = await queue.waiting("Bell", "Khan")
    row = await clinic.book(await clinic.scene.patient("Reid"), clinic.at(10, days=3))
    await queue.call_off(row)
    (offered,) = await queue.offers(first)
    async with clinic.work() as work:
        await offers.withdraw(work, offered.id, seen=offered.version)
    await queue.until(offered)
    assert await queue.who([first, second]) == [False, False]
    with pytest.raises(NotAllowed, match="has been taken"):
        await queue.accept(offered)
    await clinic.book(second, row.starts_at)


async def test_who_is_booked_otherwise_waits_no_longer(queue: Queue) -> None:
    clinic = queue.clinic
    (suited,) = await queue.waiting("Bell")
    (late,) = await queue.waiting("Khan", not_after=clinic.day(4))
    await clinic.book(suited, clinic.at(9, days=5))
    has = await clinic.book(late, clinic.at(10, days=5))
    await queue.settle()
    assert (await queue.entry(suited)).status is WaitStatus.BOOKED
    entry = await queue.entry(late)
    assert (entry.status, entry.has_id) == (WaitStatus.WAITING, has.id)


async def test_a_wish_that_no_time_meets_is_refused(queue: Queue) -> None:
    clinic = queue.clinic
    patient = await clinic.scene.patient("Bell")
    today = clock.now().date()
    for wrong, said in (
        (
            {"not_before": today + timedelta(days=9), "not_after": today + timedelta(days=8)},
            "first",
        ),
        ({"opens": time(12), "closes": time(10)}, "end must be after"),
        ({"not_after": today - timedelta(days=2)}, "has passed"),
    ):
        with pytest.raises(NotAllowed, match=said):
            await queue.wait(patient, **wrong)
    other = await clinic.scene.patient("Khan")
    theirs = await clinic.book(other, clinic.at(9, days=5))
    said = Wished(visit_type_id=clinic.visits["New patient"], has_id=theirs.id)
    with pytest.raises(NotAllowed, match="Only a coming appointment"):
        async with clinic.work() as work:
            await waitlist.put(work, clinic.ward, patient, said)
