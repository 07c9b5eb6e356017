"""Whose name: who has a reason to see one of mother and infant is not told the other's name."""

from dataclasses import replace

from realtime.topics import Topic
from tests.infants.conftest import Two, two_in
from ward.patients.amend import revise
from ward.patients.person import Name

NAMES = ("QUILLFEATHER, Ida", "QUILLFEATHER, Ada")


async def named(two: Two) -> None:
    """Give the infant a name of her own."""
    async with two.scene.work() as work:
        called = Name("Quillfeather", "Ada")
        await revise(work, two.infant, lambda known: replace(known, name=called))


async def test_a_picture_for_all_names_neither_to_who_watches_the_other(open_two, nurse) -> None:
    await named(open_two)
    whose = {open_two.infant: NAMES[0], open_two.mother: NAMES[1]}
    for patient, other in whose.items():
        for page in ("", "/observations", "/medications", "/results"):
            answer = await nurse.get(f"/patients/{patient}{page}")
            assert answer.status_code == 200
            assert other not in answer.text, page
            assert 'href="/patients/' in answer.text
        async with nurse.watch(Topic("chart", patient)) as screen:
            assert other not in screen.first.content
            assert "bed 0" in screen.first.content


async def test_the_sheet_for_one_person_names_whom_that_person_may_see(open_two, nurse) -> None:
    await named(open_two)
    sheet = await nurse.get(f"/patients/{open_two.infant}/family")
    assert NAMES[0] in sheet.text


async def test_a_look_at_one_is_no_look_at_the_other(open_two, nurse) -> None:
    await nurse.get(f"/patients/{open_two.infant}")
    looks = "SELECT count(*) FROM audit_event WHERE actor_kind = 'person' AND patients @> :who"
    for who, times in ((open_two.infant, 1), (open_two.mother, 0)):
        assert await open_two.scene.scalar(looks, who=[who]) == times


async def test_where_nobody_may_see_the_other_nothing_is_said_of_where(open_scene, nurse) -> None:
    two = await two_in(open_scene, "6W-01", "6E-02")
    sheet = await nurse.get(f"/patients/{two.infant}/family")
    assert "a patient whom you do not look after" in sheet.text
    assert "Not on a ward" not in sheet.text


async def test_an_answer_names_no_more_than_the_picture(open_two, reception) -> None:
    said = {"family": "Quillfeather", "given": "Eda", "born": "2026-11-20", "sex": "female"}
    seen = await open_two.scene.scalar(
        "SELECT version FROM patient WHERE id = :who", who=open_two.infant
    )
    answer = await reception.post(f"/patients/{open_two.infant}/amend", version=seen, **said)
    assert answer.status_code == 200, answer.text
    assert NAMES[0] not in answer.text
