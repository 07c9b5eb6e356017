"""The loopback laboratory: an order goes out over MLLP and its results come back by themselves."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import select

from domain.lab_orders import RequestStatus, Urgency
from tests.adt.conftest import quiet, scene  # noqa: F401 - fixtures
from tests.interop.hl7.listening import listening
from tests.labs.reports import results
from tests.medications.conftest import admitted
from tests.settling import PATIENCE, settled
from ward.dev.simulator import analysis, laboratory
from ward.dev.simulator.analysis import Story
from ward.dev.simulator.laboratory import Laboratory
from ward.interop.hl7.intake import Intake
from ward.interop.hl7.outbound.receivers import receivers
from ward.interop.hl7.outbound.sender import drain as post
from ward.interop.hl7.worker import drain
from ward.labs.details import LabOrder
from ward.labs.models import ServiceRequest, Specimen
from ward.labs.order import MAY, order
from ward.labs.specimens import COLLECT, collect

NUMBERS = [str(one) for one in range(7_000_001, 7_000_060)]


def series(story: Story, key: str, tubes: int = 6) -> list[Decimal]:
    mrn = next(one for one in NUMBERS if analysis.story_of(one) is story)
    return [Decimal(analysis.found(mrn, [key], tube)[0].value) for tube in range(tubes)]


@pytest.mark.parametrize(
    ("story", "key", "up"),
    [
        (Story.KIDNEY, "creat", True),
        (Story.KIDNEY, "k", True),
        (Story.KIDNEY, "egfr", False),
        (Story.BLEEDING, "hgb", False),
        (Story.BLEEDING, "plt", False),
    ],
)
def test_a_story_goes_its_way(story, key, up) -> None:
    values = series(story, key)
    assert values == sorted(values, reverse=not up)
    assert len(set(values)) > 3


def test_who_is_well_stays_within_the_interval() -> None:
    for key in ("k", "na", "creat", "hgb"):
        values = series(Story.WELL, key)
        assert max(values) <= min(values) * Decimal("1.1")


def test_a_critical_potassium_is_given_on_request() -> None:
    (one,) = analysis.found("7000001", ["k"], 0, critical=True)
    assert one.value == "6.9"


async def test_an_order_is_measured_once_it_was_taken(scene, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr(laboratory, "MEASURING", 0.01)
    node = scene.node
    ida = await admitted(scene)
    async with listening(Intake(node).handle) as intake:
        lab = Laboratory(port=0, answers_to=intake.port)
        await lab.start()
        at = f"laboratory=127.0.0.1:{lab.port}"
        node.settings = node.settings.model_copy(update={"hl7_receivers": at})
        try:
            async with scene.work() as work:
                request = await order(
                    work, ida, LabOrder(panels=("U&E",), tests=("hgb",)), Urgency.STAT, work.now
                )
            await _sent(node)
            assert await results(scene) == []
            async with scene.work() as work:
                mine = select(Specimen).where(Specimen.request_id == request.id)
                for one in await work.every(mine, COLLECT):
                    await collect(work, one.id)
            await _sent(node)
            async with asyncio.timeout(PATIENCE):
                while len(await results(scene)) < 6:
                    await drain(node)
                    await asyncio.sleep(0.05)
        finally:
            await lab.stop()
    found = {detail.key for _, detail in await results(scene)}
    assert found == {"na", "k", "bun", "creat", "egfr", "hgb"}
    async with scene.work() as work:
        row = await work.access(ServiceRequest, request.id, MAY)
        assert row.status is RequestStatus.COMPLETED


async def _sent(node) -> None:
    await settled(node)
    await post(node, receivers(node.settings)[0])
