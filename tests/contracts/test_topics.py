"""Topics: the greatest step there is leaves room for another page, whoever has a similar name."""

from itertools import chain
from uuid import uuid4

from realtime.outbox import MOST_TOPICS
from ward.adt.events import PatientsSwapped
from ward.patients.events import PAGES, PatientAmended

MANY = tuple(uuid4() for _ in range(4))


def swapped() -> list[PatientsSwapped]:
    """Two people exchange wards of two branches, each with namesakes on both."""
    places, branches = (uuid4(), uuid4()), (uuid4(), uuid4())
    return [
        PatientsSwapped(
            patient_id=uuid4(),
            encounter_id=uuid4(),
            wards=places,
            branches=branches,
            namesakes=MANY,
            from_bed_id=uuid4(),
            to_bed_id=uuid4(),
        )
        for _ in range(2)
    ]


def test_a_swap_among_namesakes_leaves_room_for_two_more_pages() -> None:
    topics = set(chain.from_iterable(one.topics for one in swapped()))
    assert len(topics) + 2 * 2 <= MOST_TOPICS


def test_the_pages_of_a_namesake_are_no_locks_of_the_step() -> None:
    for event in (*swapped(), PatientAmended(uuid4(), uuid4(), namesakes=MANY)):
        assert not {topic.key for topic in event.topics} & set(MANY)
        assert len(event.soon) == len(PAGES) * len(MANY)
