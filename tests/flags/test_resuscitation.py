"""Resuscitation: a doctor decides, with a reason; every open page of the chart says so at once."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.encounters import Disposition
from domain.flags import Resuscitation, Review
from realtime.topics import Topic
from tests.adt.scene import Scene
from tests.flags.test_standing import banner
from tests.stations import Station, running, signed_in
from ward import clock, live
from ward.adt.admit import admit
from ward.adt.discharge import gone
from ward.dev.cast import ZONE
from ward.flags.queries import statuses_of
from ward.flags.resuscitate import DecisionSaid, decide
from ward.patients.events import PAGES


async def deciding(by: Station, ida, status: str, **more):
    return await by.post(f"/patients/{ida}/resuscitation", status=status, **more)


async def standing(scene: Scene, column: str = "id"):
    return await scene.scalar(
        f"SELECT {column} FROM resuscitation_decision"
        " WHERE replaced_at IS NULL AND voided_at IS NULL"
    )


async def test_that_nothing_is_recorded_is_said(ida, nurse: Station) -> None:
    for page in ("", "/observations", "/medications", "/results"):
        shown = banner((await nurse.get(f"/patients/{ida}{page}")).text)
        assert "Resuscitation status not recorded" in shown, page


async def test_a_decision_is_read_on_a_chart_open_on_another_node(
    ida, doctor: Station, settings
) -> None:
    async with (
        running(settings) as other,
        signed_in(other.url, "nurse") as nurse,
        nurse.watch(Topic("medications", ida)) as chart,
    ):
        answer = await deciding(doctor, ida, "not-attempt", reason="Frailty, agreed with her")
        assert answer.status_code == 200, answer.text
        assert "Frailty, agreed with her" in answer.text
        assert "Joan Patelle, Doctor" in answer.text
        shown = (await chart.until("Not for resuscitation (DNACPR)")).content
    assert "Frailty" not in shown  # the reason stands in the panel, not over every page


async def test_only_a_doctor_decides(ida, nurse: Station, charge: Station, sign) -> None:
    for station in (nurse, charge, await sign("pharmacist"), await sign("reception")):
        answer = await deciding(station, ida, "not-attempt", reason="Because")
        assert answer.status_code == 403
        assert (await station.get(f"/patients/{ida}/resuscitation")).status_code == 403


async def test_it_needs_a_reason(ida, doctor: Station) -> None:
    assert (await deciding(doctor, ida, "not-attempt")).status_code == 409
    assert (await deciding(doctor, ida, "attempt")).status_code == 200


async def test_two_who_decide_at_once_do_not_overwrite_each_other(
    open_scene: Scene, ida, doctor: Station, sign
) -> None:
    await deciding(doctor, ida, "attempt")
    first = await standing(open_scene)
    other = await sign("doctor2")
    assert (
        await deciding(other, ida, "not-attempt", reason="Frailty", after=first)
    ).status_code == 200
    late = await deciding(doctor, ida, "attempt", reason="Wishes it", after=first)
    assert late.status_code == 409
    assert "Somebody else has decided" in late.text
    assert await standing(open_scene, "status") == "not-attempt"
    past = (await doctor.get(f"/patients/{ida}/flags")).text
    assert "For resuscitation" in past
    assert "Decided again" in past


async def test_taken_back_the_one_before_stands_again(
    open_scene: Scene, ida, doctor: Station
) -> None:
    await deciding(doctor, ida, "not-attempt", reason="Frailty")
    first = await standing(open_scene)
    await deciding(doctor, ida, "attempt", reason="Other patient", after=first)
    wrong = await standing(open_scene)
    path = f"/resuscitation/{wrong}/error"
    assert (await doctor.get(path)).status_code == 200
    answer = await doctor.post(path, version=1, reason="Meant for another patient")
    assert "Not for resuscitation (DNACPR)" in answer.text
    assert await standing(open_scene) == first
    assert "Meant for another patient" in (await doctor.get(f"/patients/{ida}/flags")).text


async def test_it_stays_with_the_person_and_is_reviewed_at_the_next_admission(
    open_scene: Scene, ida, doctor: Station
) -> None:
    await deciding(doctor, ida, "not-attempt", reason="Frailty")
    assert "Review" not in banner((await doctor.get(f"/patients/{ida}")).text)
    (stay,) = await open_scene.stays(ida)
    async with open_scene.work() as work:
        await gone(work, stay.encounter_id, Disposition.HOME)
    async with open_scene.work() as work:
        await admit(work, ida, open_scene.beds["6E-02"])
    shown = banner((await doctor.get(f"/patients/{ida}")).text)
    assert "Not for resuscitation (DNACPR)" in shown
    assert "Review: decided before this stay" in shown


async def test_the_day_of_the_review_is_shown_at_midnight(
    open_scene: Scene, ida, doctor: Station
) -> None:
    async with open_scene.work() as work:
        day = (work.now + timedelta(days=2)).date()
    answer = await deciding(doctor, ida, "not-attempt", reason="Frailty", review_on=day)
    assert answer.status_code == 200, answer.text
    assert "Review due" not in answer.text
    due = "SELECT count(*) FROM live_due WHERE topic LIKE '%/' || :ida"
    assert await open_scene.scalar(due, ida=str(ida)) >= len(PAGES)
    clock.shift(timedelta(days=3))
    drawing = await live.draw(open_scene.node, Topic("chart", ida), frozenset({"full.en"}))
    (picture,) = drawing.pictures.values()
    assert "Review due" in picture.regions["patient-place"]


async def test_of_who_lies_nowhere_the_house_says_which_day_it_is(open_scene: Scene) -> None:
    now = clock.now().astimezone(ZoneInfo(ZONE))
    summer = date(now.year + (now.month >= 7), 7, 2)  # then its midnight is not that of UTC
    patient = await open_scene.patient()
    said = DecisionSaid(status=Resuscitation.ATTEMPT, review_on=summer)
    async with open_scene.work() as work:
        await decide(work, patient, said, after=None)
    midnight = datetime.combine(summer, time(0), ZoneInfo(ZONE))
    for at, due in ((-timedelta(minutes=1), None), (timedelta(minutes=1), Review.DATE.word)):
        clock.shift(clock.offset() + (midnight + at - clock.now()))
        async with open_scene.work() as work:
            assert (await statuses_of(work, [patient]))[patient].review == due
