"""Sampling: the demo's patients have series when it opens, and are tested by themselves."""

import asyncio
from decimal import Decimal

from sqlalchemy import select

from domain.access import Permission
from tests.dev.test_rounds import EAST
from tests.dev.test_simulator import later, scalar  # noqa: F401 - fixtures
from tests.interop.hl7.listening import listening
from tests.settling import PATIENCE, settled
from ward.dev.people import everybody
from ward.dev.simulator.analysis import Story, found, story_of
from ward.dev.simulator.laboratory import Laboratory
from ward.dev.simulator.look import marks_of
from ward.dev.simulator.pace import Pace
from ward.dev.simulator.sampling import Sampling
from ward.dev.tested import report_history
from ward.interop.hl7.intake import Intake
from ward.interop.hl7.outbound.receivers import receivers
from ward.interop.hl7.outbound.sender import drain as post
from ward.interop.hl7.worker import drain
from ward.invariants import examine
from ward.labs.details import ResultDetail
from ward.labs.models import LabResult
from ward.node import Node
from ward.patients.models import Patient
from ward.security.actors import System
from ward.work import work_as

SOMEBODY = System("test:person", frozenset(Permission))
REPORTS = "SELECT count(*) FROM diagnostic_report"
READ = REPORTS + " WHERE acknowledged_at IS NOT NULL"


async def series(node: Node, mrn: str, key: str) -> list[Decimal]:
    """Read a test of one of the cast, the oldest value first."""
    marks = {one.mrn: mark for mark, one in marks_of(node).items()}
    async with work_as(node, SOMEBODY, "test") as work:
        mine = select(LabResult).join(Patient, Patient.id == LabResult.patient_id)
        rows = await work.every(
            mine.where(Patient.mrn_hash == marks[mrn]).order_by(LabResult.observed_at),
            Permission.VIEW_LABS,
        )
        details: dict[object, ResultDetail] = await work.open(rows, LabResult.detail)
    return [one.number for row in rows if (one := details[row.id]).key == key and one.number]


def of_story(story: Story, hours: int) -> str:
    """Find somebody on Six East who has been here for so long."""
    return next(
        one.mrn
        for one in everybody()
        if one.bed.startswith("6E") and one.hours > hours and story_of(one.mrn) is story
    )


@EAST
async def test_series_are_there_when_the_demo_opens_and_once(node: Node) -> None:
    made = await report_history(node)
    assert made == await scalar(node, REPORTS) > 40
    shown = sum(
        one.bed.startswith("6E") and (one.stays or story_of(one.mrn) is not Story.WELL)
        for one in everybody()
    )
    assert await scalar(node, READ) == made - shown
    creatinine = await series(node, of_story(Story.KIDNEY, 48), "creat")
    assert len(creatinine) == 6
    assert creatinine == sorted(creatinine)
    assert creatinine[-1] > creatinine[0] * 2
    haemoglobin = await series(node, of_story(Story.BLEEDING, 40), "hgb")
    assert haemoglobin == sorted(haemoglobin, reverse=True)
    assert await report_history(node) == 0
    assert [one.sentence for one in await examine(node) if one.violations] == []


def test_a_story_ends_in_something_critical_and_mends() -> None:
    kidney, bleeding = (of_story(story, 0) for story in (Story.KIDNEY, Story.BLEEDING))
    potassium = [Decimal(found(kidney, ["k"], tube)[0].value) for tube in range(17)]
    haemoglobin = [Decimal(found(bleeding, ["hgb"], tube)[0].value) for tube in range(17)]
    assert Decimal("6.5") <= max(potassium) < Decimal("7.5")
    assert min(haemoglobin) <= Decimal("7.2")
    assert potassium[15] < Decimal("4.8") < potassium[9]
    assert haemoglobin[9] < Decimal(9) < haemoglobin[15]


@EAST
async def test_tests_are_ordered_taken_measured_and_read(
    node: Node,
    later,  # noqa: F811
    monkeypatch,
) -> None:
    monkeypatch.setattr("ward.dev.simulator.laboratory.MEASURING", 0.0)
    async with listening(Intake(node).handle) as intake:
        laboratory = Laboratory(port=0, answers_to=intake.port)
        await laboratory.start()
        at = f"laboratory=127.0.0.1:{laboratory.port}"
        node.settings = node.settings.model_copy(update={"hl7_receivers": at})
        sampling, before = Sampling(node, Pace(60)), await scalar(node, REPORTS)
        try:
            for _ in range(24):
                later(70)
                await sampling.step()
                await settled(node)
                while await post(node, receivers(node.settings)[0]):
                    pass
                async with asyncio.timeout(PATIENCE):
                    while laboratory._tasks._held:  # noqa: ASYNC110 - what it is measuring
                        await asyncio.sleep(0.01)
                await drain(node)
        finally:
            await laboratory.stop()
    assert {"order_labs", "collect", "acknowledge"} <= set(sampling.done)
    assert sampling.done["refused"] == 0, sampling.done
    assert await scalar(node, REPORTS) > before + 3
    assert [one.sentence for one in await examine(node) if one.violations] == []


@EAST
async def test_without_a_laboratory_nothing_is_ordered(node: Node, later) -> None:  # noqa: F811
    sampling = Sampling(node, Pace(60))
    later(3600)
    assert await sampling.step() is None
