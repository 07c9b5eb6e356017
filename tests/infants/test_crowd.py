"""A crowd: eight people press at once what moves and links patients; afterwards all agrees."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from tests.adt.scene import Scene, six_east
from tests.infants.conftest import newborn
from tests.interop.hl7.passing import Administration
from tests.settling import settled
from tests.stations import Running, Sign, Station
from tests.watchers import Watcher, watching
from ward import render
from ward.invariants import examine
from ward.node import Pictures
from ward.patients.register import register

PEOPLE = ("nurse", "nurse", "charge", "charge", "nurse2", "nurse2", "nurse2", "charge")
EACH, SEED = 20, 20261122
ANSWERS = {200, 204, 403, 404, 409, 422}
DEEDS = ["admit"] * 5 + ["clean"] * 4 + ["transfer", "together"] * 3
DEEDS += ["swap", "discharge", "cancel", "link", "unlink", "ask", "accept", "accept", "home"]

LYING = """
    SELECT s.patient_id, s.bed_id, e.id, e.version, s.ward_id FROM stay s
    JOIN encounter e ON e.id = s.encounter_id WHERE s.ended_at IS NULL AND s.voided_at IS NULL
    ORDER BY s.bed_id
"""
BEDS = "SELECT id, status, version, ward_id FROM bed WHERE id = ANY(:beds) ORDER BY id"
LINKS = "SELECT id, patient_id, mother_id, version FROM infant_link WHERE ended_at IS NULL"
ASKED = """
    SELECT id, patient_id, to_ward_id, version FROM move_request
    WHERE status IN ('requested', 'accepted') ORDER BY id
