"""Somebody takes it, and everybody sees that; others say no, wait, comment, hand over and close."""

import asyncio
from functools import partial

import pytest

from domain.alerts import AlertState, Cause
from domain.duty import DutyRole
from realtime.topics import Topic
from tests.containers import partials
from tests.turns import in_turn
from ward.alerts.models import Happening

REGISTRAR, CONSULTANT, IN_CHARGE = "registrar", "consultant", "nurse-in-charge"
MEDIUM = Cause.NEWS_MEDIUM


@pytest.fixture
async def manned(calls):
    """Both doctors are registrars, Grace is in charge, both nurses are there."""
    for who in ("doctor", "doctor2"):
        await calls.staff.on(who, DutyRole.REGISTRAR)
    await calls.staff.on("charge", DutyRole.IN_CHARGE)
    for who in ("nurse", "nurse2"):
        await calls.staff.on(who)
    return calls


async def test_accepted_on_one_phone_it_is_gone_from_the_other_within_a_second(
    manned, doctor, sign
) -> None:
    other = await sign("doctor2")
    alert = await manned.sound()
    users = manned.staff.users
    console = Topic("alerts", manned.scene.east)
    async with other.watch(console) as phone:
        first = phone.first.content
        assert all(str(users[one]) in first for one in ("doctor", "doctor2"))
        answer = await doctor.post(f"/alerts/{alert}/response", response="going")
        assert answer.status_code == 200, answer.text
        frame = await phone.until("has it")  # how soon is measured in bench, with nobody beside it
    assert str(users["doctor"]) in frame.content
    assert str(users["doctor2"]) not in frame.content  # no longer for the other
    assert "Joan Patelle has it" in frame.content


async def test_what_is_answered_is_what_is_pushed_and_fetched(manned, doctor, nurse) -> None:
    alert = await manned.sound()
    async with nurse.watch(Topic("alerts", manned.scene.east)) as screen:
        answer = await doctor.post(f"/alerts/{alert}/response", response="going")
        pushed = (await screen.until("has it")).content
    drawn = {target: html for target, _, html in partials(answer.text.strip())}
    assert drawn[f"alert-{alert}"] in pushed
    assert drawn[f"alert-{alert}"] in (await nurse.get("/alerts")).text
    assert drawn[f"call-{alert}"] in (await nurse.get(f"/alerts/{alert}")).text


async def test_of_twenty_who_accept_at_once_one_has_it(manned, doctor, nurse) -> None:
    alert = await manned.sound()
    who = [doctor, nurse] * 10
    going = [partial(one.post, f"/alerts/{alert}/response", response="going") for one in who]
    answers = await asyncio.gather(*map(in_turn, going))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] + [409] * 19
    steps = [step[0] for step in await manned.steps(alert)]
    assert steps.count(Happening.ACCEPTED) == 1
    refused = next(one for one in answers if one.status_code == 409)
    assert "It cannot be taken" in refused.text


async def test_the_next_is_called_when_all_who_were_called_have_said_no(
    manned, doctor, sign
) -> None:
    alert = await manned.sound()
    said = {"reason": "with-another-patient"}
    assert (await doctor.post(f"/alerts/{alert}/refusal", **said)).status_code == 200
    assert await manned.called(alert) == [REGISTRAR]
    await (await sign("doctor2")).post(f"/alerts/{alert}/refusal", **said)
    assert await manned.called(alert) == [REGISTRAR, "-consultant", IN_CHARGE]


async def test_who_was_not_called_can_decline_and_nothing_moves(manned, nurse) -> None:
    alert = await manned.sound()
    await nurse.post(f"/alerts/{alert}/refusal", reason="not-my-patient")
    assert await manned.called(alert) == [REGISTRAR]


