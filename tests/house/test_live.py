"""The pages of places follow: what one administrator does stands on the page of another."""

import pytest

from realtime.topics import Topic
from tests.house.test_places import AT, empty, one, version
from tests.stations import Gone, Running, signed_in
from tests.watchers import watching
from ward.beds.staffing import staff_beds
from ward.places.models import Ward


@pytest.fixture
async def east(open_scene):
    """The page of Six East."""
    return f"{AT}/wards/{open_scene.east}"


async def test_rooms_and_beds_of_a_colleague_stand_on_the_open_page_of_the_ward(
    open_scene, ward: Running, admin, east
) -> None:
    async with signed_in(ward.url, "admin") as other:
        page = watching(other, east, f"place/{open_scene.east}")
        async with page as shown:
            await shown.settled()
            assert (await admin.post(f"{east}/rooms", label="Bay Z")).status_code == 204
            room = await one(open_scene.node, "SELECT id, version FROM room WHERE label = 'Bay Z'")
            said = {"labels": "91-92", "room_id": room.id, "attributes": "oxygen"}
            assert (await admin.post(f"{east}/beds", **said)).status_code == 204
            now = (await shown.settled()).body
            assert "Bay Z" in now
            assert "Bed 92" in now
            named = {"label": "Bay 9", "version": room.version}
            assert (await admin.post(f"{AT}/rooms/{room.id}", **named)).status_code == 204
            bed = await one(open_scene.node, "SELECT id, version FROM bed WHERE label = '92'")
            gone = {"why": "Broken", "version": bed.version}
            assert (await admin.post(f"{AT}/beds/{bed.id}/close", **gone)).status_code == 204
            now = (await shown.settled()).body
        assert "Bay 9" in now
        assert "Put bed 92 back" in now
        assert "Broken" in now


async def test_wards_that_are_opened_closed_and_staffed_stand_on_the_open_page_of_places(
    open_scene, admin
) -> None:
    await empty(open_scene)
    branch = (await open_scene.bed("6E-01")).branch_id
    async with admin.watch(Topic("places", branch)) as page:
        said = {"label": "Seven North", "code": "7N", "kind": "ward"}
        answer = await admin.post(f"{AT}/branches/{branch}/wards", **said)
        assert answer.status_code == 204, answer.text
        await page.until("Seven North")
        async with open_scene.work() as work:
            await staff_beds(work, open_scene.east, 3, seen=None)
        await page.until('data-h="Staffed">3<')
        seen = await version(open_scene, "ward", open_scene.west)
        closed = {"why": "Refurbished", "version": seen}
        answer = await admin.post(f"{AT}/wards/{open_scene.west}/close", **closed)
        assert answer.status_code == 204, answer.text
        await page.until("Open Six West again")
        again = await admin.post(f"{AT}/wards/{open_scene.west}/reopen", version=seen + 1)
        assert again.status_code == 204, again.text
        frame = await page.until(f'id="place-{open_scene.west}"')
        assert "Open Six West again" not in frame.content
        renamed = {"label": "North site", "version": await version(open_scene, "branch", branch)}
        assert (await admin.post(f"{AT}/branches/{branch}", **renamed)).status_code == 204
        await page.until("North site")


async def test_an_older_form_of_any_place_is_refused_with_a_sentence(
    open_scene, admin, east
) -> None:
    await admin.post(f"{east}/rooms", label="Bay Z")
    room = await one(open_scene.node, "SELECT id FROM room WHERE label = 'Bay Z'")
    bed, branch = open_scene.beds["6E-06"], (await open_scene.bed("6E-06")).branch_id
    older = {
        f"{east}/name": {"label": "Cedar", "code": "CD"},
        f"{east}/close": {"why": "Moves"},
        f"{AT}/rooms/{room.id}": {"label": "Bay 9"},
        f"{AT}/rooms/{room.id}/close": {"why": "Moves"},
        f"{AT}/beds/{bed}": {"label": "66", "position": 6},
        f"{AT}/beds/{bed}/close": {"why": "Broken"},
        f"{AT}/branches/{branch}": {"label": "North site"},
        f"/wards/{open_scene.east}/staffed": {"staffed": 2},
    }
    for path, said in older.items():
        answer = await admin.post(path, **said, version=0)
        assert answer.status_code == 409, path
        assert "changed while" in answer.text, path
    renamed = {"label": "Bay 9", "version": await version(open_scene, "room", room.id)}
    assert (await admin.post(f"{AT}/rooms/{room.id}", **renamed)).status_code == 204
    again = await admin.post(f"{AT}/rooms/{room.id}", **renamed)
    assert "Bay 9, Renamed: Bay 9" in again.text
    called = {"label": "66", "position": 6, "version": await version(open_scene, "bed", bed)}
    assert (await admin.post(f"{AT}/beds/{bed}", **called)).status_code == 204
    again = await admin.post(f"{AT}/beds/{bed}", **called)
    assert "Bed 66, Amended: 66" in again.text
    async with open_scene.work() as work:
        assert (await work.access(Ward, open_scene.east, "places.view")).label == "Six East"


async def test_whoever_does_not_run_the_house_watches_none_of_it(open_scene, nurse) -> None:
    branch = (await open_scene.bed("6E-01")).branch_id
    for topic in (Topic("place", open_scene.east), Topic("places", branch)):
        with pytest.raises(Gone, match="forbidden"):
            async with nurse.watch(topic):
                pass
