"""Together: results of several patients in one commit, each with its own trail and its own fate."""

from uuid import UUID

import pytest

from tests.adt.scene import Scene, person
from tests.interop.hl7.border import act, rows, send, standing
from tests.interop.hl7.laboratory import DONE, K, message, obr, obx
from ward.interop.hl7 import effects
from ward.interop.hl7.worker import TOGETHER, drain
from ward.patients.register import register


async def test_results_of_several_patients_share_a_commit_and_no_trail(open_scene: Scene) -> None:
    patients = await registered(open_scene, TOGETHER + 2)
    await act(open_scene.node, *(result(mrn) for mrn in patients))
    assert set((await standing(open_scene.node)).values()) == {DONE}
    trail = "SELECT patients, xid FROM audit_event WHERE code = 'hl7.apply'"
    found = await rows(open_scene.node, trail)
    assert sorted(row[0] for row in found) == sorted([one] for one in patients.values())
    assert len({row[1] for row in found}) == 2  # commits
    claimed = "SELECT count(*) FROM audit_event WHERE code = 'hl7.claim'"
    assert await rows(open_scene.node, claimed) == [(0,)]


async def test_one_that_must_wait_keeps_no_other_from_its_effect(open_scene: Scene) -> None:
    patients = await registered(open_scene, TOGETHER - 1)
    await act(open_scene.node, *(result(mrn) for mrn in [*patients, "999999"]))
    found = await standing(open_scene.node)
    assert found.pop("R-999999") == ("review", "unknown_patient")
    assert set(found.values()) == {DONE}
    released = await rows(open_scene.node, "SELECT count(*) FROM lab_result")
    assert released == [(len(patients),)]
    refused = "SELECT count(*) FROM audit_event WHERE code LIKE 'hl7%' AND outcome <> '0'"
    assert await rows(open_scene.node, refused) == [(0,)]


async def test_one_that_fails_is_tried_again_alone(
    open_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    patients = await registered(open_scene, TOGETHER)
    apply, bad = effects.apply, next(iter(patients))

    async def failing(work, row, fact):
        effect = await apply(work, row, fact)
        if row.msh10 == f"R-{bad}":
            raise ZeroDivisionError
        return effect

    await send(open_scene.node, *(result(mrn) for mrn in patients))
    monkeypatch.setattr(effects, "apply", failing)
    await drain(open_scene.node)
    found = await rows(
        open_scene.node, "SELECT msh10, state, attempts, error FROM hl7_message WHERE attempts > 0"
    )
    assert found == [(f"R-{bad}", "received", 1, "ZeroDivisionError")]
    reports = "SELECT patient_id FROM diagnostic_report"
    released = {row[0] for row in await rows(open_scene.node, reports)}
    assert released == set(patients.values()) - {patients[bad]}


async def registered(scene: Scene, many: int) -> dict[str, UUID]:
    """Register people: record number to patient."""
    found = {}
    for number in range(many):
        async with scene.work() as work:
            someone = person(f"Starling{number}", "Given", f"80{number}")
            found[f"80{number}"] = (await register(work, someone)).id
    return found


def result(mrn: str) -> bytes:
    """Write a result of one patient."""
    name = f"STARLING{mrn[2:]}^GIVEN"
    return message(f"R-{mrn}", obr(filler=f"F-{mrn}"), obx(K, "4.1"), mrn=mrn, name=name, born="")
