"""The bell of every page: how many need somebody, and what must be heard, for whom."""

from domain.alerts import Cause
from domain.duty import DutyRole
from realtime.topics import Topic


async def test_every_page_of_who_may_look_has_a_bell_for_each_ward(calls, nurse, doctor) -> None:
    east, west = calls.scene.east, calls.scene.west
    board = (await nurse.get(f"/wards/{east}/beds")).text
    assert f'data-topic="bell/{east}"' in board
    assert f'data-topic="bell/{west}"' not in board
    house = (await doctor.get("/wards")).text
    assert f'data-topic="bell/{east}"' in house
    assert f'data-topic="bell/{west}"' in house


async def test_it_rings_for_who_is_called_and_falls_silent_when_somebody_has_it(
    calls, nurse, doctor
) -> None:
    await calls.staff.on("doctor", DutyRole.REGISTRAR)
    users = calls.staff.users
    async with nurse.watch(Topic("bell", calls.scene.east)) as bell:
        assert "data-ring=" not in bell.first.content
        alert = await calls.sound()
        frame = await bell.until("data-shout")
        ring = frame.content.partition("data-ring=")[2]
        assert f"{alert}/1" in ring
        assert str(users["doctor"]) in ring
        assert "Critical alert, bed 01: NEWS2 high. Registrar called." in ring
        assert "QUILLFEATHER" not in frame.content
        await doctor.post(f"/alerts/{alert}/response", response="going")
        quiet = await bell.until_gone("data-ring=")
        assert "count" not in quiet


async def test_tier_2_counts_and_does_not_ring(calls, nurse) -> None:
    async with nurse.watch(Topic("bell", calls.scene.east)) as bell:
        await calls.sound(Cause.OBS_OVERDUE, "Observations due 13:30")
        frame = await bell.until('data-rings="1"')
        assert "data-shout" not in frame.content


async def test_what_was_pushed_is_what_a_new_station_is_given(calls, nurse, charge) -> None:
    topic = Topic("bell", calls.scene.east)
    async with nurse.watch(topic) as bell:
        await calls.sound()
        pushed = await bell.until("data-shout")
        async with charge.watch(topic) as other:
            html = pushed.content.partition("<span id=")[2].rpartition("</span>")[0]
            assert html in other.first.content


async def test_who_comes_on_duty_is_called_from_then_on(calls, nurse) -> None:
    await calls.sound()
    async with nurse.watch(Topic("bell", calls.scene.east)) as bell:
        await calls.staff.on("charge", DutyRole.IN_CHARGE)
        frame = await bell.until("data-for")
        assert str(calls.staff.users["charge"]) in frame.content
