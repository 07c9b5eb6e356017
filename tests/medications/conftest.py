"""A patient in a bed of Six East with no known allergies, and a clock that goes back."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.access import Permission
from domain.allergies import AllergyState
from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.adt.scene import FIRST, Scene, six_east
from tests.stations import Filling, Sign, Station
from ward import clock
from ward.adt.admit import admit
from ward.node import Node
from ward.patients.models import Patient
from ward.wristbands.service import issue


@pytest.fixture(autouse=True)
def _true_time():
    yield
    clock.shift(timedelta(0))


@pytest.fixture
def beginnings() -> dict[str, Filling]:
    return {"bed": banded, "ida": asked, "quiet_ida": asked}


async def asked(node: Node) -> None:
    """Somebody lies in bed 01 since two hours."""
    await admitted(await six_east(node), number=FIRST)


async def banded(node: Node) -> None:
    """The same, with a wristband."""
    place = await six_east(node)
    patient = await admitted(place, number=FIRST)
    async with place.work() as work:
        await issue(work, patient)


@pytest.fixture
async def ida(open_scene: Scene) -> UUID:  # noqa: F811 - the fixture
    """Somebody in bed 01 since two hours, who was asked and has no allergies; a node serves."""
    return await open_scene.lies()


@pytest.fixture
async def quiet_ida(scene: Scene) -> UUID:  # noqa: F811 - the fixture
    """The same where nobody is connected."""
    return await scene.lies()


async def admitted(
    place: Scene, bed: str = "6E-01", family: str = "Quillfeather", number: str | None = None
) -> UUID:
    """Admit somebody of whom it is known that there are no allergies."""
    patient_id = await place.patient(family, number=number)
    async with place.work() as work:
        await admit(work, patient_id, place.beds[bed], at=work.now - timedelta(hours=2))
    async with place.work() as work:
        may = Permission.RECORD_ALLERGY
        patient = await work.access(Patient, patient_id, may, lock=True)
        patient.allergy_state = AllergyState.NONE_KNOWN
    return patient_id


@pytest.fixture
async def pharmacist(sign: Sign) -> Station:
    """Rosa at the dispensary."""
    return await sign("pharmacist")


@pytest.fixture
async def doctor2(sign: Sign) -> Station:
    """Emil, a second prescriber."""
    return await sign("doctor2")
