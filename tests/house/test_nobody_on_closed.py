"""Closed: nobody comes to a ward that is closing or closed, by whichever door."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from domain.errors import NotAllowed
from domain.registers import Entry
from tests.adt.scene import Scene
from tests.house.test_places import WAITS, empty, one, run
from tests.interop.hl7.border import act, adt, rows, send, standing
from tests.settling import PATIENCE, worked_off
from tests.stations import Station
from ward.adt.visits import arrive
from ward.house.close import close_ward, reopen_ward
from ward.medications.register import Written, enter

CLOSED = "This ward is closed."


async def close(scene: Scene) -> None:
    """Shut Six West."""
    await empty(scene)
    async with scene.work() as work:
        await close_ward(work, scene.west, "Night", seen=None)


async def minutes_ago(scene: Scene, minutes: int = 9) -> str:
    """Write an instant of the last hour as HL7 does."""
    sql = "SELECT to_char(now() - make_interval(mins => :n), 'YYYYMMDDHH24MISS+0000')"
    return (await rows(scene.node, sql, n=minutes))[0][0]


async def went(scene: Scene) -> UUID:
    """Anna went home from Six West without a bed: hers was another's when she came back."""
    at, other = await minutes_ago(scene), {"mrn": "7001235", "name": "MOSS^BEA", "visit": "V26-2"}
    await act(scene.node, adt("A01", "1", place="6W^^01", at=at), adt("A03", "2", at=at))
    await scene.clean("6W-01")
    await act(scene.node, adt("A01", "3", place="6W^^01", at=at, **other), adt("A13", "4", at=at))
    await act(scene.node, adt("A03", "5", at=at), adt("A03", "6", at=at, **other))
    assert {state for state, _ in (await standing(scene.node)).values()} == {"done"}
    sql = "SELECT id FROM encounter WHERE ward_id = :w ORDER BY id LIMIT 1"
    return (await one(scene.node, sql, w=scene.west)).id


async def here(scene: Scene) -> int:
    """Count who is on Six West as far as the visits say."""
    sql = "SELECT count(*) AS n FROM encounter WHERE ward_id = :w AND status IN"
    sql += " ('arrived', 'triaged', 'in-progress', 'onleave')"
    return (await one(scene.node, sql, w=scene.west)).n


async def test_who_arrives_by_a04_on_a_closing_ward_waits_for_a_person(
    open_scene: Scene, admin: Station
) -> None:
    await empty(open_scene)
    await send(open_scene.node, adt("A04", "1", place="6W"))
    async with open_scene.work() as work:
        await close_ward(work, open_scene.west, "Night", seen=None)
        late = asyncio.create_task(worked_off(open_scene.node))
        async with asyncio.timeout(PATIENCE):
            while not (await one(open_scene.node, WAITS)).n:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    await late
    assert await standing(open_scene.node) == {"1": ("review", "no_place")}
    assert await here(open_scene) == 0
    (found,) = await rows(open_scene.node, "SELECT id FROM hl7_message")
    assert CLOSED in (await admin.get(f"/hl7/messages/{found[0]}")).text


async def test_a_ward_on_which_somebody_is_just_arriving_stays_open(scene: Scene) -> None:
    """Of the two the arrival was sooner: it is counted."""
    await empty(scene)
    await act(scene.node, adt("A04", "1", place="6W"))
    with pytest.raises(NotAllowed, match="1 more have arrived"):
        await close(scene)
    assert await here(scene) == 1


