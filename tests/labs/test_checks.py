"""Delta checks: a value that jumped has its specimen verified by the laboratory, live."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.access import Permission
from domain.lab_orders import Verified
from domain.labs import ResultStatus
from realtime.topics import Topic
from tests.labs.reports import POTASSIUM, SODIUM, as_status, later, report
from ward.labs.models import SpecimenCheck
from ward.labs.release import release

BEFORE = replace(POTASSIUM, value="4.1")
JUMPED = replace(POTASSIUM, value="6.2")


async def told(scene, *said) -> None:
    for one in said:
        async with scene.work() as work:
            await release(work, one)


async def checks(scene) -> list[tuple[Verified | None, bool]]:
    async with scene.work() as work:
        rows = await work.every(
            select(SpecimenCheck).order_by(SpecimenCheck.id), Permission.VIEW_LABS
        )
        return [(row.found, row.settled_at is not None) for row in rows]


def before(patient, *results):
    first = report(patient, *(results or (BEFORE, SODIUM)), filler="before")
    at = first.observed_at - timedelta(hours=6)
    return replace(first, observed_at=at, reported_at=at + timedelta(minutes=30))


async def test_a_jump_is_asked_about_once(open_scene, ida) -> None:
    said = report(ida, JUMPED, SODIUM, filler="now")
    await told(open_scene, before(ida), said, said, later(said))
    assert await checks(open_scene) == [(None, False)]


async def test_who_stays_within_the_limits_is_not_asked_about(open_scene, ida) -> None:
    await told(open_scene, before(ida), report(ida, replace(POTASSIUM, value="5.0"), filler="now"))
    assert await checks(open_scene) == []


async def test_only_a_final_value_is_asked_about(open_scene, ida) -> None:
    early = as_status(JUMPED, ResultStatus.PRELIMINARY)
    said = report(ida, early, filler="now")
    await told(open_scene, before(ida), said)
    assert await checks(open_scene) == []
    await told(open_scene, later(said, JUMPED))
    assert await checks(open_scene) == [(None, False)]


async def test_a_correction_answers_it_and_another_jump_asks_again(open_scene, ida) -> None:
    said = report(ida, JUMPED, filler="now")
    right = as_status(POTASSIUM, ResultStatus.CORRECTED, value="4.3")
    await told(open_scene, before(ida), said, later(said, right))
    assert await checks(open_scene) == [(Verified.CORRECTED, True)]
    again = as_status(POTASSIUM, ResultStatus.CORRECTED, value="6.9")
    await told(open_scene, later(said, again, minutes=20))
    assert await checks(open_scene) == [(Verified.CORRECTED, True), (None, False)]


@pytest.mark.parametrize("status", [ResultStatus.WRONG_PATIENT, ResultStatus.DELETED])
async def test_a_withdrawn_value_is_asked_about_no_longer(open_scene, ida, status) -> None:
    said = report(ida, JUMPED, filler="now")
    await told(open_scene, before(ida), said, later(said, as_status(JUMPED, status)))
    assert await checks(open_scene) == [(Verified.CORRECTED, True)]


async def test_it_stands_on_the_list_at_once_and_goes_when_the_laboratory_answers(
    open_scene, ida, sign
) -> None:
    bench, nurse = await sign("lab"), await sign("nurse")
    await told(open_scene, before(ida))
    topic = Topic("specimens", open_scene.east)
    async with bench.watch(topic) as at_bench, nurse.watch(topic) as on_ward:
        await told(open_scene, report(ida, JUMPED, filler="now"))
        frame = await at_bench.until("Verify specimen and patient")
        assert "Potassium 6.2 mmol/L H" in frame.content
        assert "was 4.1" in frame.content
        await on_ward.until("Verify specimen and patient")
        ((key, version),) = await checks_open(open_scene)
        at = f"/labs/checks/{key}/verify"
        assert "Specimen and patient are right" in (await bench.get(at)).text
        assert (await nurse.get(at)).status_code == 403
        assert (await bench.post(at, version=str(version))).status_code == 422
        said = {"version": str(version), "found": "right", "note": "Label and sample looked at"}
        assert (await bench.post(at, **said)).status_code < 400
        await at_bench.until("0 to collect")
        assert (await bench.post(at, **said)).status_code == 409
    assert await checks(open_scene) == [(Verified.RIGHT, True)]
    assert "Verify specimen" not in (await bench.get("/specimens")).text


async def checks_open(scene):
    async with scene.work() as work:
        rows = await work.every(select(SpecimenCheck), Permission.VIEW_LABS)
        return [(row.id, row.version) for row in rows]
