"""Two nodes behind one address: what is changed at one is seen at the other, whatever dies."""

import asyncio
from collections.abc import Callable

from tests.chaos.balancer import balancing
from tests.chaos.hospital import Hospital
from tests.chaos.witness import Notes, Station, converged, station
from tests.containers import Container, element

Seen = Callable[[Container], bool]
SOON = 3.0  # "about a second", on a machine that runs other tests beside this one
PATIENCE = 60.0  # where nothing is said of how soon


def board(place: Hospital) -> tuple[str, str]:
    return f"/wards/{place.ward_id}/beds", f"beds/{place.ward_id}"


async def reserve(place: Hospital, one: Station, word: str) -> Seen:
    """Change something that everybody on the ward sees: keep a bed. Tells how to see it."""
    bed, version = await place.free_bed()
    answer = await one.press(f"/beds/{bed}/reserve", version=version, note=word)
    assert answer.status_code == 200, answer.text
    return lambda shown: 'data-overlay="reserved"' in element(shown.body, f"bed-{bed}")


async def test_a_change_on_one_node_is_seen_on_the_other(place: Hospital, notes: Notes) -> None:
    path, topic = board(place)
    a, b = place.nodes
    async with (
        station(place, notes, "charge", a.url) as charge,
        station(place, notes, "nurse", b.url) as nurse,
        nurse.watching(path, topic),
    ):
        reserved = await reserve(place, charge, "theatre")
        await nurse.until(reserved, PATIENCE)
        await converged([nurse], path)
    assert await place.check(notes.lines) == []


async def test_a_dead_node_sends_its_clients_to_the_other(place: Hospital, notes: Notes) -> None:
    path, topic = board(place)
    a, b = place.nodes
    async with (
        balancing([a.port, b.port]) as balancer,
        station(place, notes, "nurse", balancer.url) as first,
        station(place, notes, "doctor", balancer.url) as second,
        station(place, notes, "charge", b.url) as charge,
    ):
        balancer.only = a.port
        async with first.watching(path, topic):
            balancer.only = None
            async with second.watching(path, topic):
                a.kill()
                reserved = await reserve(place, charge, "theatre")
                await asyncio.gather(*(one.until(reserved, PATIENCE) for one in (first, second)))
                await converged([first, second], path)
                assert first.connected + second.connected >= 3  # at least one had to come back
    assert await place.check(notes.lines) == []


async def test_a_frozen_node_is_left(place: Hospital, notes: Notes) -> None:
    path, topic = board(place)
    a, b = place.nodes
    async with (
        balancing([a.port, b.port]) as balancer,
        station(place, notes, "charge", b.url) as charge,
        station(place, notes, "nurse", balancer.url) as first,
        station(place, notes, "doctor", balancer.url) as second,
        first.watching(path, topic),
        second.watching(path, topic),
    ):
        with a.frozen():
            reserved = await reserve(place, charge, "theatre")
            await asyncio.gather(*(one.until(reserved, PATIENCE) for one in (first, second)))
            await converged([first, second], path)
    assert await place.check(notes.lines) == []


async def test_fifty_admissions_to_one_bed_through_two_nodes(place: Hospital, notes: Notes) -> None:
    bed, version = await place.free_bed()
    async with (
        station(place, notes, "nurse", place.nodes[0].url) as nurse,
        station(place, notes, "charge", place.nodes[1].url) as charge,
    ):
        answers = await asyncio.gather(
            *(
                (nurse, charge)[number % 2].post(
                    f"/beds/{bed}/admit", patient_id=patient, version=version
                )
                for number, patient in enumerate(place.waiting)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 49]
    refused = [answer.text for answer in answers if answer.status_code == 409]
    said = ("This bed is Occupied", "This changed while", "Somebody else")
    assert all(any(words in text for words in said) for text in refused)
    stays = await place.rows("SELECT count(*) FROM stay WHERE bed_id = $1", bed)
    assert stays[0][0] == 1
    assert await place.check(notes.lines) == []