"""
LAST = "SELECT step FROM movement WHERE encounter_id = :of AND cancelled_at IS NULL"
LAST += " AND step IN ('admitted', 'transferred', 'swapped', 'discharged') ORDER BY id DESC LIMIT 1"

NOTHING = {
    "overlapping stays of a patient or in a bed": """
        SELECT 1 FROM stay a JOIN stay b ON a.id < b.id
            AND (a.bed_id = b.bed_id OR a.patient_id = b.patient_id)
        WHERE a.voided_at IS NULL AND b.voided_at IS NULL
            AND tstzrange(a.started_at, a.ended_at) && tstzrange(b.started_at, b.ended_at)
    """,
    "an open stay without a running encounter, or the other way round": """
        SELECT 1 FROM encounter e FULL JOIN (
            SELECT encounter_id FROM stay WHERE ended_at IS NULL AND voided_at IS NULL
        ) s ON s.encounter_id = e.id
        WHERE (e.status IN ('in-progress', 'onleave')) IS DISTINCT FROM
            (s.encounter_id IS NOT NULL)
    """,
    "two links of an infant": """
        SELECT 1 FROM infant_link WHERE ended_at IS NULL GROUP BY patient_id HAVING count(*) > 1
    """,
    "a bed reserved for somebody who has left, or who lies in it": """
        SELECT 1 FROM bed b JOIN encounter e ON e.id = b.held_for
        WHERE e.status IN ('finished', 'cancelled', 'entered-in-error') OR EXISTS (
            SELECT 1 FROM stay s WHERE s.encounter_id = e.id AND s.bed_id = b.id
                AND s.ended_at IS NULL AND s.voided_at IS NULL)
    """,
    "a request that was accepted with a bed that is not kept for it": """
        SELECT 1 FROM move_request m JOIN bed b ON b.id = m.bed_id
        WHERE m.status = 'accepted' AND b.held_for IS DISTINCT FROM m.encounter_id
    """,
    "somebody who is asked for where they lie": """
        SELECT 1 FROM move_request m JOIN patient p ON p.id = m.patient_id
        WHERE m.status IN ('requested', 'accepted') AND m.to_ward_id = p.ward_id
    """,
    "a step that no other system was told, or was told twice": """
        SELECT 1 FROM movement m LEFT JOIN hl7_outbound o
            ON o.once LIKE m.id || '%' AND o.patient_id = m.patient_id
        WHERE m.step <> 'swapped' GROUP BY m.id HAVING count(o.id) <> 1
    """,
    "a swap that was not told once": """
        SELECT 1 FROM (SELECT DISTINCT recorded_at, least(from_bed_id, to_bed_id),
            greatest(from_bed_id, to_bed_id) FROM movement WHERE step = 'swapped') m
        HAVING count(*) <> (SELECT count(*) FROM hl7_outbound
            WHERE event = 'A17' AND part_of_id IS NULL)
    """,
    "a patient whose line is in another order than their steps": """
        SELECT 1 FROM (SELECT o.seq, m.id, lag(m.id) OVER (
            PARTITION BY o.patient_id ORDER BY o.seq) AS before
            FROM hl7_outbound o JOIN movement m ON o.once = m.id::text) line WHERE before > id
    """,
    "a job that is parked": "SELECT 1 FROM job WHERE parked_at IS NOT NULL",
}


@dataclass
class Crowd:
    """Who presses, whom it is about, and what every screen shows."""

    scene: Scene
    people: Sequence[Station]
    mothers: Sequence[UUID]
    infants: Sequence[UUID]
    beds: Sequence[UUID]
    screens: Sequence[Watcher]
    pas: Administration
    said: Counter[tuple[str, int]] = field(default_factory=Counter)

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.scene.node.aside.connect() as connection:
            return list((await connection.execute(text(sql), values)).all())

    async def press(self, nth: int) -> None:
        """Let one person press, one thing after another; all of them do so at once."""
        dice, station = random.Random(SEED + nth), self.people[nth]
        for _ in range(EACH):
            deed = dice.choice(DEEDS)
            path, fields = await self._form(deed, dice)
            if path:
                answer = await station.post(path, **fields)
                assert answer.status_code in ANSWERS, (deed, answer.status_code, answer.text)
                self.said[deed, answer.status_code] += 1

    async def _form(self, deed: str, dice: random.Random) -> tuple[str, dict[str, Any]]:
        lying = await self.rows(LYING)
        beds = await self.rows(BEDS, beds=list(self.beds))
        if deed == "admit":
            bed = dice.choice([one for one in beds if one.status == "U"] or beds)
            who = dice.choice([*self.mothers, *self.infants])
            return f"/beds/{bed.id}/admit", {"patient_id": who, "version": bed.version}
        if deed == "clean":
            bed = dice.choice([one for one in beds if one.status in "HK"] or beds)
            to = "H" if bed.status == "K" else "U"
            return f"/beds/{bed.id}/status", {"to": to, "version": bed.version}
        if deed in {"link", "unlink"}:
            return await self._linking(deed, dice)
        if deed == "accept":
            return await self._accepted(dice, beds)
        one = dice.choice(lying) if lying else None
        ready = [bed.id for bed in beds if bed.status == "U"] or list(self.beds)
        return await self._moving(deed, dice, one, (lying, ready)) if one else ("", {})

    async def _moving(
        self, deed: str, dice: random.Random, one: Any, there: tuple[Sequence[Any], Sequence[UUID]]
    ) -> tuple[str, dict[str, Any]]:
        path, fields = f"/stays/{one.id}", {"version": one.version}
        bed, other = dice.choice(there[1]), dice.choice(there[0])
        match deed:
            case "transfer":
                keep = dice.choice(["yes", None])
                return f"{path}/transfer", fields | {"bed_id": bed, "keep": keep}
            case "together":
                with_ = {f"along-{other.id}": "yes", f"seen-{other.id}": other.version}
                with_[f"bed-{other.id}"] = dice.choice(there[1])
                return f"{path}/transfer", fields | {"bed_id": bed} | with_
            case "swap":
                return f"{path}/swap", fields | {"other_id": other.id}
            case "discharge":
                why = dice.choice([None, "Goes home"])
                return f"{path}/discharge", fields | {"disposition": "home", "override_reason": why}
            case "cancel":
                steps = [row.step for row in await self.rows(LAST, of=one.id)]
                step = {"admitted": "admission", "discharged": "discharge"}
                named = step.get(steps[0] if steps else "", "transfer")
                return f"{path}/cancel", fields | {"step": named, "reason": "wrong-bed"}
            case "ask":
                wards = [self.scene.east, self.scene.west]
                return f"{path}/request", fields | {"ward_id": dice.choice(wards)}
            case _:
                return f"{path}/home", fields | {"home_on": "2030-01-02"}

    async def _linking(self, deed: str, dice: random.Random) -> tuple[str, dict[str, Any]]:
        if deed == "link":
            infant, mother = dice.choice(self.infants), dice.choice(self.mothers)
            return f"/patients/{infant}/mother", {"mother_id": mother}
        links = await self.rows(LINKS)
        if not links:
            return "", {}
        one = dice.choice(links)
        return f"/infant-links/{one.id}/end", {"version": one.version, "reason": "Wrong"}

    async def _accepted(
        self, dice: random.Random, beds: Sequence[Any]
    ) -> tuple[str, dict[str, Any]]:
        asked = await self.rows(ASKED)
        if not asked:
            return "", {}
        one = dice.choice(asked)
        free = [bed for bed in beds if bed.status == "U"] or beds
        there = [bed.id for bed in free if bed.ward_id == one.to_ward_id] or [beds[0].id]
        fields = {"bed_id": dice.choice(there), "version": one.version}
        return f"/moves/{one.id}/accept", fields | {"arrived": dice.choice(["yes", None])}

    async def equal(self) -> None:
        """Compare every open page with a fresh one that nothing was kept for."""
        for watcher in self.screens:
            self.scene.node.pictures = Pictures()
            getattr(render, "_REMEMBERED", {}).clear()
            await watcher.settled()


@pytest.fixture
async def crowd(ward: Running, sign: Sign) -> AsyncIterator[Crowd]:
    scene, pas = await six_east(ward.node), Administration(ward.node)
    async with ward.node.aside.begin() as connection:  # one of them may work on every ward
        everywhere = "UPDATE user_grant SET ward_id = NULL FROM app_user u"
        await connection.execute(text(f"{everywhere} WHERE u.id = user_id AND username <> 'nurse'"))
    async with scene.work() as work:
        infants = [(await register(work, newborn(f"Young{n}"))).id for n in range(4)]
    mothers = [await scene.patient(f"Crowd{n}") for n in range(5)]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(pas.open())
        people = [await sign(name) for name in PEOPLE]
        pages = {f"beds/{one}": f"/wards/{one}/beds" for one in (scene.east, scene.west)}
        pages |= {f"chart/{one}": f"/patients/{one}" for one in (mothers[0], infants[0])}
        everywhere = people[4]
        screens = [
            await stack.enter_async_context(watching(everywhere, path, topic))
            for topic, path in pages.items()
        ]
        beds = [*scene.beds.values()]
        yield Crowd(scene, people, mothers, infants, beds, screens, pas)


async def test_whatever_a_crowd_presses_all_agrees_afterwards(crowd: Crowd) -> None:
    async with asyncio.TaskGroup() as together:
        for nth in range(len(PEOPLE)):
            together.create_task(crowd.press(nth))
    assert crowd.said["admit", 200] > 1
    node = crowd.scene.node
    await settled(node)
    for what, sql in NOTHING.items():
        assert not await crowd.rows(sql), what
    assert [one.name for one in await examine(node) if one.violations] == []
    await crowd.equal()
