"""Booking: all or nothing, one winner, everything in the way named, and times that fit instead."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from domain.access import Permission
from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from tests.scheduling.clinic import Clinic
from tests.turns import in_turn
from ward.errors import Forbidden
from ward.scheduling import fit
from ward.scheduling.book import book
from ward.scheduling.find import openings_for
from ward.scheduling.in_the_way import Clashing
from ward.security.actors import System
from ward.work import work_as

TRIO = ("Dr Adeyemi", "Room 1", "Echo")
DESK = System("job:desk", frozenset(Permission) - {Permission.OVERBOOK})
LIVE = "SELECT count(*) FROM reservation WHERE ended_at IS NULL"
LOCKED = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 23789"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def test_it_takes_everybody_and_everything_at_once(clinic: Clinic) -> None:
    patient = await clinic.scene.patient()
    row = await clinic.book(patient, clinic.at(10), *TRIO, visit="Echocardiogram")
    assert row.status is AppointmentStatus.BOOKED
    assert row.ends_at - row.starts_at == timedelta(minutes=30)
    assert await clinic.scene.scalar(LIVE) == 3
    longest = "SELECT max(ends_at - starts_at) FROM reservation"
    assert await clinic.scene.scalar(longest) == timedelta(minutes=40)  # its cleaning after it


async def test_a_clash_names_all_that_is_in_the_way_and_three_times_that_fit(
    clinic: Clinic,
) -> None:
    first, second = await clinic.scene.patient("Khan", "Aisha"), await clinic.scene.patient("Bell")
    await clinic.book(first, clinic.at(10), *TRIO, visit="Echocardiogram")
    with pytest.raises(Clashing) as refused:
        await clinic.book(second, clinic.at(10, 20), *TRIO, visit="Echocardiogram")
    said = refused.value.sentence
    for who in TRIO:
        assert f"{who} has KHAN, Aisha 10:00\u201310:40." in said
    openings = refused.value.openings
    assert len(openings) == 3
    assert all(set(one.labels) >= {"Dr Adeyemi", "Room 1", "Echo"} for one in openings)
    assert await clinic.scene.scalar(LIVE) == 3
    for one in openings:  # what is offered can be had
        said_again = clinic.said(second, one.span.start, visit="Echocardiogram")
        async with clinic.work() as work:
            await book(work, replace(said_again, resources=one.resources))
            await work.give_up()


async def test_nobody_waits_while_times_that_fit_are_looked_for(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await clinic.scene.patient("Khan", "Aisha"), await clinic.scene.patient("Bell")
    await clinic.book(first, clinic.at(10))
    locked = list[int]()

    async def looking(work, looked):
        locked.append(await clinic.scene.scalar(LOCKED))
        return await openings_for(work, looked)

    monkeypatch.setattr(fit, "openings_for", looking)
    async with clinic.work() as work:  # a message, or a patient: no other time is wanted
        with pytest.raises(Clashing) as refused:
            await book(work, clinic.said(second, clinic.at(10)))
        assert (refused.value.openings, locked) == ((), [])
        assert await clinic.scene.scalar(LOCKED) == 2
        await work.give_up()
    with pytest.raises(Clashing) as refused:
        await clinic.book(second, clinic.at(10))
    assert (len(refused.value.openings), locked) == (3, [0])


async def test_of_many_who_book_at_once_one_wins(clinic: Clinic) -> None:
    people = [await clinic.scene.patient(f"Bell{letter}") for letter in "abcdefghijklmnopqrst"]
    start = clinic.at(11)

    async def one(patient) -> str:
        try:
            await clinic.book(patient, start, "Dr Adeyemi", "Room 1", visit="New patient")
        except Clashing:
            return "refused"
        return "booked"

    answers = await asyncio.gather(*(in_turn(partial(one, each)) for each in people))
    assert sorted(answers) == ["booked"] + ["refused"] * 19
    assert await clinic.scene.scalar(LIVE) == 2


async def test_times_that_touch_do_not_clash_and_cleaning_counts(clinic: Clinic) -> None:
    people = [await clinic.scene.patient(name) for name in ("Bell", "Khan", "Reid")]
    await clinic.book(people[0], clinic.at(9))
    await clinic.book(people[1], clinic.at(9, 20))
    await clinic.book(people[0], clinic.at(14), "Dr Adeyemi", "Room 1", visit="New patient")
    with pytest.raises(Clashing):  # the room is cleaned until 14:50
        await clinic.book(people[2], clinic.at(14, 45), "Dr Müller", "Room 1", visit="New patient")
    await clinic.book(people[2], clinic.at(14, 50), "Dr Müller", "Room 1", visit="New patient")


async def test_nobody_is_in_two_places(clinic: Clinic) -> None:
    patient = await clinic.scene.patient()
    await clinic.book(patient, clinic.at(9), "Dr Adeyemi")
    with pytest.raises(Clashing, match="The patient has another appointment"):
        await clinic.book(patient, clinic.at(9, 10), "Dr Müller")


async def test_outside_hours_and_what_is_past_are_refused(clinic: Clinic) -> None:
    patient = await clinic.scene.patient()
    with pytest.raises(Clashing, match="Dr Adeyemi is not open") as refused:
        await clinic.book(patient, clinic.at(17, 50))
    assert refused.value.openings
    with pytest.raises(Clashing, match="has passed"):
        await clinic.book(patient, clinic.at(9) - timedelta(days=14))
    with pytest.raises(NotAllowed, match="needs a room"):
        await clinic.book(patient, clinic.at(9), "Dr Adeyemi", visit="New patient")


async def test_beside_another_only_with_the_right_and_a_reason(clinic: Clinic) -> None:
    first, second, third = [await clinic.scene.patient(name) for name in ("Bell", "Khan", "Reid")]
    start = clinic.at(9)
    await clinic.book(first, start)
    beside = await clinic.book(second, start, overbook="Cannot wait a week")
    assert beside.overbooked
    with pytest.raises(Clashing):  # one beside another is the most
        await clinic.book(third, start, overbook="Nor can she")
    async with work_as(clinic.scene.node, DESK, "test") as work:
        with pytest.raises(Forbidden):
            await book(work, clinic.said(third, start, overbook="Me too"))
        await work.give_up()
