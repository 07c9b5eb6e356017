"""A patient on Six West, whom the nurse of Six East has no relation to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.adt.conftest import open_scene  # noqa: F401 - a fixture
from tests.adt.scene import FIRST, Scene, six_east
from tests.stations import Filling, Sign, Station
from ward.adt.admit import admit
from ward.node import Node
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail

WORDS = "Cardiac arrest call, I am first at the bed."
FAMILY, SUBSTANCE = "Canaryfamily", "Canaryallergen"


@dataclass
class West:
    """Somebody on the other ward, whose record has words that stand nowhere else."""

    scene: Scene
    patient: UUID

    @property
    def path(self) -> str:
        return f"/patients/{self.patient}"

    async def broken(self, station: Station, words: str = WORDS) -> UUID:
        """Open the record, as the sheet does; give the case."""
        answer = await station.post(f"{self.path}/break-glass", reason="emergency", words=words)
        assert answer.status_code == 204, answer.text
        assert answer.headers["hx-redirect"] == self.path
        return await self.case()

    async def case(self) -> UUID:
        return await self.scene.scalar(
            "SELECT id FROM break_glass WHERE patient_id = :whom ORDER BY opened_at DESC LIMIT 1",
            whom=self.patient,
        )

    async def sql(self, statement: str, **values: object) -> None:
        async with self.scene.node.engine.begin() as connection:
            await connection.execute(text(statement), values)

    async def rows(self, statement: str, **values: object) -> list:
        async with self.scene.node.aside.connect() as connection:
            return list((await connection.execute(text(statement), values)).all())

    async def trail(self, case: UUID) -> list[tuple[str, str, str]]:
        """List what the trail says of a case: code, action, relation."""
        asked = (
            "SELECT code, action, relation FROM audit_event WHERE break_glass = :case ORDER BY at"
        )
        return [tuple(row) for row in await self.rows(asked, case=case)]

    async def moment(self, case: UUID, column: str) -> datetime | None:
        return await self.scene.scalar(f"SELECT {column} FROM break_glass WHERE id = :c", c=case)


@pytest.fixture
def beginnings() -> dict[str, Filling]:
    return {"west": on_west}


@pytest.fixture
async def west(open_scene: Scene) -> West:  # noqa: F811 - the fixture
    return West(open_scene, await open_scene.lies())


async def on_west(node: Node) -> None:
    """Somebody allergic lies on the other ward."""
    place = await six_east(node)
    patient = await place.patient(FAMILY, number=FIRST)
    async with place.work() as work:
        await admit(work, patient, place.beds["6W-01"])
    async with place.work() as work:
        await record_allergy(work, patient, AllergySaid(detail=AllergyDetail(SUBSTANCE)))


@pytest.fixture
async def privacy(sign: Sign) -> Station:
    return await sign("privacy")
