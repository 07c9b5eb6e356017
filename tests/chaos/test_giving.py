"""Giving: whichever node dies while many record the same doses, each is given once, and kept."""

import asyncio
import random
import re
from collections import Counter
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest

import ward.modules  # noqa: F401 - what reacts to a fact is known where the fact is recorded
from domain.access import Permission
from domain.allergies import AllergyState
from domain.frequencies import Code
from domain.orders import RequestPriority
from tests.adt.scene import Scene
from tests.chaos.hospital import NIGHTLY, Hospital
from tests.chaos.test_escalation import hands
from tests.chaos.witness import Notes, Station, station
from tests.medications.bedside import Bedside, banded, code
from tests.medications.scene import doses_of, prescribed
from tests.settling import settled
from ward.patients.models import Patient

DRUGS = ("amoxicillin", "paracetamol", "metoprolol")
ROUNDS = 40 if NIGHTLY else 4
PRESSES = 24 if NIGHTLY else 8  # of each dose
PATIENCE = 60.0  # seconds until somebody answers, on a machine that runs other tests beside this


@dataclass(frozen=True, slots=True)
class Answer:
    """What one press was answered in the end."""

    dose: UUID
    who: str
    status: int
    text: str


class Giving:
    """Two people at one bed with the same doses before them, each with both nodes to turn to."""

    def __init__(self, place: Hospital, scene: Scene, people: list[Station], notes: Notes) -> None:
        self.place, self.scene, self.people, self.notes = place, scene, people, notes
        self.packs = dict[str, int]()
        self.answers = list[Answer]()

    async def doses(self, patient: UUID) -> dict[UUID, int]:
        """Have a few doses be due at once; tell the pack of each."""
        async with self.scene.work() as work:
            row = await work.access(Patient, patient, Permission.RECORD_ALLERGY, lock=True)
            row.allergy_state = AllergyState.NONE_KNOWN
        stock = Bedside(self.scene, self.people[0], patient, packs=self.packs)  # type: ignore[arg-type]
        found = {}
        for drug in DRUGS:
            pack = await stock.pack(drug)
            stat = RequestPriority.STAT  # so that nobody waits for the pharmacist
            order = await prescribed(self.scene, patient, drug, Code.ONCE, priority=stat)
            found[(await doses_of(self.scene, order.id))[0][0].id] = pack
        return found

    async def round(self, patient: UUID, number: int) -> None:
        """Stand at the bed, press for every dose many times at both nodes, and hurt something."""
        doses = await self.doses(patient)
        worn = await banded(self.scene, patient)
        for one in self.people:
            read = await self.sent(one, f"/doses/{next(iter(doses))}/scan", 0, code=worn)
            assert read.status_code == 200, read.text
        pressed = [
            self.press(self.people[nth % 2], dose, pack, nth // 2)
            for dose, pack in doses.items()
            for nth in range(PRESSES)
        ]
        random.shuffle(pressed)
        *answers, _ = await asyncio.gather(*pressed, self.hurt(number))
        self.answers += answers
        await asyncio.to_thread(self.place.mend)

    async def press(self, one: Station, dose: UUID, pack: int, first: int) -> Answer:
        await asyncio.sleep(random.uniform(0, 0.4))
        answer = await self.sent(one, f"/doses/{dose}/give", first, pack=code(pack), revision=1)
        return Answer(dose, one.session, answer.status_code, answer.text)

    async def sent(self, one: Station, path: str, first: int, **said: object) -> httpx.Response:
        """Send a form to one node, and the same again to the other until somebody answers."""
        form = {name: str(value) for name, value in said.items()}
        form["idempotency_key"] = str(uuid4())
        async with asyncio.timeout(PATIENCE):
            for nth in range(first, 10_000):
                url = self.place.nodes[nth % 2].url
                headers = {"hx-request": "true", "origin": url}
                try:
                    answer = await one.client.post(f"{url}{path}", data=form, headers=headers)
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
                    continue
                if answer.status_code < 500:
                    self.notes.saved(answer)
                    return answer
                assert answer.status_code == 503, answer.text
                await asyncio.sleep(0.1)
        raise AssertionError(path)

    async def hurt(self, number: int) -> None:
        """Kill a node by turns; every other round without Redis."""
        redis = self.place.stores.redis
        assert redis is not None
        if number % 4 >= 2:
            redis.kill()
        await asyncio.sleep(random.uniform(0.05, 0.3))
        victim = self.place.nodes[number % 2]
        victim.kill()
        await asyncio.sleep(0.2)
        victim.start()


@pytest.fixture
def seed() -> int:
    chosen = random.randrange(2**32)
    random.seed(chosen)
    return chosen


def _words(one: Answer) -> str:
    """Say what somebody was told, without the marks around it."""
    return f"{one.status} {' '.join(re.sub('<[^>]*>', ' ', one.text).split())[:300]}"


async def test_whoever_dies_each_dose_is_given_once_and_kept(
    place: Hospital, notes: Notes, seed: int
) -> None:
    async with (
        hands(place) as node,
        station(place, notes, "nurse") as nurse,
        station(place, notes, "charge") as charge,
    ):
        giving = Giving(
            place, Scene(node, place.ward_id, place.ward_id, {}), [nurse, charge], notes
        )
        for number in range(ROUNDS):
            await giving.round(place.lying[number % len(place.lying)], number)
            await settled(node)
        users = {
            one.session: (await place.rows("SELECT user_id FROM session WHERE id = $1",
                                           UUID(one.session)))[0][0]
            for one in (nurse, charge)
        }  # fmt: skip
    kept = await place.rows(
        "SELECT dose_id, recorded_by, status FROM medication_administration WHERE voided_at IS NULL"
    )
    rows = {row["dose_id"]: row["recorded_by"] for row in kept}
    assert len(rows) == len(kept) == ROUNDS * len(DRUGS), seed
    told = [(one.dose, users[one.who]) for one in giving.answers if one.status == 200]
    assert sorted(told) == sorted(rows.items()), seed  # one 200 for each dose, and it is true
    refused = [one for one in giving.answers if one.status != 200]
    odd = Counter(_words(one) for one in refused if "gave this dose at" not in one.text)
    assert not odd, (seed, odd.most_common(5))
    assert await place.check(notes.lines) == [], seed
