"""Wallboards by a page: a link shown once, where it hangs, when it was seen, and its end."""

import asyncio
import re
import time

from tests.adt.scene import six_east
from tests.settling import PATIENCE
from tests.stations import Running, Station
from tests.users.operator import typed
from tests.watchers import soon, watching

AT = "/admin/devices"


async def hang(ward: Running, admin: Station, label: str = "Corridor") -> tuple[str, str]:
    """Hang a wallboard for Six East; return its link and its id."""
    scene = await six_east(ward.node)
    answer = await admin.client.post(f"{AT}/walls", data={"label": label, "ward_id": scene.east})
    assert answer.status_code == 200, answer.text
    (link,) = re.findall(r'value="(http[^"]+/wall/[^"]+)"', answer.text)
    (key,) = re.findall(rf'id="device-([^"]+)"><span><b>{label}<', answer.text)
    return link, key


async def test_a_link_is_shown_once_and_opens_the_board(ward: Running, admin: Station) -> None:
    link, _ = await hang(ward, admin)
    token = link.rpartition("/")[2]
    assert link == f"{ward.url}/wall/{token}"
    assert token not in (await admin.get(AT)).text
    assert (await admin.get(f"/wall/{token}")).status_code == 200


async def test_the_page_says_when_a_wall_was_seen(ward: Running, admin: Station) -> None:
    link, _ = await hang(ward, admin)
    assert "not seen yet" in (await admin.get(AT)).text
    scene = await six_east(ward.node)
    path = link.removeprefix(ward.url)
    async with watching(admin, path, f"beds/{scene.east}", wall=path.rpartition("/")[2]) as board:
        await board.sitting.wait()
        async with asyncio.timeout(PATIENCE):
            while "last seen" not in (await admin.get(AT)).text:  # noqa: ASYNC110 - the node notes it by itself
                await asyncio.sleep(0.05)


async def test_a_wall_that_is_taken_down_by_the_page_goes_blank(
    ward: Running, admin: Station
) -> None:
    link, key = await hang(ward, admin)
    scene = await six_east(ward.node)
    path = link.removeprefix(ward.url)
    async with watching(admin, path, f"beds/{scene.east}", wall=path.rpartition("/")[2]) as board:
        assert (await admin.client.post(f"{AT}/{key}/take-down")).status_code == 303
        done = time.monotonic()
        ended, said = await board.over()
        assert said == 4403
        assert ended - done <= soon()
    assert (await admin.get(path)).status_code in {303, 401, 403, 404}
    assert key not in (await admin.get(AT)).text


async def test_a_wall_is_called_otherwise_and_an_older_form_is_refused(
    ward: Running, admin: Station
) -> None:
    _, key = await hang(ward, admin)
    said = {"label": "Nurses' station", "version": 1}
    assert (await admin.client.post(f"{AT}/{key}/name", data=said)).status_code == 303
    assert "Nurses&#39; station" in (await admin.get(AT)).text
    assert (await admin.post(f"{AT}/{key}/name", **said)).status_code == 409


async def test_a_nurse_hangs_nothing(ward: Running, nurse: Station) -> None:
    scene = await six_east(ward.node)
    said = {"label": "x", "ward_id": scene.east}
    assert (await nurse.post(f"{AT}/walls", **said)).status_code == 403


async def test_a_command_renames_a_wall_and_says_when_it_was_seen(
    ward: Running, admin: Station
) -> None:
    await hang(ward, admin)
    told = await typed(ward.node.settings, "wall", "rename", "Corridor", "Day room")
    assert (told.status, told.out) == (0, "The screen Corridor is called Day room now.\n")
    (hung,) = (await typed(ward.node.settings, "wall", "list", "--json")).lines
    assert (hung["label"], hung["seen"]) == ("Day room", "never")