@pytest.mark.parametrize("nth", range(3))
async def test_of_two_who_close_a_ward_and_arrive_on_it_one_is_refused(
    scene: Scene, nth: int
) -> None:
    await empty(scene)
    patient = await scene.patient()
    sql = "SELECT branch_id FROM ward WHERE id = :w"
    branch = (await one(scene.node, sql, w=scene.west)).branch_id

    async def arrives() -> None:
        async with scene.work() as work:
            await arrive(work, patient, branch, ward_id=scene.west)

    async def closes() -> None:
        async with scene.work() as work:
            await close_ward(work, scene.west, "Night", seen=None)

    first, second = (arrives, closes) if nth % 2 else (closes, arrives)
    done = await asyncio.gather(first(), second(), return_exceptions=True)
    refused = [type(each) for each in done if each is not None]
    assert refused in ([NotAllowed], [IntegrityError])
    assert await here(scene) == (refused == [NotAllowed])


async def test_a_discharge_is_not_taken_back_onto_a_closed_ward(
    open_scene: Scene, admin: Station
) -> None:
    await went(open_scene)
    await close(open_scene)
    await act(open_scene.node, adt("A13", "9", at=await minutes_ago(open_scene, 1)))
    assert (await standing(open_scene.node))["9"] == ("review", "no_place")
    assert await here(open_scene) == 0
    (found,) = await rows(open_scene.node, "SELECT id, version FROM hl7_message WHERE msh10 = '9'")
    assert CLOSED in (await admin.get(f"/hl7/messages/{found[0]}")).text

    async with open_scene.work() as work:
        await reopen_ward(work, open_scene.west, seen=None)
    again = await admin.post(f"/hl7/messages/{found[0]}/replay", version=found[1])
    assert again.status_code in {204, 303}, again.text
    await worked_off(open_scene.node)
    assert (await standing(open_scene.node))["9"] == ("done", None)
    assert await here(open_scene) == 1


async def test_whoever_takes_a_discharge_back_onto_a_closed_ward_reads_why_not(
    open_scene: Scene, nurse: Station
) -> None:
    encounter = await went(open_scene)
    await close(open_scene)
    house = "UPDATE user_grant SET ward_id = NULL FROM app_user u WHERE u.id = user_id"
    await run(open_scene.node, f"{house} AND username = 'nurse'")  # a role in the whole branch
    sql = "SELECT version FROM encounter WHERE id = :e"
    seen = (await one(open_scene.node, sql, e=encounter)).version
    said = {"step": "discharge", "reason": "wrong-patient", "version": seen}
    answer = await nurse.post(f"/stays/{encounter}/cancel", **said)
    assert answer.status_code == 409, answer.text
    assert CLOSED in answer.text
    assert await here(open_scene) == 0


async def test_a_ward_that_is_closed_is_not_asked_for_a_bed_by_a_discharge_taken_back(
    scene: Scene,
) -> None:
    at = await minutes_ago(scene)
    await act(scene.node, adt("A01", "1", place="6W^^01", at=at), adt("A03", "2", at=at))
    await close(scene)
    await act(scene.node, adt("A13", "3", at=at))
    assert (await standing(scene.node))["3"] == ("review", "no_place")
    assert await here(scene) == 0


async def test_no_line_is_written_into_the_register_of_a_closed_ward(scene: Scene) -> None:
    product = (await one(scene.node, "SELECT id FROM product ORDER BY id LIMIT 1")).id
    await close(scene)
    with pytest.raises(IntegrityError, match="this ward is closed"):
        await _received(scene, product)


async def test_what_is_over_may_still_be_amended_on_a_closed_ward(scene: Scene) -> None:
    encounter = await went(scene)
    await close(scene)
    amended = "UPDATE encounter SET status = status, ward_id = ward_id, version = version + 1"
    await run(scene.node, f"{amended} WHERE id = :e", e=encounter)
    await run(
        scene.node, "UPDATE encounter SET status = 'entered-in-error' WHERE id = :e", e=encounter
    )
    back = "UPDATE encounter SET status = 'onleave' WHERE id = :e"
    with pytest.raises(IntegrityError, match="this ward is closed"):
        await run(scene.node, back, e=encounter)


async def _received(scene: Scene, product: UUID) -> None:
    async with scene.work() as work:
        await enter(work, scene.west, product, Written(Entry.RECEIVED, Decimal(5)), None)
