"""How somebody looks at boards: kept for the person, so that any browser begins with it."""

import re

import pytest

from tests.adt.scene import Scene
from tests.stations import Sign, Station


def begun(page: str) -> dict[str, str]:
    """Read how a page begins, from its very first element."""
    return dict(re.findall(r'data-(\w+)="([^"]*)"', re.search(r"<html[^>]*>", page)[0]))


async def test_a_board_begins_as_its_viewer_left_it_on_any_browser(
    open_scene: Scene, sign: Sign
) -> None:
    here, there, other = await sign("nurse"), await sign("nurse"), await sign("charge")
    board = f"/wards/{open_scene.east}/beds"
    plain = begun((await there.get(board)).text)
    said = {"density": "list", "sort": "risk", "show": "news,home", "only": "mine"}
    assert (await here.post(f"{board}/choices", **said)).status_code == 204
    kept = {"density": "list", "sort": "risk", "picked": "news,home", "only": "mine"}
    assert begun((await there.get(board)).text) == plain | kept
    assert begun((await other.get(board)).text) == plain


async def test_filters_are_those_of_one_ward_and_density_of_all(
    open_scene: Scene, nurse: Station
) -> None:
    await nurse.post(
        f"/wards/{open_scene.east}/beds/choices", show="free", density="bays", narrow="cards"
    )
    west = begun((await nurse.get(f"/wards/{open_scene.west}/beds")).text)
    assert (west["density"], west["narrow"]) == ("bays", "cards")
    assert "picked" not in west


async def test_the_address_wins_and_an_empty_choice_is_forgotten(
    open_scene: Scene, nurse: Station
) -> None:
    board = f"/wards/{open_scene.east}/beds"
    await nurse.post(f"{board}/choices", show="free", only="mine")
    asked = begun((await nurse.get(f"{board}?show=occupied")).text)
    assert asked["picked"] == "occupied"
    assert "only" not in asked
    assert "picked" not in begun((await nurse.get(f"{board}?only=all")).text)
    await nurse.post(f"{board}/choices", show="", only="")
    assert not {"picked", "only"} & begun((await nurse.get(board)).text).keys()
    assert await open_scene.scalar("SELECT count(*) FROM board_choice WHERE filters = '{}'") == 1


@pytest.mark.parametrize(
    "said", [{"density": "huge"}, {"sort": "age"}, {"show": '"><b>'}, {"only": "a b"}]
)
async def test_what_no_board_knows_is_refused(
    open_scene: Scene, nurse: Station, said: dict[str, str]
) -> None:
    board = f"/wards/{open_scene.east}/beds"
    assert (await nurse.post(f"{board}/choices", **said)).status_code == 422
    hostile = (await nurse.get(board, params={"show": '"><b>'})).text
    assert "picked" not in begun(hostile)
    assert await open_scene.scalar("SELECT count(*) FROM board_choice") == 0
