"""Whole text: what a doctor wrote is kept to the last letter, or refused; never cut."""

from tests.summaries.test_summary import draft, drafted
from ward.summaries.routes import LONGEST


async def test_a_text_that_is_too_long_is_refused_and_not_cut(stayed, doctor) -> None:
    said = {"reason": "Fall", "course": "x" * (LONGEST + 1), "plan": "Home"}
    answer = await doctor.post(f"/stays/{stayed.encounter}/summary", **said)
    assert answer.status_code == 422
    assert f"longer than {LONGEST} letters" in answer.text
    lines = ("x" * 98 + "\r\n") * (LONGEST // 99)  # more than that, counted as they are sent
    await drafted(stayed, doctor, course=lines)


async def test_a_draft_is_signed_only_as_the_form_showed_it(stayed, doctor) -> None:
    await drafted(stayed, doctor)
    found, _ = await draft(stayed)
    answer = await doctor.post(f"/summaries/{found}/signature")
    assert answer.status_code == 422
    assert (await draft(stayed))[0] == found
