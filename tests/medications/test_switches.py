"""Rule switches: a rule speaks, is counted only, or is off; what forbids is always on."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain import decisions, rule_switches
from domain.decisions import Reason, Step
from domain.drug_allergies import SAME
from domain.errors import NotAllowed
from domain.prescribing import Tier
from domain.rule_switches import Mode
from tests.adt.scene import Scene
from tests.medications.scene import as_person, detailed, prescribed
from tests.medications.test_ordering_form import firings
from tests.medications.test_report import spoken
from tests.prescriptions import ordered, patient
from tests.stations import Station
from ward import clock
from ward.errors import Stale
from ward.medications.held import hold
from ward.medications.prescribe import check
from ward.medications.switches import history, modes, switch
from ward.medications.verify import MAY as VERIFY

TWICE = "D40"  # the same medicine twice asks for a reason
DUPLICATE = ("amoxicillin", "amoxicillin")


def said(found: tuple[decisions.Finding, ...]) -> set[str]:
    return {one.rule for one in found}


def test_a_rule_that_is_counted_only_is_found_and_not_heard() -> None:
    order, known = ordered("ibuprofen"), patient("warfarin")
    everything = decisions.judge(order, known)
    asking = [one for one in everything.findings if one.tier is Tier.REASON]
    assert asking
    for one in asking:
        quiet = decisions.judge(order, known, modes={one.rule: Mode.SILENT})
        assert one.rule not in said(quiet.findings)
        assert one.rule in said(quiet.silent)
        off = decisions.judge(order, known, modes={one.rule: Mode.OFF})
        assert one.rule not in said(off.findings) | said(off.silent)
        decisions.refuse(
            decisions.check(order, known, Step.SIGN, {each.rule: Mode.OFF for each in asking})
        )


def test_a_rule_that_is_off_speaks_in_the_place_of_no_other() -> None:
    """Of several rows about one pair the worst speaks; without it the next one does."""
    order, known = ordered("apixaban"), patient("aspirin")
    assert said(decisions.check(order, known)) & {"D17", "D45"} == {"D17"}
    left = decisions.judge(order, known, modes={"D17": Mode.SILENT})
    assert said(left.silent) == {"D17"}
    assert "D45" in said(left.findings)


def test_what_stops_an_order_is_heard_whatever_is_switched() -> None:
    order, known = ordered("fluoxetine"), patient("selegiline")
    stops = [one for one in decisions.check(order, known) if one.tier is Tier.STOP]
    assert stops
    for mode in (Mode.SILENT, Mode.OFF):
        found = decisions.check(order, known, Step.SIGN, {one.rule: mode for one in stops})
        assert said(tuple(stops)) <= said(found)
        with pytest.raises(NotAllowed, match="cannot be overridden"):
            decisions.refuse(found)


def test_only_what_does_not_forbid_may_be_switched_and_with_a_reason() -> None:
    for rule in (SAME, "D01", "route-never"):
        rule_switches.check(rule, Mode.ON, "As it was")
        for mode in (Mode.SILENT, Mode.OFF):
            with pytest.raises(NotAllowed, match="always on"):
                rule_switches.check(rule, mode, "It tires people")
    with pytest.raises(NotAllowed, match="why"):
        rule_switches.check(TWICE, Mode.OFF, " ")
    with pytest.raises(NotAllowed, match="trial"):
        rule_switches.check(TWICE, Mode.OFF, "Why not", timedelta(days=3))
    for days in (0, 181):
        with pytest.raises(NotAllowed, match="1 to 180 days"):
            rule_switches.check(TWICE, Mode.SILENT, "Why not", timedelta(days=days))


async def asked(scene: Scene, patient_id: UUID) -> set[str]:
    async with scene.work() as work:
        held = await hold(work, patient_id, VERIFY)
        return said(await check(work, held, detailed("amoxicillin")))


async def test_a_silent_rule_asks_nobody_and_is_counted(scene: Scene, quiet_ida: UUID) -> None:
    await prescribed(scene, quiet_ida)
    assert TWICE in await asked(scene, quiet_ida)
    async with as_person(scene, "pharmacist") as work:
        await switch(work, TWICE, Mode.SILENT, "On trial", trial=timedelta(days=14), seen=0)
    assert TWICE not in await asked(scene, quiet_ida)
    await prescribed(scene, quiet_ida)  # without a reason
    assert await firings(scene) == {(TWICE, "silent"): 1}
    clock.shift(timedelta(days=14, seconds=1))
    assert TWICE in await asked(scene, quiet_ida)  # the trial is over


async def test_each_setting_stays_to_read_and_one_stands(scene: Scene, quiet_ida: UUID) -> None:
    del quiet_ida
    async with as_person(scene, "pharmacist") as work:
        first = await switch(work, TWICE, Mode.OFF, "Too often", seen=0)
        seen = first.version
    async with as_person(scene, "pharmacist") as work:
        with pytest.raises(Stale):
            await switch(work, TWICE, Mode.ON, "Again", seen=0)
    async with as_person(scene, "pharmacist") as work:
        assert await modes(work) == {TWICE: Mode.OFF}
        await switch(work, TWICE, Mode.ON, "Needed after all", seen=seen)
    async with as_person(scene, "pharmacist") as work:
        assert await modes(work) == {}
        told = await history(work, TWICE)
    assert [(one.mode, one.reason) for one in told] == [
        (Mode.ON, "Needed after all"),
        (Mode.OFF, "Too often"),
    ]
    assert told[1].ended_at == told[0].set_at
    assert {one.set_by for one in told} == {"Rosa Lindholm"}


async def test_the_report_proposes_less_and_a_pharmacist_sets_it(
    open_scene: Scene, ida: UUID, pharmacist: Station, doctor: Station
) -> None:
    del ida
    await spoken(open_scene, "D16", 19, 1)
    await spoken(open_scene, "D01", 19, 1)
    page = (await pharmacist.get("/medications/report")).text
    assert 'id="demote-D16"' in page
    assert 'id="demote-D01"' not in page
    assert "Always on" in page
    assert 'id="demote-D16"' not in (await pharmacist.get("/medications/report?days=7")).text
    path = "/medications/report/rules/D16/switch"
    sheet = await pharmacist.get(f"{path}?mode=silent", headers={"hx-request": "true"})
    assert 'value="silent" checked' in sheet.text
    form = {"mode": "silent", "days": "30", "version": 0}
    assert (await pharmacist.post(path, **form)).status_code == 422  # why?
    answer = await pharmacist.post(path, **form, reason="Overridden in 95 of 100")
    assert answer.status_code == 204, answer.text
    page = (await pharmacist.get("/medications/report")).text
    assert "Counted only" in page
    assert 'id="demote-D16"' not in page
    told = (await doctor.get("/medications/report/rules/D16")).text
    assert "Overridden in 95 of 100" in told
    again = await pharmacist.post(path, **form, reason="Once more")
    assert again.status_code == 409  # somebody has set it since
    assert (await doctor.post(path, **form, reason="Away")).status_code == 403
    always = "/medications/report/rules/D01/switch"
    refused = await pharmacist.post(always, mode="off", version=0, reason="It tires people")
    assert refused.status_code == 409
    assert "always on" in refused.text


def test_reasons_answer_the_same_finding_as_before() -> None:
    (one,) = [
        each for each in decisions.check(ordered(DUPLICATE[0]), patient(DUPLICATE[1]))
        if each.rule == TWICE
    ]  # fmt: skip
    decisions.refuse([one], [decisions.Override.of(one, Reason.SWITCHING)])
