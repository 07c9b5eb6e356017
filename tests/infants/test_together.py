"""Together: mother and infant move in one step, both or neither, and who is in the way is named."""

import asyncio

import pytest

from domain.beds import BedStatus
from domain.cancellations import CancelReason
from domain.errors import NotAllowed
from realtime.topics import Topic
from tests.adt.leaving import leaves, settle
from tests.adt.test_transfer import lying
from tests.infants.conftest import two_in
from ward.adt import together
from ward.adt.cancel_transfer import cancel_transfer
from ward.adt.together import Coming, To, accept_together, ask_together, transfer_together
from ward.adt.transfer import transfer
from ward.errors import Stale

BEDS = ("6E-03", "6E-04")


def _to(two, mothers: str = BEDS[0], infants: str = BEDS[1]) -> list[To]:
    beds = two.scene.beds
    return [To(two.mothers, beds[mothers]), To(two.infants, beds[infants])]


async def test_both_move_at_one_instant_and_both_trails_say_so(two) -> None:
    async with two.scene.work() as work:
        await transfer_together(work, _to(two))
    assert await two.where() == [two.scene.beds[bed] for bed in BEDS]
    for bed in ("6E-01", "6E-02"):
        assert (await two.scene.bed(bed)).status is BedStatus.HOUSEKEEPING
    steps = "SELECT count(*) FROM movement WHERE step = 'transferred' AND patient_id = :who"
    for who in (two.mother, two.infant):
        assert await two.scene.scalar(steps, who=who) == 1
    instants = "SELECT count(DISTINCT started_at) FROM stay WHERE ended_at IS NULL"
    assert await two.scene.scalar(instants) == 1
    trail = "SELECT count(*) FROM audit_event WHERE action = 'U' AND patients @> :both"
    assert await two.scene.scalar(trail, both=[two.mother, two.infant]) == 1


async def test_a_taken_bed_names_whom_it_is_about_and_nobody_moves(two) -> None:
    await lying(two.scene, "6E-04", "Bo")
    before = await two.where()
    with pytest.raises(NotAllowed, match=r"QUILLFEATHER.*Occupied.*Nobody was moved"):
        async with two.scene.work() as work:
            await transfer_together(work, _to(two))
    assert await two.where() == before
    assert await two.scene.scalar("SELECT count(*) FROM movement WHERE step = 'transferred'") == 0


async def test_a_power_cut_between_the_two_moves_nobody(two, monkeypatch) -> None:
    before, moved = await two.where(), []
    first = together.move

    async def cut(*args, **more):
        if moved:
            raise RuntimeError("power cut")
        moved.append(args)
        await first(*args, **more)

    monkeypatch.setattr(together, "move", cut)
    with pytest.raises(RuntimeError, match="power cut"):
        async with two.scene.work() as work:
            await transfer_together(work, _to(two))
    assert moved
    assert await two.where() == before
    assert await two.scene.scalar("SELECT count(*) FROM stay") == 2


async def test_one_bed_for_two_and_one_patient_twice_are_refused(two) -> None:
    for going in (
        _to(two, "6E-03", "6E-03"),
        [_to(two)[0], To(two.mothers, two.scene.beds["6E-05"])],
    ):
        with pytest.raises((NotAllowed, Stale)):
            async with two.scene.work() as work:
                await transfer_together(work, going)


async def test_a_form_that_saw_an_older_infant_moves_nobody(two) -> None:
    before, seen = await two.where(), await two.seen(two.infants)
    async with two.scene.work() as work:
        await transfer(work, two.infants, two.scene.beds["6E-05"])
    first, second = _to(two)
    with pytest.raises(Stale):
        async with two.scene.work() as work:
            await transfer_together(work, [first, To(second.encounter_id, second.bed_id, seen)])
    assert (await two.where())[0] == before[0]


async def test_twenty_transfers_into_one_of_the_beds_move_both_or_neither(two) -> None:
    others = [(await lying(two.scene, f"6W-0{n}", f"Crowd{n}"))[1] for n in range(1, 7)]
    beds = two.scene.beds

    async def alone(encounter) -> None:
        async with two.scene.work() as work:
            await transfer(work, encounter, beds["6E-04"])

    async def both() -> None:
        async with two.scene.work() as work:
            await transfer_together(work, _to(two))

    tries = [alone(others[n % len(others)]) for n in range(10)]
    tries += [both() for _ in range(10)]
    said = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(answer is None for answer in said) >= 1
    moved = [beds["6E-03"], beds["6E-04"]]
    stayed = [beds["6E-01"], beds["6E-02"]]
    assert await two.where() in (moved, stayed)
    twice = "SELECT count(*) - count(DISTINCT bed_id) FROM stay WHERE ended_at IS NULL"
    assert await two.scene.scalar(twice) == 0
    assert await two.scene.scalar("SELECT count(*) FROM stay WHERE ended_at IS NULL") == 8


async def test_taking_it_back_is_each_one_s_own_step(two) -> None:
    async with two.scene.work() as work:
        await transfer_together(work, _to(two))
    await two.scene.clean("6E-02")
    async with two.scene.work() as work:
        await cancel_transfer(work, two.infants, CancelReason.WRONG_BED)
    beds = two.scene.beds
    assert await two.where() == [beds["6E-03"], beds["6E-02"]]


