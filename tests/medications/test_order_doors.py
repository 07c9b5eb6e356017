"""Doors of an order: the sheets, what their buttons do, who is turned away, what comes too late."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.access import Permission
from domain.decisions import Reason
from domain.orders import Act, OrderSource, RequestStatus
from tests.adt.scene import Scene
from tests.medications.scene import (
    answered,
    detailed,
    doses_of,
    history_of,
    prescribed,
    request_of,
)
from tests.stations import Station
from ward import clock
from ward.medications.held import hold
from ward.medications.prescribe import check


@pytest.fixture
async def order(open_scene: Scene, ida: UUID):
    return await prescribed(open_scene, ida, at=clock.now() + timedelta(hours=2))  # not due yet


def at(order_id: UUID, act: str) -> str:
    return f"/orders/{order_id}/{act}"


def hidden(html: str) -> dict[str, str]:
    """The fields of a sheet as a browser would send them back untouched."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html))
    for tag in re.findall(r"<input (?!type=\"hidden\")[^>]*>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        box = "checkbox" in tag or "radio" in tag
        if name and value and (not box or " checked" in tag):
            found[name[1]] = value[1]
    for name, inside in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        first = re.search(r'<option value="([^"]*)"', inside)
        found[name] = (chosen or first)[1]
    return {name: value for name, value in found.items() if value}


async def test_a_prescriber_withholds_gives_again_and_stops(
    open_scene: Scene, order, doctor: Station
) -> None:
    sheet = await doctor.get(at(order.id, "hold"), headers={"hx-request": "true"})
    assert "amoxicillin" in sheet.text
    assert "Withhold for" in sheet.text
    seen = order.version
    answer = await doctor.post(at(order.id, "hold"), version=seen, reason="Nil by mouth")
    assert answer.status_code == 200, answer.text
    assert (await request_of(open_scene, order.id)).status is RequestStatus.ON_HOLD
    again = await doctor.post(at(order.id, "stop"), version=seen, reason="Late")
    assert again.status_code == 409
    assert "withheld, Doctor" in again.text
    seen = (await request_of(open_scene, order.id)).version
    answer = await doctor.post(at(order.id, "lift"), version=seen)
    assert answer.status_code == 200, answer.text
    seen = (await request_of(open_scene, order.id)).version
    empty = await doctor.post(at(order.id, "stop"), version=seen, reason=" ")
    assert empty.status_code == 422
    answer = await doctor.post(at(order.id, "stop"), version=seen, reason="Rash")
    assert answer.status_code == 200, answer.text
    assert [row.act for row in await history_of(open_scene, order.id)] == [
        Act.PRESCRIBE,
        Act.HOLD,
        Act.LIFT,
        Act.CANCEL,
    ]
    assert await doses_of(open_scene, order.id) == []


async def test_the_same_click_twice_is_one_act(open_scene: Scene, order, doctor: Station) -> None:
    key, fields = str(uuid4()), {"version": order.version, "reason": "Nil by mouth"}
    first, second = await asyncio.gather(
        doctor.post(at(order.id, "hold"), key=key, **fields),
        doctor.post(at(order.id, "hold"), key=key, **fields),
    )
    assert {first.status_code, second.status_code} == {200}
    acts = [row.act for row in await history_of(open_scene, order.id)]
    assert acts == [Act.PRESCRIBE, Act.HOLD]


async def test_a_change_is_typed_over_the_order_and_read_by_a_nurse(
    open_scene: Scene, order, doctor: Station, nurse: Station
) -> None:
    sheet = await doctor.get(at(order.id, "change"), headers={"hx-request": "true"})
    fields = hidden(sheet.text)
    assert fields["0.dose"] == "500"
    assert fields["0.frequency"] == "BD"
    same = await doctor.post(at(order.id, "change"), **fields)
    assert same.status_code == 409
    assert "Nothing was changed" in same.text
    asked = await doctor.post(f"{at(order.id, 'change')}/ask", **fields | {"0.dose": "250"})
    assert asked.status_code == 200
    assert "250" in asked.text
    fields |= {"0.dose": "250", "reason": "Kidneys", "idempotency_key": str(uuid4())}
    answer = await doctor.post(at(order.id, "change"), **fields)
    assert answer.status_code == 200, answer.text
    assert {amount.value for _, amount in await doses_of(open_scene, order.id)} == {250}
    late = await doctor.post(at(order.id, "change"), **fields | {"idempotency_key": uuid4()})
    assert late.status_code == 409
    sheet = await nurse.get(at(order.id, "review"), headers={"hx-request": "true"})
    assert "500 mg to 250 mg".replace(" mg", "\N{NO-BREAK SPACE}mg") in sheet.text
    assert "Kidneys" in sheet.text
    answer = await nurse.post(at(order.id, "review"), **hidden(sheet.text))
    assert answer.status_code == 200, answer.text
    row = (await history_of(open_scene, order.id))[1]
    assert row.reviewed_at is not None
    assert row.reviewed_by is not None


async def test_of_two_prescribers_who_change_at_once_one_looks_again(
    open_scene: Scene, order, doctor: Station, doctor2: Station
) -> None:
    sheets = [
        hidden((await one.get(at(order.id, "change"), headers={"hx-request": "true"})).text)
        for one in (doctor, doctor2)
    ]
    answers = await asyncio.gather(
        doctor.post(at(order.id, "change"), **sheets[0] | {"0.dose": "250"}),
        doctor2.post(at(order.id, "change"), **sheets[1] | {"0.dose": "750"}),
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    assert (await request_of(open_scene, order.id)).revision == 2


async def test_a_change_that_is_contraindicated_is_not_signed_however_it_is_answered(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    order = await prescribed(open_scene, ida, "paracetamol")
    sheet = await doctor.get(at(order.id, "change"), headers={"hx-request": "true"})
    fields = hidden(sheet.text) | {"0.dose": "3000"}  # twice: 6 g in 24 h
    answer = await doctor.post(at(order.id, "change"), **fields)
    assert answer.status_code == 409
    assert "more than" in answer.text
    assert "cannot be overridden" in answer.text
    assert (await request_of(open_scene, order.id)).revision == 1
    heeded = "SELECT count(*) FROM rule_firing WHERE outcome = 'heeded' AND rule = 'limit-day'"
    assert await open_scene.scalar(heeded) == 1


async def test_a_verbal_order_is_signed_by_whoever_gave_it(
    open_scene: Scene, ida: UUID, doctor: Station, nurse: Station
) -> None:
    order = await prescribed(open_scene, ida, source=OrderSource.VERBAL)
    sheet = await doctor.get(at(order.id, "sign"), headers={"hx-request": "true"})
    assert sheet.status_code == 200
    assert (await nurse.post(at(order.id, "sign"), version=order.version)).status_code == 403
    answer = await doctor.post(at(order.id, "sign"), version=order.version)
    assert answer.status_code == 200, answer.text
    row = await request_of(open_scene, order.id)
    assert row.acknowledged_at is not None
    assert row.acknowledged_by is not None


async def test_an_order_is_renewed_until_a_time_on_the_clock_of_the_ward(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    order = await prescribed(open_scene, ida, stops_at=clock.now() + timedelta(days=1))
    sheet = await doctor.get(at(order.id, "renew"), headers={"hx-request": "true"})
    assert 'name="until"' in sheet.text
    until = (clock.now() + timedelta(days=3)).strftime("%Y-%m-%dT12:00")
    answer = await doctor.post(at(order.id, "renew"), version=order.version, until=until)
    assert answer.status_code == 200, answer.text
    assert len(await doses_of(open_scene, order.id)) >= 5


@pytest.mark.parametrize("act", ["hold", "lift", "stop", "renew", "sign", "change"])
async def test_only_a_prescriber_has_the_sheets_of_an_order(
    order, nurse: Station, pharmacist: Station, reception: Station, act: str
) -> None:
    for one in (nurse, pharmacist, reception):
        assert (await one.get(at(order.id, act))).status_code == 403
        assert (await one.post(at(order.id, act), version=1, reason="x")).status_code == 403


async def test_what_was_answered_with_another_order_is_not_asked_again(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    first = await prescribed(open_scene, ida, "warfarin")
    second = detailed("ibuprofen")
    async with open_scene.work() as work:
        held = await hold(work, ida, Permission.VIEW_MEDICATIONS)
        findings = await check(work, held, second)
    assert any(one.tier.value == "reason" for one in findings)
    given = answered(*findings, reason=Reason.SHORT_COURSE)
    await prescribed(open_scene, ida, detail=second, overrides=given)
    await doctor.post(at(first.id, "hold"), version=first.version, reason="Bleeding")
    sheet = await doctor.get(at(first.id, "lift"), headers={"hx-request": "true"})
    assert "Overridden" in sheet.text
    assert "Short course" in sheet.text
    seen = (await request_of(open_scene, first.id)).version
    answer = await doctor.post(at(first.id, "lift"), version=seen)
    assert answer.status_code == 200, answer.text
