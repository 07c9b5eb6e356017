"""A ward's cards: set by an administrator, and every open board of the ward follows."""

from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from domain.alerts import Cause
from domain.card_rows import CardRow
from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.containers import element
from tests.settling import settled
from tests.stations import Screen, Sign, Station, running, signed_in
from ward.adt.admit import admit
from ward.alerts.sound import sound
from ward.config import Settings
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail

ALL_OFF = {"version": 0}  # a form without a single tick


@pytest.fixture
async def ida(open_scene: Scene) -> UUID:
    """A patient in bed 01 of Six East, allergic, with an alert that nobody has."""
    patient = await open_scene.patient()
    async with open_scene.work() as work:
        await admit(work, patient, open_scene.beds["6E-01"])
    async with open_scene.work() as work:
        await record_allergy(work, patient, AllergySaid(detail=AllergyDetail("Penicillin")))
        await sound(work, patient, Cause.NEWS_HIGH, "NEWS2 7")
    await settled(open_scene.node)
    return patient


def ticked(*left_off: CardRow, version: int = 0) -> dict[str, object]:
    """Fill the form in: everything is shown but these."""
    rows = {f"row_{row}": "yes" for row in CardRow if row not in left_off}
    return rows | {"version": version}


async def shown_without(screen: Screen, bed: UUID, words: str) -> str:
    """Wait until a frame shows the card without these words."""
    while True:
        content = (await screen.next()).content
        if f'id="bed-{bed}"' in content and words not in (card := element(content, f"bed-{bed}")):
            return card


async def test_every_open_board_of_the_ward_follows_in_every_view(
    open_scene: Scene, ida: UUID, sign: Sign
) -> None:
    admin, topic = await sign("admin"), Topic("beds", open_scene.east)
    async with AsyncExitStack() as stack:
        screens = {
            who: await stack.enter_async_context((await sign(who)).watch(topic))
            for who in ("nurse", "doctor", "reception")
        }
        for who, screen in screens.items():
            assert "Home <b>" in screen.first.content.replace("</span>", ""), who
        path = f"/wards/{open_scene.east}/card"
        answer = await admin.post(path, **ticked(CardRow.HOME, CardRow.AGE))
        assert answer.headers["hx-redirect"] == path
        for who, screen in screens.items():
            card = await shown_without(screen, open_scene.beds["6E-01"], "Home <b>")
            assert "Female" not in card, who
            assert 'href="/patients/' in card, who
    views = {who: screen.first.message["v"] for who, screen in screens.items()}
    assert {"full.en", "desk.en"} <= set(views.values())


async def test_a_board_on_another_node_follows(
    open_scene: Scene, ida: UUID, admin: Station, settings: Settings
) -> None:
    topic = Topic("beds", open_scene.east)
    async with (
        running(settings) as other,
        signed_in(other.url, "nurse") as nurse,
        nurse.watch(topic) as screen,
    ):
        await admin.post(f"/wards/{open_scene.east}/card", **ticked(CardRow.HOME))
        assert await shown_without(screen, open_scene.beds["6E-01"], "Home <b>")


async def test_what_keeps_patients_safe_cannot_be_left_off(
    open_scene: Scene, ida: UUID, admin: Station, nurse: Station
) -> None:
    answer = await admin.post(f"/wards/{open_scene.east}/card", **ALL_OFF)
    assert answer.status_code == 204, answer.text
    board = (await nurse.get(f"/wards/{open_scene.east}/beds")).text
    for kept in ("QUILLFEATHER, Ida", "MRN", "Penicillin", "Nobody has it", "NEWS2"):
        assert kept in board, kept
    for left in ("Female", "Admitted", "Home <b>"):
        assert left not in board, left


async def test_the_answer_to_a_command_is_drawn_like_the_board(
    open_scene: Scene, ida: UUID, admin: Station, nurse: Station
) -> None:
    await admin.post(f"/wards/{open_scene.east}/card", **ticked(CardRow.HOME))
    (stay,) = await open_scene.stays(ida)
    seen = (await open_scene.encounter(stay.encounter_id)).version
    answer = await nurse.post(
        f"/stays/{stay.encounter_id}/home", home_on="2031-01-01", version=seen
    )
    assert "Home <b>" not in answer.text
    board = (await nurse.get(f"/wards/{open_scene.east}/beds")).text
    assert f'id="bed-{open_scene.beds["6E-01"]}"' in answer.text
    assert "Home <b>" not in board


async def test_an_older_form_is_refused_and_says_who_was_faster(
    open_scene: Scene, admin: Station
) -> None:
    path = f"/wards/{open_scene.east}/card"
    await admin.post(path, **ticked(CardRow.HOME))
    late = await admin.post(path, **ticked(CardRow.AGE))
    assert late.status_code == 409
    await admin.post(path, **ticked(CardRow.AGE, version=1))
    late = await admin.post(path, **ticked(version=1))
    assert late.status_code == 409
    assert "Administrator" in late.text
    page = (await admin.get(path)).text
    assert 'name="version" value="2"' in page


async def test_back_to_standard_and_the_trail_says_so(open_scene: Scene, admin: Station) -> None:
    path = f"/wards/{open_scene.east}/card"
    await admin.post(path, **ticked(CardRow.HOME))
    answer = await admin.post(path, version=1, standard="yes")
    assert answer.status_code == 204
    assert (await admin.get(path)).text.count(" checked") == len(CardRow)
    told = "SELECT count(*) FROM audit_event WHERE code = 'beds.set_ward_card' AND action IN "
    assert await open_scene.scalar(told + "('C', 'U')") == 2


async def test_the_example_is_drawn_before_it_is_set(open_scene: Scene, admin: Station) -> None:
    path, shown = f"/wards/{open_scene.east}/card", ticked(CardRow.NURSE)
    drawn = await admin.get(f"{path}/preview", params=shown, headers={"hx-request": "true"})
    assert "Grace Example" not in drawn.text
    assert "EXAMPLE, Ada" in drawn.text
    without = await admin.get(path, params={**shown, "shown": "yes"})
    assert "Not set yet" in without.text
    assert "Grace Example" in (await admin.get(path)).text


@pytest.mark.parametrize("who", ["nurse", "charge", "doctor", "reception"])
async def test_only_administrators_set_it(open_scene: Scene, sign: Sign, who: str) -> None:
    station, path = await sign(who), f"/wards/{open_scene.east}/card"
    assert (await station.get(path)).status_code == 403
    assert (await station.post(path, **ALL_OFF)).status_code == 403
    assert await open_scene.scalar("SELECT count(*) FROM ward_card") == 0


async def test_a_ward_that_set_nothing_is_not_touched(open_scene: Scene, admin: Station) -> None:
    await admin.post(f"/wards/{open_scene.west}/card", **ALL_OFF)
    assert (await open_scene.bed("6E-01")).card_off is None
    assert (await open_scene.bed("6W-01")).card_off == list(CardRow)
