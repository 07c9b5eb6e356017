"""Panel: the summary of a patient names what is due, and what was given as required."""

from domain.frequencies import Code
from domain.schedules import First
from tests.medications.scene import prescribed


async def test_the_summary_names_what_is_due_now_and_what_comes_next(
    open_scene, ida, nurse, doctor
) -> None:
    await prescribed(open_scene, ida, first=First.NOW_CONFIRMED)
    await prescribed(open_scene, ida, "paracetamol", Code.PRN)
    for station in (nurse, doctor):
        page = await station.get(f"/patients/{ida}")
        assert page.status_code == 200
        panel = page.text[page.text.index('id="medicines"') :].partition("</section>")[0]
        assert "amoxicillin" in panel
        assert "Due " in panel
        assert "not given yet" in panel


async def test_reception_sees_no_medicine_on_the_summary(open_scene, ida, reception) -> None:
    await prescribed(open_scene, ida)
    page = await reception.get(f"/patients/{ida}")
    assert page.status_code == 200
    assert "amoxicillin" not in page.text
