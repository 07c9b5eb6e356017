"""Linking: both charts, the card and the counter tell of it, to those who may see both."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.encounters import Disposition
from domain.errors import NotAllowed
from domain.overrides import Approver, Override
from realtime.topics import Topic
from tests.infants.conftest import newborn, two_in
from tests.stations import Station
from ward import clock
from ward.adt.discharge import discharge
from ward.adt.events import PatientTransferred
from ward.adt.transfer import transfer
from ward.errors import Invalid
from ward.infants.service import link, register_newborn, unlink
from ward.patients.amend import revise
from ward.patients.register import register


async def _link_id(two) -> str:
    return await two.scene.scalar("SELECT id FROM infant_link WHERE ended_at IS NULL")


async def test_both_charts_and_the_board_tell_of_it(open_two, nurse) -> None:
    mothers = (await nurse.get(f"/patients/{open_two.mother}")).text
    assert "Mother of" in mothers
    assert f'href="/patients/{open_two.infant}"' in mothers
    infants = (await nurse.get(f"/patients/{open_two.infant}")).text
    assert "Infant of" in infants
    assert f'href="/patients/{open_two.mother}"' in infants
    board = (await nurse.get(f"/wards/{open_two.scene.east}/beds")).text
    assert 'id="tile-kin"' in board
    assert "<b>1<small>/1</small></b> Mothers / infants" in board
    assert board.count('<li class="chip plain"><svg') >= 2


async def test_a_ward_without_any_has_no_counter(open_scene, nurse) -> None:
    board = (await nurse.get(f"/wards/{open_scene.east}/beds")).text
    assert "tile-kin" not in board


async def test_card_and_counter_come_in_one_frame(open_scene, nurse, charge) -> None:
    two = await two_in(open_scene, "6E-01", "6E-02")
    async with open_scene.work() as work:
        await unlink(work, await _link_id(two), "Wrong")
    async with charge.watch(Topic("beds", open_scene.east)) as screen:
        assert "tile-kin" not in screen.first.content
        answer = await nurse.post(f"/patients/{two.infant}/mother", mother_id=two.mother)
        assert answer.status_code == 204, answer.text
        frame = await screen.until("tile-kin")
    for bed, word in (("6E-01", "Mother"), ("6E-02", "Infant")):
        card = frame.content.partition(f'id="bed-{open_scene.beds[bed]}"')[2].partition("</ul>")[0]
        assert word in card


async def test_open_charts_follow_the_other_s_move(open_two, nurse) -> None:
    scene = open_two.scene
    async with nurse.watch(Topic("chart", open_two.infant)) as screen:
        async with scene.work() as work:
            await transfer(work, open_two.mothers, scene.beds["6E-05"])
        await screen.until("bed 05")


def _called(known, family):
    return replace(known, name=replace(known.name, family=family))


async def test_who_may_not_see_the_mother_sees_no_name(open_scene, nurse) -> None:
    two = await two_in(open_scene, "6W-01", "6E-02")  # the nurse works on Six East alone
    async with open_scene.work() as work:
        await revise(work, two.mother, lambda known: _called(known, "Zander"))
    for path in (f"/patients/{two.infant}", f"/patients/{two.infant}/family"):
        page = await nurse.get(path)
        assert page.status_code == 200
        assert "Infant of" in page.text
        assert "ZANDER" not in page.text
    async with nurse.watch(Topic("chart", two.infant)) as screen:
        assert "Infant of" in screen.first.content
        assert "ZANDER" not in screen.first.content
    sheet = await nurse.get(f"/stays/{two.infants}/transfer")
    assert "ZANDER" not in sheet.text
    assert "Together with" not in sheet.text
    refused = await nurse.get(f"/patients/{two.mother}/family")
    assert refused.status_code == 403


async def test_who_may_see_both_is_told_the_name_in_the_sheet(open_scene, sign) -> None:
    two = await two_in(open_scene, "6W-01", "6E-02")
    reception = await sign("reception")  # registration works for every branch
    sheet = await reception.get(f"/patients/{two.infant}/family")
    assert "QUILLFEATHER, Ida" in sheet.text


async def test_a_newborn_is_registered_from_the_mother_s_chart(open_scene, reception) -> None:
    mother = await open_scene.patient("Quillfeather", "Ida")
    form = await reception.get(f"/patients/{mother}/newborn", headers={"hx-request": "true"})
    assert 'value="Quillfeather"' in form.text
    said = {"family": "Quillfeather", "given": "", "born": "2026-11-20", "sex": "female"}
    first = await reception.post(f"/patients/{mother}/newborn", **said)
    assert first.status_code == 204, first.text
    page = await reception.get(first.headers["hx-redirect"])
    assert "Infant of" in page.text
    twin = await reception.post(f"/patients/{mother}/newborn", **said)
    assert twin.status_code == 409
    assert "Perhaps already registered" in twin.text
    twin = await reception.post(f"/patients/{mother}/newborn", anyway="yes", **said)
    assert twin.status_code == 204, twin.text
    assert await open_scene.scalar("SELECT count(*) FROM infant_link") == 2


async def test_a_link_can_be_undone_at_once_by_who_made_it(
    open_two, nurse: Station, charge: Station
) -> None:
    link_id = await _link_id(open_two)
    await nurse.post(f"/infant-links/{link_id}/end", version=1, reason="Wrong cot")
    made = await nurse.post(f"/patients/{open_two.infant}/mother", mother_id=open_two.mother)
    path, _, version = made.headers["ward-undo"].partition(" ")
    assert (await charge.post(path, version=version)).status_code == 409  # not hers to undo
    assert "Infant of" in (await nurse.get(f"/patients/{open_two.infant}")).text
    undone = await nurse.post(path, version=version)
    assert undone.status_code == 204, undone.text
    assert "Infant of" not in (await nurse.get(f"/patients/{open_two.infant}")).text
    assert (await nurse.post(path, version=version)).status_code == 409  # once


async def test_a_link_of_long_ago_is_not_undone(open_two, nurse: Station) -> None:
    link_id = await _link_id(open_two)
    await nurse.post(f"/infant-links/{link_id}/end", version=1, reason="Wrong cot")
    made = await nurse.post(f"/patients/{open_two.infant}/mother", mother_id=open_two.mother)
    path, _, version = made.headers["ward-undo"].partition(" ")
    clock.shift(timedelta(seconds=20))
    late = await nurse.post(path, version=version)
    assert late.status_code == 409
    assert "more than 10 seconds ago" in late.text
    assert "Infant of" in (await nurse.get(f"/patients/{open_two.infant}")).text


async def test_a_link_is_removed_with_a_reason_and_made_again(open_two, nurse) -> None:
    link_id = await _link_id(open_two)
    sheet = await nurse.get(f"/infant-links/{link_id}/end", headers={"hx-request": "true"})
    assert "Remove the link" in sheet.text
    empty = await nurse.post(f"/infant-links/{link_id}/end", version=1)
    assert empty.status_code == 422
    answer = await nurse.post(f"/infant-links/{link_id}/end", version=1, reason="Wrong cot")
    assert answer.status_code == 204, answer.text
    again = await nurse.post(f"/infant-links/{link_id}/end", version=1, reason="Wrong cot")
    assert again.status_code == 409
    chart = await nurse.get(f"/patients/{open_two.infant}")
    assert "Infant of" not in chart.text
    number = await open_two.scene.scalar("SELECT max(version) FROM infant_link")
    assert number == 2
    answer = await nurse.post(f"/patients/{open_two.infant}/mother", mother_id=open_two.mother)
    assert answer.status_code == 204


async def test_the_mother_is_found_by_her_number(open_scene, nurse) -> None:
    async with open_scene.work() as work:
        infant = await register_newborn_alone(work)
    mother = await open_scene.patient("Quillfeather", "Ida")
    page = (await nurse.get(f"/patients/{mother}")).text
    mrn = page.partition("<dt>MRN</dt>")[2].partition("</dd>")[0].rpartition(">")[2]
    wrong = await nurse.post(f"/patients/{infant}/mother", mrn="000")
    assert wrong.status_code == 422
    assert "No patient whom you may see" in wrong.text
    nobody = await nurse.post(f"/patients/{infant}/mother")
    assert "Choose the mother" in nobody.text
    answer = await nurse.post(f"/patients/{infant}/mother", mrn=mrn)
    assert answer.status_code == 204, (mrn, answer.text)


async def register_newborn_alone(work):
    return (await register(work, newborn("Brown"))).id


async def test_a_second_mother_and_an_empty_reason_are_refused(two) -> None:
    other = await two.scene.patient("Bo")
    with pytest.raises(NotAllowed, match="another mother"):
        async with two.scene.work() as work:
            await link(work, two.infant, other)
    with pytest.raises(NotAllowed, match="child of this patient"):
        async with two.scene.work() as work:
            await link(work, two.mother, two.infant)
    with pytest.raises(Invalid, match="Say why"):
        async with two.scene.work() as work:
            await unlink(work, await _link_id(two), "  ")


async def test_ten_who_link_at_once_make_one_link(scene) -> None:
    mothers = [await scene.patient(f"Crowd{n}") for n in range(10)]
    async with scene.work() as work:
        infant = await register_newborn_alone(work)

    async def one(mother):
        async with scene.work() as work:
            await link(work, infant, mother)

    said = await asyncio.gather(*map(one, mothers), return_exceptions=True)
    assert sum(answer is None for answer in said) == 1
    assert await scene.scalar("SELECT count(*) FROM infant_link") == 1


async def test_a_newborn_that_cannot_be_linked_is_not_registered(open_scene, monkeypatch) -> None:
    scene = open_scene
    mother = await scene.patient("Quillfeather", "Ida")
    before = await scene.scalar("SELECT count(*) FROM patient")

    async def cut(*_, **__):
        raise RuntimeError("power cut")

    monkeypatch.setattr("ward.infants.service.link", cut)
    with pytest.raises(RuntimeError, match="power cut"):
        async with scene.work() as work:
            await register_newborn(work, mother, newborn(), anyway=True)
    assert await scene.scalar("SELECT count(*) FROM patient") == before


async def test_the_mark_goes_when_the_other_has_gone_home(open_two, nurse) -> None:
    scene = open_two.scene
    async with nurse.watch(Topic("beds", scene.east)) as screen:
        assert "tile-kin" in screen.first.content
        async with scene.work() as work:
            why = Override(Approver.CHARGE_NURSE, "Goes home")
            await discharge(work, open_two.infants, Disposition.HOME, override=why)
        await screen.until('data-status="H"')
    board = await nurse.get(f"/wards/{scene.east}/beds")
    assert "tile-kin" not in board.text


async def test_a_move_is_told_to_the_other_s_chart_and_board(scene) -> None:
    two = await two_in(scene, "6W-01", "6E-02")
    async with scene.work() as work:
        await transfer(work, two.infants, scene.beds["6E-05"])
        moved = next(event for event in work.events if isinstance(event, PatientTransferred))
    assert Topic("chart", two.mother) in moved.soon
    assert Topic("beds", scene.west) in moved.soon
