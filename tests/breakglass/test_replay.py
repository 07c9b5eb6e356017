"""Replay: an answer that is given again shows nobody whom nothing explains any more."""

from tests.breakglass.conftest import West
from tests.stations import Station


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
