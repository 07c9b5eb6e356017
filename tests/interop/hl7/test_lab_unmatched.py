"""Results without a patient: held, told to the laboratory at once, and left by a decision alone."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from realtime.topics import Topic
from tests.adt.scene import person
from tests.interop.hl7.border import act, rows, standing
from tests.interop.hl7.laboratory import DONE, NA, K, message, obr, obx, shown, unmatched
from tests.interop.hl7.monitoring import MRN, note_of
from tests.labs.reports import reports
from tests.settling import worked_off
from ward import clock
from ward.patients.register import register

NOBODY = {"mrn": "9988776", "name": "STRANGER^SAM", "born": "19800101"}
UNKNOWN, OTHER = ("review", "unknown_patient"), ("review", "other_person")
QUEUE = "/results/unmatched"


@pytest.fixture
async def laboratory(sign):
    return await sign("lab")


async def held(scene) -> tuple[str, int]:
    """Give the only one that waits, and its version."""
    ((key, version),) = await rows(
        scene.node, "SELECT id, version FROM hl7_unmatched WHERE decision IS NULL"
    )
    return str(key), version


async def decide(scene, laboratory, verb: str, **said):
    key, version = await held(scene)
    said = {"version": str(version), "reason": "Told by telephone", **said}
    answer = await laboratory.post(f"{QUEUE}/{key}/{verb}", **said)
    await worked_off(scene.node)
    return answer


async def test_nobody_known_by_this_number_is_held_and_called_out(
    open_scene, ida, laboratory
) -> None:
    found = re.search(r'data-topic="held/([0-9a-f-]+)"', (await laboratory.get(QUEUE)).text)
    branch = UUID(found[1])
    async with (
        laboratory.watch(Topic("unmatched", branch)) as screen,
        laboratory.watch(Topic("held", branch)) as badge,
    ):
        assert await act(open_scene.node, message("1", obx(K, "6.9"), **NOBODY)) == ["AA"]
        frame = await screen.until("Critical: telephone")
        await badge.until("count critical")
    assert "STRANGER" not in frame.content
    assert await standing(open_scene.node) == {"1": UNKNOWN}
    assert await unmatched(open_scene) == [(3, None)]
    assert await shown(open_scene) == {}
    page = await laboratory.get(QUEUE)
    assert "telephone now" in page.text


@pytest.mark.parametrize(
    ("value", "flags", "worst"), [("4.1", "", 1), ("4.1", "HH", 3), ("5.9", "", 2), ("2.4", "", 3)]
)
async def test_letters_sent_and_our_limits_say_how_grave_it_is(
    open_scene, ida, value, flags, worst
) -> None:
    await act(open_scene.node, message("1", obx(K, value, flags=flags), **NOBODY))
    assert await unmatched(open_scene) == [(worst, None)]


@pytest.mark.parametrize(
    ("name", "born", "waits"),
    [
        ("QUILLFEATHER^IDA", "19500304", False),
        ("QUILLFEATHER^IDA", "19500403", False),
        ("SMITH^IDA", "19500304", False),
        ("SMITH^IDA", "19610101", True),
        ("QUILLFEATHER^OTTO", "19610101", True),
        ("SMITH^OTTO", "19500304", True),
        ("SMITH^OTTO", "19610101", True),
    ],
)
async def test_another_person_under_the_number_is_never_taken_for_the_patient(
    open_scene, ida, name, born, waits
) -> None:
    await act(open_scene.node, message("1", obx(K, "4.1"), name=name, born=born))
    assert (await standing(open_scene.node))["1"] == (OTHER if waits else DONE)
    assert len(await reports(open_scene)) == (0 if waits else 1)


async def test_several_patients_in_one_message_are_taken_for_none(open_scene, ida) -> None:
    pid = f"PID|2||{MRN}^^^NORTHSITE^MR||OTHER^ONE||19700101|M"
    await act(open_scene.node, message("1", obr(), obx(K, "6.9"), pid, obr(), obx(NA, "138")))
    assert await standing(open_scene.node) == {"1": ("review", "refused")}
    assert await unmatched(open_scene) == [(3, None)]


async def test_it_is_matched_to_the_patient_somebody_chose(open_scene, ida, laboratory) -> None:
    await act(open_scene.node, message("1", obx(K, "6.9"), **NOBODY))
    key, _ = await held(open_scene)
    opened = await laboratory.get(f"{QUEUE}/{key}")
    assert "STRANGER, SAM" in opened.text
    form = await laboratory.get(f"{QUEUE}/{key}/match?mrn={MRN}")
    assert "QUILLFEATHER, Ida" in form.text
    answer = await decide(open_scene, laboratory, "match", mrn=MRN)
    assert answer.status_code in {200, 204, 303}, answer.text
    assert [one.patient_id for one in await reports(open_scene)] == [ida]
    assert await standing(open_scene.node) == {"1": DONE}
    assert await unmatched(open_scene) == [(3, "matched")]


async def test_a_number_of_nobody_is_refused_at_its_field(open_scene, ida, laboratory) -> None:
    await act(open_scene.node, message("1", obx(K, "6.9"), **NOBODY))
    answer = await decide(open_scene, laboratory, "match", mrn="404")
    assert answer.status_code == 422
    assert await unmatched(open_scene) == [(3, None)]


async def test_a_record_is_made_of_whom_the_message_names(open_scene, ida, laboratory) -> None:
    await act(open_scene.node, message("1", obx(K, "4.1"), **NOBODY))
    await decide(open_scene, laboratory, "create")
    (made,) = await reports(open_scene)
    assert made.patient_id != ida
    assert await standing(open_scene.node) == {"1": DONE}
    await act(open_scene.node, message("2", obr(filler="F-2"), obx(K, "4.2"), **NOBODY))
    assert {one.patient_id for one in await reports(open_scene)} == {made.patient_id}


async def test_it_is_rejected_with_a_reason_and_stays_readable(open_scene, ida, laboratory) -> None:
    await act(open_scene.node, message("1", obx(K, "4.1"), **NOBODY))
    without = await decide(open_scene, laboratory, "reject", reason=" ")
    assert without.status_code == 422
    await decide(open_scene, laboratory, "reject")
    assert (await standing(open_scene.node))["1"][0] == "rejected"
    assert await reports(open_scene) == []
    assert await unmatched(open_scene) == [(1, "rejected")]


async def test_two_who_decide_at_once_decide_once(open_scene, ida, laboratory, sign) -> None:
    await act(open_scene.node, message("1", obx(K, "4.1"), **NOBODY))
    key, version = await held(open_scene)
    await decide(open_scene, laboratory, "reject")
    said = {"version": str(version), "reason": "x", "mrn": MRN}
    answer = await laboratory.post(f"{QUEUE}/{key}/match", **said)
    assert answer.status_code in {409, 412, 422}, answer.status_code
    assert await reports(open_scene) == []


async def test_nothing_leaves_by_itself(open_scene, ida) -> None:
    await act(open_scene.node, message("1", obx(K, "4.1"), **NOBODY))
    clock.shift(timedelta(days=40))
    await worked_off(open_scene.node)
    assert await unmatched(open_scene) == [(1, None)]
    assert await reports(open_scene) == []


async def test_a_number_of_anothers_order_or_report_holds_back_only_itself(open_scene, ida) -> None:
    other = {"mrn": "7100002", "name": "OTHER^ONE", "born": "19700101"}
    async with open_scene.work() as work:
        await register(work, person("Other", "One", "7100002"))
    await act(open_scene.node, message("1", obr(filler="SAME"), obx(K, "4.1"), **other))
    parts = (
        obr(filler="SAME"),
        obx(K, "6.9"),
        obr(filler="MINE", battery="NA^Sodium^L"),
        obx(NA, "138"),
    )
    await act(open_scene.node, message("2", *parts))
    assert (await standing(open_scene.node))["2"] == OTHER
    assert "another patient" in await note_of(open_scene, "2")
    assert len(await reports(open_scene)) == 2
    assert await unmatched(open_scene) == [(3, None)]


async def test_only_the_laboratory_decides(open_scene, ida, nurse) -> None:
    await act(open_scene.node, message("1", obx(K, "4.1"), **NOBODY))
    assert (await nurse.get(QUEUE)).status_code == 403
    key, version = await held(open_scene)
    answer = await nurse.post(f"{QUEUE}/{key}/reject", version=str(version), reason="no")
    assert answer.status_code == 403
