"""Replay: an answer that is given again shows nobody whom nothing explains any more."""

from domain.encounters import Disposition
from tests.breakglass.conftest import West
from tests.stations import Station
from ward.adt.discharge import gone
from ward.adt.visits import open_encounter


async def test_an_answer_kept_from_behind_the_glass_is_not_given_after_its_end(
    west: West, nurse: Station
) -> None:
    case = await west.broken(nurse)
    said = {"kind": "falls", "words": "Canarywords", "key": "once"}
    first = await nurse.post(f"{west.path}/flags", **said)
    assert first.status_code == 200, first.text
    assert "Canarywords" in first.text
    again = await nurse.post(f"{west.path}/flags", **said)
    assert again.text == first.text
    ended = await nurse.post(f"/break-glass/{case}/end")
    assert ended.status_code in {200, 204}, ended.text
    late = await nurse.post(f"{west.path}/flags", **said)
    assert late.status_code == 204
    assert not late.text


async def test_to_know_a_name_again_is_no_reason_for_what_was_read_behind_the_glass(
    west: West, nurse: Station
) -> None:
    case = await west.broken(nurse)
    said = {"kind": "falls", "words": "Canarywords", "key": "once"}
    assert "Canarywords" in (await nurse.post(f"{west.path}/flags", **said)).text
    await nurse.post(f"/break-glass/{case}/end")
    async with west.scene.work() as work:  # who is on no ward is found by whoever admits
        encounter = await open_encounter(work, west.patient)
        await gone(work, encounter.id, Disposition.HOME)
    assert (await nurse.get(f"{west.path}/flags")).status_code == 403
    late = await nurse.post(f"{west.path}/flags", **said)
    assert (late.status_code, late.text) == (204, "")
