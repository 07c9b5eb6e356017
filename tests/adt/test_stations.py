"""Admitting, moving and sending home through the doors that people use."""

import asyncio
from functools import partial
from uuid import uuid4

from realtime.topics import Topic
from tests.adt.leaving import leaves, settle
from tests.adt.test_transfer import lying
from tests.turns import in_turn
from ward.adt import requests
from ward.adt.admit import admit


async def test_an_admission_is_pushed_answered_and_fetched_as_one(
    open_scene, nurse, charge
) -> None:
    ida = await open_scene.patient("Quillfeather", "Ida")
    bed = await open_scene.bed("6E-04")
    async with charge.watch(Topic("beds", open_scene.east)) as screen:
        answer = await nurse.post(f"/beds/{bed.id}/admit", patient_id=ida, version=bed.version)
        assert answer.status_code == 200, answer.text
        card = _card(answer.text)
        frame = await screen.until("QUILLFEATHER, Ida")
    assert card in frame.content
    assert "QUILLFEATHER, Ida" in card
    board = await nurse.get(f"/wards/{open_scene.east}/beds")
    assert card in board.text


async def test_fifty_people_press_at_once_and_one_gets_the_bed(open_scene, nurse, charge) -> None:
    people = [await open_scene.patient(f"Crowd{n:02}") for n in range(50)]
    bed = await open_scene.bed("6E-01")
    tries = [
        partial(who.post, f"/beds/{bed.id}/admit", patient_id=one, version=bed.version)
        for who, one in zip([nurse, charge] * 25, people, strict=True)
    ]
    answers = await asyncio.gather(*map(in_turn, tries))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == 49
    assert {answer.status_code for answer in refused} == {409}
    said = ("This bed is Occupied", "This changed while")
    assert all(any(words in answer.text for words in said) for answer in refused)
    assert await open_scene.scalar("SELECT count(*) FROM stay") == 1


async def test_the_same_admission_sent_twice_happens_once(open_scene, nurse) -> None:
    ida, bed = await open_scene.patient(), await open_scene.bed("6E-04")
    key = str(uuid4())
    first = await nurse.post(f"/beds/{bed.id}/admit", key=key, patient_id=ida, version=bed.version)
    again = await nurse.post(f"/beds/{bed.id}/admit", key=key, patient_id=ida, version=bed.version)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.text == again.text
    assert await open_scene.scalar("SELECT count(*) FROM movement") == 1


async def test_a_discharge_shows_on_every_board(open_scene, nurse, doctor) -> None:
    ida, encounter = await lying(open_scene, "6E-01")
    await settle(open_scene, ida)
    seen = (await open_scene.encounter(encounter)).version
    async with doctor.watch(Topic("beds", open_scene.east)) as screen:
        answer = await nurse.post(f"/stays/{encounter}/discharge", **leaves(seen))
        assert answer.status_code == 200, answer.text
        frame = await screen.until('data-status="H"')  # what follows the admission may come first
    assert _card(answer.text) in frame.content
    assert "tile-occupied" in frame.content


async def test_a_discharge_without_a_destination_says_so(open_scene, nurse) -> None:
    _, encounter = await lying(open_scene, "6E-01")
    answer = await nurse.post(f"/stays/{encounter}/discharge", version=1)
    assert answer.status_code == 422
    assert "Choose where the patient goes." in answer.text


async def test_every_sheet_of_a_taken_bed_opens(open_scene, nurse) -> None:
    _, encounter = await lying(open_scene, "6E-01")
    await lying(open_scene, "6E-02", "Bo")
    bed = open_scene.beds["6E-01"]
    names = ["transfer", "swap", "request", "discharge", "cancel", "home", "isolation", "leave"]
    for path in [f"/beds/{bed}/actions", *(f"/stays/{encounter}/{name}" for name in names)]:
        answer = await nurse.get(path, headers={"hx-request": "true"})
        assert answer.status_code == 200, (path, answer.text)
        assert "QUILLFEATHER" in answer.text, path
        assert (await nurse.get(path)).status_code == 200, path


async def test_a_transfer_a_swap_and_a_step_back(open_scene, nurse) -> None:
    ida, encounter = await lying(open_scene, "6E-01")
    _, other = await lying(open_scene, "6E-02", "Bo")
    await _post(open_scene, nurse, encounter, "transfer", bed_id=open_scene.beds["6E-03"])
    await _post(open_scene, nurse, encounter, "cancel", step="transfer", reason="wrong-bed")
    await _post(open_scene, nurse, encounter, "swap", other_id=other)
    await _post(open_scene, nurse, encounter, "isolation", precaution="airborne")
    await _post(open_scene, nurse, encounter, "home", home_on="2031-01-05")
    answer = await nurse.get(f"/patients/{ida}/movements")
    assert answer.status_code == 200, answer.text
    assert "Transfer cancelled" in answer.text
    page = await nurse.get(f"/beds/{open_scene.beds['6E-02']}/movements")
    assert "QUILLFEATHER" in page.text


async def test_another_ward_is_asked_accepts_and_takes_the_patient(
    open_scene, nurse, doctor
) -> None:
    ida, _ = await lying(open_scene, "6W-01")
    async with open_scene.work() as work:
        asked = await requests.request_move(work, ida, open_scene.east)
    board = await nurse.get(f"/wards/{open_scene.east}/beds")
    assert f"pending-{asked.id}" in board.text
    sheet = await nurse.get(f"/moves/{asked.id}/accept", headers={"hx-request": "true"})
    assert "QUILLFEATHER" in sheet.text
    answer = await nurse.post(
        f"/moves/{asked.id}/accept",
        bed_id=open_scene.beds["6E-05"],
        arrived="yes",
        version=asked.version,
    )
    assert answer.status_code == 200, answer.text
    assert await open_scene.ward_of(ida) == open_scene.east


async def test_nobody_admits_to_a_ward_that_is_not_theirs(open_scene, nurse) -> None:
    ida, bed = await open_scene.patient(), await open_scene.bed("6W-01")
    answer = await nurse.post(f"/beds/{bed.id}/admit", patient_id=ida, version=bed.version)
    assert answer.status_code == 404
    assert await open_scene.ward_of(ida) is None


async def test_other_wards_show_initials_alone(open_scene, nurse) -> None:
    ida = await open_scene.patient("Quillfeather", "Ida")
    async with open_scene.work() as work:
        await admit(work, ida, open_scene.beds["6W-01"])
    board = await nurse.get(f"/wards/{open_scene.west}/beds")
    assert board.status_code == 200
    assert "I.Q." in board.text
    assert "QUILLFEATHER" not in board.text


async def test_reception_may_look_but_not_admit(open_scene, reception) -> None:
    ida, bed = await open_scene.patient(), await open_scene.bed("6E-01")
    board = await reception.get(f"/wards/{open_scene.east}/beds")
    assert board.status_code == 200
    assert 'data-view="desk.en"' in board.text
    answer = await reception.post(f"/beds/{bed.id}/admit", patient_id=ida, version=bed.version)
    assert answer.status_code == 403


async def _post(scene, station, encounter, path, **fields) -> None:
    seen = (await scene.encounter(encounter)).version
    answer = await station.post(f"/stays/{encounter}/{path}", version=seen, **fields)
    assert answer.status_code == 200, (path, answer.text)


def _card(text: str) -> str:
    """Take the first card out of an answer."""
    return text[text.index("<li id=") : text.index("</li></hx-partial>") + len("</li>")]
