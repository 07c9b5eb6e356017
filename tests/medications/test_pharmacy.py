"""The pharmacy: what waits stands in its order, live on every screen, until it is done."""

import re
from uuid import UUID

import pytest

from domain.frequencies import Code
from domain.orders import OrderSource, RequestPriority
from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.medications.conftest import admitted
from tests.medications.scene import doses_of, prescribed, request_of
from tests.stations import Sign, Station
from ward.medications.missing import ask


@pytest.fixture
async def pharmacist(sign: Sign) -> Station:
    return await sign("pharmacist")


def listed(html: str, part: str = "verify") -> list[str]:
    return re.findall(
        rf'id="rx-{part}-[0-9a-f-]{{36}}" class="rx-line[^"]*" data-label="([^"]+)"', html
    )


async def test_high_alert_stands_first_then_what_is_due_first(
    open_scene: Scene, ida: UUID, pharmacist: Station
) -> None:
    await prescribed(open_scene, ida, "amoxicillin", Code.TDS)
    await prescribed(open_scene, ida, "metformin", Code.STAT, priority=RequestPriority.STAT)
    await prescribed(open_scene, ida, "morphine", Code.BD)
    page = await pharmacist.get("/pharmacy")
    assert listed(page.text) == ["morphine", "metformin", "amoxicillin"]
    assert "Quillfeather".upper() in page.text


async def test_the_pharmacist_begins_the_day_with_what_waits(sign: Sign) -> None:
    pharmacist = await sign("pharmacist")
    answer = await pharmacist.get("/", follow_redirects=False)
    assert answer.headers["location"].endswith("/pharmacy")


async def test_an_order_comes_onto_the_list_live_and_leaves_it_when_it_is_verified(
    open_scene: Scene, ida: UUID, pharmacist: Station
) -> None:
    async with pharmacist.watch(Topic("pharmacy", open_scene.east)) as screen:
        order = await prescribed(open_scene, ida)
        assert "amoxicillin" in (await screen.until("amoxicillin")).content
        sheet = await pharmacist.get(f"/orders/{order.id}/verification")
        assert sheet.status_code == 200
        seen = (await request_of(open_scene, order.id)).version
        answer = await pharmacist.post(f"/orders/{order.id}/verification", version=seen)
        assert answer.status_code == 200, answer.text
        await screen.until("0 to verify")
    assert listed((await pharmacist.get("/pharmacy")).text) == []
    assert (await request_of(open_scene, order.id)).verified_at is not None


async def test_a_verbal_order_stays_until_its_prescriber_has_signed(
    open_scene: Scene, ida: UUID, pharmacist: Station, doctor: Station
) -> None:
    order = await prescribed(open_scene, ida, source=OrderSource.VERBAL)
    page = await pharmacist.get("/pharmacy")
    assert f'id="rx-verbal-{order.id}"' in page.text
    seen = (await request_of(open_scene, order.id)).version
    signed = await doctor.post(
        f"/orders/{order.id}/sign", version=seen, reason="Colleague is off duty"
    )
    assert signed.status_code == 200, signed.text
    assert f'id="rx-verbal-{order.id}"' not in (await pharmacist.get("/pharmacy")).text


async def test_a_dose_that_is_not_on_the_ward_is_asked_for_and_sent(
    open_scene: Scene, ida: UUID, pharmacist: Station
) -> None:
    order = await prescribed(open_scene, ida)
    (dose, _), *_rest = await doses_of(open_scene, order.id)
    async with open_scene.work() as work:
        asked = await ask(work, dose.id, "the last one fell down")
    page = await pharmacist.get("/pharmacy")
    assert "the last one fell down" in page.text
    sent = await pharmacist.post(f"/missing-doses/{asked.id}/sending", version=asked.version)
    assert sent.status_code == 200, sent.text
    assert "On its way</span>" in (await pharmacist.get("/pharmacy")).text


async def test_only_patients_of_the_ward_stand_on_its_list(
    open_scene: Scene, ida: UUID, sign: Sign, pharmacist: Station
) -> None:
    other = await admitted(open_scene, "6W-01", "Elsewhere")
    await prescribed(open_scene, other)
    nurse = await sign("nurse")
    assert listed((await nurse.get("/pharmacy")).text) == []
    assert listed((await pharmacist.get("/pharmacy")).text) == ["amoxicillin"]


async def test_a_question_waits_beside_the_order_calls_the_prescriber_and_is_answered(
    open_scene: Scene, ida: UUID, pharmacist: Station, doctor: Station
) -> None:
    order = await prescribed(open_scene, ida, "morphine")
    async with doctor.watch(Topic("tasks", open_scene.east)) as tasks:
        asked = await pharmacist.post(f"/orders/{order.id}/question", text="For which pain?")
        assert asked.status_code == 200, asked.text
        assert "For which pain?" in (await tasks.until("Answer the pharmacist")).content
    page = await pharmacist.get("/pharmacy")
    assert "Prescriber asked" in page.text
    twice = await pharmacist.post(f"/orders/{order.id}/question", text="And?")
    assert twice.status_code == 409
    (question,) = re.findall(r"/pharmacy-questions/([0-9a-f-]{36})/answer", page.text)[:1]
    sheet = await doctor.get(f"/pharmacy-questions/{question}/answer")
    assert "For which pain?" in sheet.text
    said = {"text": "Renal colic.", "version": 1}
    assert (await doctor.post(f"/pharmacy-questions/{question}/answer", **said)).status_code == 200
    assert "Renal colic." in (await pharmacist.get("/pharmacy")).text
    assert "Renal colic." in (await pharmacist.get(f"/orders/{order.id}/verification")).text
    again = await doctor.post(f"/pharmacy-questions/{question}/answer", text="No.", version=2)
    assert again.status_code == 409
