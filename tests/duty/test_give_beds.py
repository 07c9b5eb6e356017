"""Giving beds: every screen follows, two who give at once are told, nobody is left unnoticed."""

import asyncio

from domain.duty import DutyRole
from domain.errors import NotAllowed
from realtime.topics import Topic
from tests.adt.test_transfer import lying
from ward.duty import queries
from ward.duty.give import give_beds
from ward.duty.service import end_duty

NURSES = "SELECT count(*) FROM bed_nurse WHERE ended_at IS NULL"


async def held(staff) -> dict[str, str]:
    """Tell who has which bed, both by their short names."""
    names = {one: name for name, one in staff.users.items()}
    labels = {one: label for label, one in staff.scene.beds.items()}
    async with staff.scene.work() as work:
        nurses = await queries.nurses_of(work, list(labels))
    return {labels[bed]: names[who] for bed, who in nurses.items()}


async def give(station, scene, to, beds=(), had=None, **fields):
    data = {
        "to": str(to),
        "bed": [str(bed) for bed in beds],
        "had": [f"{bed}:{who}" for bed, who in (had or {}).items()],
        **fields,
    }
    return await station.client.post(
        f"/wards/{scene.east}/duty/beds", data=data, headers={"hx-request": "true"}
    )


async def test_board_and_roster_follow_as_beds_are_given(staff, charge, nurse) -> None:
    scene, ada = staff.scene, staff.users["nurse"]
    await lying(scene, "6E-01")
    await staff.on("nurse")
    board, roster = Topic("beds", scene.east), Topic("duty", scene.east)
    async with nurse.watch(board) as cards, charge.watch(roster) as lines:
        answer = await give(charge, scene, ada, staff.beds("6E-01", "6E-02"))
        assert answer.status_code == 200, answer.text
        # while nobody had the bed its card was the work of all nurses on duty: Ada's too
        card = await cards.until(">AL<")
        assert f'data-for="{ada}"' in card.content
        await lines.until("<li>01</li><li>02</li>")
    fresh = await charge.get(f"/wards/{scene.east}/duty")
    assert "Every bed with a patient has a nurse." in fresh.text


async def test_of_two_who_give_one_bed_the_later_reads_who_has_it(staff, charge, nurse) -> None:
    scene = staff.scene
    ada, florence = staff.users["nurse"], staff.users["nurse2"]
    await staff.on("nurse")
    await staff.on("nurse2")
    (bed,) = staff.beds("6E-01")
    seen = {bed: "none"}
    first = await give(charge, scene, ada, [bed], seen)
    second = await give(nurse, scene, florence, [bed], seen)
    assert (first.status_code, second.status_code) == (200, 409)
    assert "Bed 01: Ada Lovelock." in second.text
    assert await held(staff) == {"6E-01": "nurse"}


async def test_many_give_at_once_and_each_bed_has_one_nurse(staff, charge, nurse) -> None:
    scene = staff.scene
    for who in ("nurse", "nurse2"):
        await staff.on(who)
    beds = staff.beds("6E-01", "6E-02", "6E-03")
    seen = dict.fromkeys(beds, "none")
    answers = await asyncio.gather(
        *(
            give([charge, nurse][n % 2], scene, staff.users[["nurse", "nurse2"][n % 2]], beds, seen)
            for n in range(20)
        )
    )
    # whoever gives what is so already changes nothing and is not refused
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert await scene.scalar(NURSES) == 3
    assert len(set((await held(staff)).values())) == 1


async def test_a_bay_what_nobody_has_and_all_of_another_go_in_one_press(staff, charge) -> None:
    scene, ada, florence = staff.scene, staff.users["nurse"], staff.users["nurse2"]
    await lying(scene, "6E-03")
    await staff.on("nurse")
    await staff.on("nurse2")
    assert (await give(charge, scene, ada, staff.beds("6E-01", "6E-02"))).status_code == 200
    assert (await give(charge, scene, florence, loose="yes")).status_code == 200
    assert await held(staff) == {"6E-01": "nurse", "6E-02": "nurse", "6E-03": "nurse2"}
    assert (await give(charge, scene, florence, of=str(ada))).status_code == 200
    assert set((await held(staff)).values()) == {"nurse2"}
    assert (await give(charge, scene, ada)).status_code == 422
    back = await give(charge, scene, "none", of=str(florence))
    assert (back.status_code, await held(staff)) == (200, {})


async def test_a_whole_bay_is_given(staff, charge) -> None:
    scene = staff.scene
    await staff.on("nurse")
    async with scene.node.aside.begin() as connection:
        from sqlalchemy import text

        await connection.execute(
            text(
                "UPDATE bed SET room_id = (SELECT id FROM room WHERE ward_id = :ward"
                " ORDER BY label LIMIT 1) WHERE ward_id = :ward AND label IN ('04', '05')"
            ),
            {"ward": scene.east},
        )
        rooms = await connection.execute(
            text("SELECT count(*) FROM room WHERE ward_id = :ward"), {"ward": scene.east}
        )
        assert rooms.scalar_one() > 0
    page = await charge.get(f"/wards/{scene.east}/duty/beds", headers={"hx-request": "true"})
    assert "The whole bay" in page.text


async def test_only_a_nurse_on_duty_gets_beds(staff, charge, doctor) -> None:
    scene = staff.scene
    answer = await give(charge, scene, staff.users["nurse"], staff.beds("6E-01"))
    assert answer.status_code == 409
    assert "not on duty as a nurse" in answer.text
    await staff.on("doctor", DutyRole.REGISTRAR)
    answer = await give(charge, scene, staff.users["doctor"], staff.beds("6E-01"))
    assert answer.status_code == 409
    assert (await give(doctor, scene, "none", staff.beds("6E-01"))).status_code == 403


async def test_beds_of_another_ward_are_not_given_here(staff, charge) -> None:
    scene = staff.scene
    await staff.on("nurse")
    answer = await give(charge, scene, staff.users["nurse"], staff.beds("6W-01"))
    assert answer.status_code == 404


async def test_who_goes_while_beds_are_given_leaves_none_behind(staff) -> None:
    scene, ada = staff.scene, staff.users["nurse"]

    async def giving(beds):
        async with scene.work() as work:
            await give_beds(work, scene.east, beds, ada)

    async def going(duty):
        async with scene.work() as work:
            await end_duty(work, duty)

    for _ in range(5):
        duty = await staff.on("nurse")
        done = await asyncio.gather(
            giving(staff.beds("6E-01", "6E-02")), going(duty), return_exceptions=True
        )
        assert all(one is None or isinstance(one, NotAllowed) for one in done), done
        assert await scene.scalar(NURSES) == 0
