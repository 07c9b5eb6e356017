"""A hospital for each worker of the run; what one test breaks is mended before the next."""

from collections.abc import Iterator

import pytest

from tests.chaos.hospital import Hospital, hospital
from tests.chaos.witness import Notes


@pytest.fixture(scope="session")
def _hospital() -> Iterator[Hospital]:
    with hospital() as place:
        yield place


@pytest.fixture
def place(_hospital: Hospital) -> Hospital:
    """The hospital, whole."""
    _hospital.mend()
    return _hospital


@pytest.fixture
def notes(place: Hospital) -> Notes:
    """What this test's stations see."""
    return Notes(place.people)