async def test_the_last_in_line_cannot_decline_it_away(manned, charge) -> None:
    alert = await manned.sound()
    await manned.wait(5.1)
    row = await manned.row(alert)
    assert row.called is DutyRole.IN_CHARGE
    await charge.post(f"/alerts/{alert}/refusal", reason="other", text="Two others at once")
    after = await manned.row(alert)
    assert (after.step, after.escalates_at) == (row.step, row.escalates_at)


async def test_a_decline_needs_its_reason(manned, doctor) -> None:
    alert = await manned.sound()
    answer = await doctor.post(f"/alerts/{alert}/refusal")
    assert answer.status_code == 422
    assert "Reason is missing" in answer.text


async def test_handed_to_somebody_who_is_on_duty(manned, doctor) -> None:
    alert = await manned.sound()
    users = manned.staff.users
    sheet = await doctor.get(f"/alerts/{alert}/response")
    assert "Emil Adeyemi, registrar" in sheet.text
    assert "Joan Patelle" not in sheet.text.partition("Handed to")[2].partition("</select>")[0]
    answer = await doctor.post(
        f"/alerts/{alert}/response", response="handed-over", to_user=users["doctor2"]
    )
    assert answer.status_code == 200, answer.text
    row = await manned.row(alert)
    assert (row.state, row.owner_id) == (AlertState.ACCEPTED, users["doctor2"])
    back = await doctor.post(f"/alerts/{alert}/owner", to_user=users["doctor"], version=row.version)
    assert back.status_code == 200
    assert (await manned.row(alert)).owner_id == users["doctor"]


async def test_nobody_is_given_an_alert_who_is_not_there(manned, doctor) -> None:
    alert = await manned.sound()
    answer = await doctor.post(
        f"/alerts/{alert}/response", response="handed-over", to_user=manned.staff.users["reception"]
    )
    assert answer.status_code == 409
    assert "on duty on this ward" in answer.text
    missing = await doctor.post(f"/alerts/{alert}/response", response="handed-over")
    assert missing.status_code == 422


async def test_already_managed_closes_with_what_became_of_it(manned, doctor) -> None:
    alert = await manned.sound()
    without = await doctor.post(f"/alerts/{alert}/response", response="already-managed")
    assert without.status_code == 422
    said = {"response": "already-managed", "outcome": "treatment-changed", "text": "Fluids"}
    assert (await doctor.post(f"/alerts/{alert}/response", **said)).status_code == 200
    row = await manned.row(alert)
    assert (row.state, row.outcome) == (AlertState.CLOSED, "treatment-changed")
    assert row.answered_at is not None
    console = await doctor.get("/alerts")
    assert "Treatment changed" in console.text


async def test_closing_needs_an_outcome_and_the_newest_words(manned, doctor) -> None:
    alert = await manned.sound()
    await doctor.post(f"/alerts/{alert}/response", response="going")
    version = (await manned.row(alert)).version
    nothing = await doctor.post(f"/alerts/{alert}/closing", version=version)
    assert nothing.status_code == 422
    await manned.sound(what="NEWS2 9: the same.", worse=False)
    late = {"outcome": "reviewed-no-change", "version": version}
    assert (await doctor.post(f"/alerts/{alert}/closing", **late)).status_code == 409
    now = late | {"version": (await manned.row(alert)).version}
    assert (await doctor.post(f"/alerts/{alert}/closing", **now)).status_code == 200
    assert (await manned.row(alert)).state is AlertState.CLOSED


async def test_a_person_cannot_choose_an_outcome_of_wards_own(manned, doctor) -> None:
    alert = await manned.sound()
    fields = {"outcome": "overtaken", "version": (await manned.row(alert)).version}
    answer = await doctor.post(f"/alerts/{alert}/closing", **fields)
    assert answer.status_code == 409