async def test_both_are_asked_for_accepted_and_come_together(two) -> None:
    beds = two.scene.beds
    async with two.scene.work() as work:
        asked = await ask_together(work, [two.mother, two.infant], two.scene.west)
    by = {row.patient_id: row for row in asked}
    coming = [
        Coming(by[two.mother].id, beds["6W-01"], by[two.mother].version),
        Coming(by[two.infant].id, beds["6W-02"], by[two.infant].version),
    ]
    async with two.scene.work() as work:
        await accept_together(work, coming)
    assert (await two.scene.bed("6W-02")).held_for == two.infants
    async with two.scene.work() as work:
        await accept_together(
            work, [Coming(one.request_id, one.bed_id) for one in coming], arrived=True
        )
    assert await two.where() == [beds["6W-01"], beds["6W-02"]]
    assert await two.scene.scalar("SELECT count(*) FROM move_request WHERE status = 'moved'") == 2


async def test_a_bed_that_is_taken_meanwhile_accepts_nobody(two) -> None:
    await lying(two.scene, "6W-02", "Bo")
    async with two.scene.work() as work:
        asked = await ask_together(work, [two.mother, two.infant], two.scene.west)
    coming = [Coming(row.id, two.scene.beds[f"6W-0{n}"]) for n, row in enumerate(asked, 1)]
    with pytest.raises(NotAllowed, match="Nobody was moved"):
        async with two.scene.work() as work:
            await accept_together(work, coming, arrived=True)
    assert (
        await two.scene.scalar("SELECT count(*) FROM move_request WHERE status = 'accepted'") == 0
    )
    assert (await two.scene.bed("6W-01")).held_for is None


async def test_the_sheet_offers_the_other_and_one_press_moves_both(open_two, nurse, charge) -> None:
    scene = open_two.scene
    sheet = await nurse.get(f"/stays/{open_two.mothers}/transfer", headers={"hx-request": "true"})
    assert "Together with QUILLFEATHER" in sheet.text
    assert f'name="bed-{open_two.infants}"' in sheet.text
    said = {"bed_id": scene.beds["6E-03"], "version": await open_two.seen(open_two.mothers)}
    said |= {f"along-{open_two.infants}": "yes"}
    lacking = await nurse.post(f"/stays/{open_two.mothers}/transfer", **said)
    assert lacking.status_code == 422
    assert "Choose a bed for each" in lacking.text
    said[f"bed-{open_two.infants}"] = scene.beds["6E-04"]
    said[f"seen-{open_two.infants}"] = await open_two.seen(open_two.infants)
    async with charge.watch(Topic("beds", scene.east)) as screen:
        answer = await nurse.post(f"/stays/{open_two.mothers}/transfer", **said)
        assert answer.status_code == 200, answer.text
        frame = await screen.until(f'id="bed-{scene.beds["6E-04"]}"')
    assert f'id="bed-{scene.beds["6E-03"]}"' in frame.content  # both in one frame
    assert await open_two.where() == [scene.beds["6E-03"], scene.beds["6E-04"]]


async def test_request_and_acceptance_by_the_sheets(open_scene, nurse, charge) -> None:
    two = await two_in(open_scene, "6W-01", "6W-02")
    async with open_scene.work() as work:
        asked = {
            row.patient_id: row
            for row in await ask_together(work, [two.mother, two.infant], open_scene.east)
        }
    mine, other = asked[two.mother], asked[two.infant]
    sheet = await nurse.get(f"/moves/{mine.id}/accept", headers={"hx-request": "true"})
    assert "Together with QUILLFEATHER" in sheet.text
    said = {f"along-{other.id}": "yes", f"bed-{other.id}": open_scene.beds["6E-04"]}
    said[f"seen-{other.id}"] = other.version
    answer = await nurse.post(
        f"/moves/{mine.id}/accept",
        bed_id=open_scene.beds["6E-03"],
        arrived="yes",
        version=mine.version,
        **said,
    )
    assert answer.status_code == 200, answer.text
    assert await two.where() == [open_scene.beds["6E-03"], open_scene.beds["6E-04"]]


async def test_both_are_asked_for_from_one_sheet(open_two, nurse) -> None:
    scene = open_two.scene
    sheet = await nurse.get(f"/stays/{open_two.mothers}/request", headers={"hx-request": "true"})
    assert f'name="along-{open_two.infants}"' in sheet.text
    ticked = {f"along-{open_two.infants}": "yes"}
    answer = await nurse.post(
        f"/stays/{open_two.mothers}/request", ward_id=scene.west, version=1, **ticked
    )
    assert answer.status_code == 200, answer.text
    assert await scene.scalar("SELECT count(*) FROM move_request WHERE status = 'requested'") == 2


async def test_a_discharge_says_that_the_other_stays(open_two, nurse) -> None:
    path = f"/stays/{open_two.mothers}/discharge"
    sheet = await nurse.get(path, headers={"hx-request": "true"})
    assert "The mother or infant stays" in sheet.text
    assert "infant, Six East, bed 02" in sheet.text
    await settle(open_two.scene, open_two.mother)
    answer = await nurse.post(path, **leaves(await open_two.seen(open_two.mothers)))
    assert answer.status_code == 200, answer.text  # it is said, and no reason to stay
    other = await nurse.get(f"/stays/{open_two.infants}/discharge")
    assert "The mother or infant stays" not in other.text
