"""Policies are versions that stay to be read; how long alerts waited is told in sums."""

from datetime import timedelta

from domain.alerts import Cause
from domain.duty import DutyRole
from ward import clock

HIGH = {"cause": "news2-high", "tier": 1}


async def test_the_defaults_say_that_they_are_defaults(calls, nurse) -> None:
    page = await nurse.get("/alerts/policies")
    assert page.text.count("Default of Ward") == len(Cause)
    assert "Registrar 5 min → Consultant 10 min → Nurse in charge 15 min" in page.text


async def test_a_new_version_stands_and_the_old_one_stays_to_be_read(calls, admin, nurse) -> None:
    await calls.sound()  # writes the default down
    steps = {"part_1": "registrar", "minutes_1": 3, "part_2": "nurse-in-charge", "minutes_2": 4}
    assert (await admin.post("/alerts/policies", **HIGH, **steps)).status_code == 204
    page = (await nurse.get("/alerts/policies")).text
    here = page.partition('id="policy-news2-high"')[2].partition("</section>")[0]
    assert "Registrar 3 min → Nurse in charge 4 min" in here
    assert "Set by Piet Vandenberg" in here
    assert "Past versions: 1" in here
    assert "Registrar 5 min → Consultant 10 min" in here.partition("Past versions")[2]


async def test_an_alert_keeps_the_policy_it_began_with(calls, admin) -> None:
    await calls.staff.on("doctor", DutyRole.REGISTRAR)
    await calls.staff.on("charge", DutyRole.IN_CHARGE)
    alert = await calls.sound()
    steps = {"part_1": "registrar", "minutes_1": 1, "part_2": "nurse-in-charge", "minutes_2": 4}
    await admin.post("/alerts/policies", **HIGH, **steps)
    await calls.wait(2)
    assert await calls.called(alert) == ["registrar"]


async def test_a_policy_that_ends_with_somebody_else_is_refused_with_a_sentence(admin) -> None:
    answer = await admin.post("/alerts/policies", **HIGH, part_1="registrar", minutes_1=3)
    assert answer.status_code == 409
    assert "The last step is the nurse in charge" in answer.text
    half = await admin.post("/alerts/policies", **HIGH, part_1="registrar")
    assert half.status_code == 422


async def test_only_an_administrator_sets_policies(charge, admin) -> None:
    path = "/alerts/policies/new?cause=news2-high"
    assert (await charge.get(path)).status_code == 403
    form = await admin.get(path)
    assert form.status_code == 200
    assert 'value="5"' in form.text
    assert (await admin.get("/alerts/policies/new?cause=nothing")).status_code == 404


async def test_the_time_until_somebody_had_it_is_told_to_who_is_in_charge(
    calls, charge, nurse, doctor
) -> None:
    alert = await calls.sound()
    clock.shift(timedelta(minutes=4))
    await calls.settled()
    await doctor.post(f"/alerts/{alert}/response", response="going")
    page = (await charge.get("/alerts")).text
    here = page.partition('id="time-to-accept"')[2]
    assert "NEWS2 high" in here
    assert "All alerts" in here
    assert "4 min" in here
    assert 'id="time-to-accept"' not in (await nurse.get("/alerts")).text