async def test_tier_2_can_wait_half_an_hour_once_and_the_next_is_called_then(
    manned, doctor
) -> None:
    alert = await manned.sound(MEDIUM, "NEWS2 5: medium.")
    version = (await manned.row(alert)).version
    silent = await doctor.post(f"/alerts/{alert}/pause", minutes=30, version=version)
    assert silent.status_code == 422
    fields = {"minutes": 30, "text": "At X-ray", "version": version}
    assert (await doctor.post(f"/alerts/{alert}/pause", **fields)).status_code == 200
    row = await manned.row(alert)
    again = fields | {"version": row.version}
    assert (await doctor.post(f"/alerts/{alert}/pause", **again)).status_code == 409
    assert row.snoozed_until is not None
    await manned.wait(30.2)
    assert await manned.called(alert) == [REGISTRAR, "-consultant", IN_CHARGE]


async def test_a_pause_moves_the_timer_and_the_old_one_does_nothing(manned, doctor) -> None:
    alert = await manned.sound(Cause.OBS_OVERDUE, "Observations due 13:30")
    version = (await manned.row(alert)).version
    await doctor.post(f"/alerts/{alert}/pause", minutes=30, text="Asleep", version=version)
    await manned.wait(15.5)
    assert await manned.called(alert) == ["nurse"]
    await manned.sane()
    await manned.wait(15)
    assert await manned.called(alert) == ["nurse", IN_CHARGE]


async def test_a_critical_alert_cannot_wait(manned, doctor) -> None:
    alert = await manned.sound()
    version = (await manned.row(alert)).version
    answer = await doctor.post(f"/alerts/{alert}/pause", minutes=5, text="Later", version=version)
    assert answer.status_code == 409
    assert "cannot wait" in answer.text


async def test_opening_it_is_seen_by_everybody_and_once(manned, doctor, nurse) -> None:
    alert = await manned.sound()
    page = await doctor.get(f"/alerts/{alert}")
    assert f'hx-post="/alerts/{alert}/seen"' in page.text
    async with nurse.watch(Topic("calls", manned.patient)) as screen:
        for _ in range(2):
            assert (await doctor.post(f"/alerts/{alert}/seen")).status_code == 200
        assert "Seen by Joan Patelle" in (await screen.until("Seen by Joan")).content
    steps = [step[0] for step in await manned.steps(alert)]
    assert steps.count(Happening.SEEN) == 1
    assert "Seen by Joan Patelle" in (await nurse.get(f"/patients/{manned.patient}")).text


async def test_a_comment_stays_with_a_closed_alert_too(manned, doctor, nurse) -> None:
    alert = await manned.sound()
    fields = {"response": "already-managed", "outcome": "care-limited"}
    await doctor.post(f"/alerts/{alert}/response", **fields)
    answer = await nurse.post(f"/alerts/{alert}/comments", text="Family was told")
    assert answer.status_code == 200
    assert "Family was told" in (await doctor.get(f"/alerts/{alert}")).text


async def test_reception_neither_looks_nor_touches(manned, reception) -> None:
    alert = await manned.sound()
    for path in ("/alerts", f"/alerts/{alert}", "/alerts/policies"):
        assert (await reception.get(path)).status_code == 403
    assert (await reception.post(f"/alerts/{alert}/response", response="going")).status_code == 403
    assert 'id="bells"' not in (await reception.get("/patients")).text


async def test_without_script_a_form_leads_back_to_the_alert(manned, doctor) -> None:
    alert = await manned.sound()
    answer = await doctor.post(f"/alerts/{alert}/response", htmx=False, response="going")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/alerts/{alert}")


@pytest.mark.parametrize("form", ["response", "refusal", "owner", "pause", "comments", "closing"])
async def test_every_form_says_what_it_is_about(manned, doctor, form: str) -> None:
    alert = await manned.sound()
    sheet = await doctor.get(f"/alerts/{alert}/{form}", headers={"hx-request": "true"})
    assert sheet.status_code == 200, sheet.text
    assert "QUILLFEATHER" in sheet.text
    assert "NEWS2 9: high." in sheet.text
