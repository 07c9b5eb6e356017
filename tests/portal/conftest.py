"""A clinic on a node that serves, and a patient who signs in there."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from domain.access import Permission
from tests.scheduling.clinic import Clinic
from tests.scheduling.conftest import (  # noqa: F401 - fixtures
    _true_time,
    beginnings,
    open_door,
    open_scene,
)
from tests.stations import Sign, Station, ids
from ward.db import new_id
from ward.patients.models import PatientAccount
from ward.scheduling.clinics import VisitType
from ward.scheduling.models import Appointment


@dataclass
class Own:
    """A patient at their own pages, and the clinic they come to."""

    station: Station
    patient: UUID
    clinic: Clinic

    async def book(self, hour: int = 9, *who: str, days: int = 3, **more) -> Appointment:
        """Book the patient at the clinic, on a weekday some days from now."""
        return await self.clinic.book(self.patient, self.clinic.at(hour, days=days), *who, **more)

    async def version(self, row: Appointment) -> int:
        """Read the version a form of an appointment would carry."""
        return (await self.clinic.of(row)).version


async def linked(clinic: Clinic, patient: UUID) -> None:
    """Make the demo's sign-in `patient` this patient's own."""
    user = (await ids(clinic.scene.node, "app_user", "username"))["patient"]
    async with clinic.work() as work:
        row = PatientAccount(id=new_id(), user_id=user, patient_id=patient, since=work.now)
        work.add(row, Permission.REGISTER_PATIENT)


@pytest.fixture
async def own(open_door: Clinic, sign: Sign) -> Own:  # noqa: F811 - the fixture
    """A patient with an account, at a clinic whose visits are open to patients."""
    patient = await open_door.scene.patient("Smithson", "Joan")
    await linked(open_door, patient)
    async with open_door.work() as work:
        for key in open_door.visits.values():
            row = await work.access(VisitType, key, Permission.SET_SCHEDULE, lock=True)
            row.online = row.label != "Echocardiogram"
    return Own(await sign("patient"), patient, open_door)
