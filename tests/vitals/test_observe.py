"""Observe: what is charted counts, what is wrong is refused or corrected, and clocks follow."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.errors import NotAllowed
from domain.news2 import Band, Scale
from domain.vitals import Absent, Vital
from realtime.topics import Topic
from tests.settling import settled
from tests.vitals.bedsides import ILL, WELL, told
from ward import clock
from ward.adt.leave import come_back, go_on_leave
from ward.adt.visits import open_encounter
from ward.errors import Invalid, Stale
from ward.vitals import queries
from ward.vitals.bedside import NEW
from ward.vitals.monitors import confirm, reject, report
from ward.vitals.observe import correct, observe, take_back
from ward.vitals.plan import set_scale, tighten
from ward.vitals.said import Unsure


async def bedside(scene, patient):
    async with scene.work() as work:
        return await queries.bedside(work, patient)


async def charted(scene, patient, said, *, seen=None):
    async with scene.work() as work:
        return await observe(work, patient, said, seen=seen)


async def test_a_set_is_scored_kept_as_recorded_and_the_next_is_due(open_scene, ida) -> None:
    made = await charted(open_scene, ida, told(), seen=NEW)
    view = await bedside(open_scene, ida)
    assert (view.last.total, view.last.band, view.last.algorithm) == (0, Band.LOW, "NEWS2-2017")
    assert view.last.values["temp"] == Decimal("36.8")
    assert view.due_at == made.taken_at + timedelta(hours=12)
    assert view.overdue_at == view.due_at + timedelta(minutes=30)


async def test_a_patient_nobody_has_observed_is_due_since_admission(open_scene, ida) -> None:
    view = await bedside(open_scene, ida)
    assert view.last is None
    assert view.overdue


async def test_the_board_shows_the_score_on_another_station(open_scene, ida, nurse) -> None:
    async with nurse.watch(Topic("beds", open_scene.east)) as screen:
        await charted(open_scene, ida, told(ILL))
        frame = await screen.until("NEWS2 10 high")
    assert 'id="act-now"' in frame.content
    assert 'id="tile-news"' in frame.content


async def test_reception_sees_no_score_and_no_count_of_scores(open_scene, ida, reception) -> None:
    await charted(open_scene, ida, told(ILL))
    board = await reception.get(f"/wards/{open_scene.east}/beds")
    assert "NEWS2" not in board.text


async def test_a_partial_set_is_incomplete_never_nought(open_scene, ida) -> None:
    some = {vital: WELL[vital] for vital in (Vital.PULSE, Vital.TEMP)}
    await charted(open_scene, ida, told(some, consciousness=None, device=None))
    view = await bedside(open_scene, ida)
    assert (view.last.total, view.last.band, view.last.scored) == (None, None, "incomplete")
    assert view.overdue  # the rest of the set stays owed


async def test_not_recordable_is_an_emergency_not_a_gap(open_scene, ida) -> None:
    values = {key: value for key, value in WELL.items() if key not in {Vital.SBP, Vital.DBP}}
    said = told(values, absent={Vital.SBP: Absent.NOT_RECORDABLE})
    made = await charted(open_scene, ida, said)
    assert (made.urgency, made.band) == (Band.HIGH, None)


@pytest.mark.parametrize(
    ("vital", "value", "words"),
    [
        (Vital.TEMP, "98.6", "Fahrenheit"),
        (Vital.SBP, "16", "kPa"),
        (Vital.RESP_RATE, "16.5", "without decimals"),
        (Vital.SPO2, "101", "between 0 and 100"),
    ],
)
async def test_the_impossible_is_refused_at_its_field(open_scene, ida, vital, value, words) -> None:
    with pytest.raises(Invalid) as refused:
        await charted(open_scene, ida, told(WELL | {vital: value}))
    assert words in refused.value.fields[vital.value]
    assert (await bedside(open_scene, ida)).last is None


async def test_a_coma_score_that_is_not_the_sum_of_its_parts_is_refused(open_scene, ida) -> None:
    parts = {Vital.GCS_EYE: "4", Vital.GCS_VERBAL: "5", Vital.GCS_MOTOR: "6"}
    with pytest.raises(Invalid) as refused:
        await charted(open_scene, ida, told(WELL | parts | {Vital.GCS_TOTAL: "14"}))
    assert "4 + 5 + 6" in refused.value.fields["gcs_total"]
    await charted(open_scene, ida, told(WELL | parts | {Vital.GCS_TOTAL: "15"}))


async def test_the_unlikely_is_asked_about_and_counts_after_a_yes(open_scene, ida) -> None:
    odd = WELL | {Vital.PULSE: "30"}
    with pytest.raises(Unsure) as asked:
        await charted(open_scene, ida, told(odd, sure=frozenset()))
    assert "unusual" in asked.value.fields["pulse"]
    await charted(open_scene, ida, told(odd, sure=frozenset({Vital.PULSE})))
    assert (await bedside(open_scene, ida)).last.points["pulse"] == 3


@pytest.mark.parametrize("hours", [-1, 3])
async def test_a_time_to_come_or_before_admission_is_refused(open_scene, ida, hours) -> None:
    with pytest.raises(Invalid) as refused:
        await charted(open_scene, ida, told(at=clock.now() - timedelta(hours=hours)))
    assert "taken_at" in refused.value.fields


async def test_a_form_that_saw_an_older_bedside_is_stale(open_scene, ida) -> None:
    seen = (await bedside(open_scene, ida)).version
    await charted(open_scene, ida, told(), seen=seen)
    with pytest.raises(Stale):
        await charted(open_scene, ida, told(ILL), seen=seen)


async def test_two_nurses_charting_the_same_minute_are_told(open_scene, ida) -> None:
    at = clock.now()
    results = await asyncio.gather(
        *(charted(open_scene, ida, told(at=at)) for _ in range(4)), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in results) == 1


async def test_a_correction_keeps_the_old_value_and_scores_anew(open_scene, ida) -> None:
    wrong = await charted(open_scene, ida, told(ILL))
    async with open_scene.work() as work:
        await correct(work, wrong.id, told(), "Typed into the wrong chart", seen=wrong.version)
    async with open_scene.work() as work:
        views = await queries.between(
            work, ida, work.now - timedelta(days=1), work.now + timedelta(minutes=1)
        )
    old = next(view for view in views if view.id == wrong.id)
    assert (old.state, old.total, old.reason) == ("corrected", 10, "Typed into the wrong chart")
    assert old.replaced_by_id is not None
    assert (await bedside(open_scene, ida)).last.total == 0


async def test_a_set_taken_back_counts_for_nothing(open_scene, ida) -> None:
    await charted(open_scene, ida, told(at=clock.now() - timedelta(hours=1)))
    wrong = await charted(open_scene, ida, told(ILL))
    async with open_scene.work() as work:
        await take_back(work, wrong.id, "Another patient's", seen=None)
    view = await bedside(open_scene, ida)
    assert view.last.total == 0
    with pytest.raises(NotAllowed):
        async with open_scene.work() as work:
            await take_back(work, wrong.id, "Again", seen=None)


async def test_a_late_set_does_not_become_the_last_one(open_scene, ida) -> None:
    await charted(open_scene, ida, told(ILL))
    await charted(open_scene, ida, told(at=clock.now() - timedelta(minutes=90)))
    view = await bedside(open_scene, ida)
    assert (view.last.total, view.before.total) == (10, 0)


async def test_scale_two_is_prescribed_with_a_reason_and_scores_from_then_on(
    open_scene, ida
) -> None:
    low = WELL | {Vital.SPO2: "90"}
    await charted(open_scene, ida, told(low, at=clock.now() - timedelta(minutes=30)))
    async with open_scene.work() as work:
        await set_scale(work, ida, Scale.TWO, "Hypercapnic failure, target 88-92 %", seen=None)
    await charted(open_scene, ida, told(low))
    view = await bedside(open_scene, ida)
    assert (view.before.points["spo2"], view.last.points["spo2"], view.scale) == (3, 0, Scale.TWO)
    assert view.scale_reason == "Hypercapnic failure, target 88-92 %"


async def test_looking_more_often_is_possible_less_often_is_not(open_scene, ida) -> None:
    made = await charted(open_scene, ida, told())
    async with open_scene.work() as work:
        await tighten(work, ida, 120, seen=None)
    assert (await bedside(open_scene, ida)).due_at == made.taken_at + timedelta(hours=2)
    with pytest.raises(NotAllowed):
        async with open_scene.work() as work:
            await tighten(work, ida, 24 * 60, seen=None)


async def test_overdue_turns_on_every_board_without_a_request(open_scene, ida, nurse) -> None:
    await charted(open_scene, ida, told(ILL))  # due in 15 minutes, no grace
    async with nurse.watch(Topic("beds", open_scene.east)) as screen:
        clock.shift(timedelta(minutes=10))
        assert (await nurse.post("/session/activity")).status_code == 204  # she is still there
        clock.shift(timedelta(minutes=15, seconds=30))
        frame = await screen.until("obs-overdue")
    assert "overdue" in frame.content.replace("obs-overdue", "")


async def test_off_the_ward_nothing_is_due_and_the_return_starts_the_clock(open_scene, ida) -> None:
    async with open_scene.work() as work:
        stay = await open_encounter(work, ida)
        await go_on_leave(work, stay.id)
    await settled(open_scene.node)
    assert (await bedside(open_scene, ida)).paused
    assert not (await bedside(open_scene, ida)).overdue
    clock.shift(timedelta(hours=5))
    async with open_scene.work() as work:
        await come_back(work, stay.id)
    await settled(open_scene.node)
    view = await bedside(open_scene, ida)
    assert not view.paused


async def test_a_monitors_values_count_only_after_a_nurse_confirms(open_scene, ida) -> None:
    async with open_scene.work() as work:
        sent = await report(work, ida, told(ILL, consciousness=None, device=None), "BED-01")
    view = await bedside(open_scene, ida)
    assert view.last is None
    assert [one.id for one in view.unconfirmed] == [sent.id]
    async with open_scene.work() as work:
        await confirm(work, sent.id, told(ILL), seen=sent.version)
    view = await bedside(open_scene, ida)
    assert (view.last.total, view.last.source, view.unconfirmed) == (10, "monitor", ())


async def test_an_artefact_is_rejected_and_stays_readable(open_scene, ida) -> None:
    async with open_scene.work() as work:
        sent = await report(work, ida, told(ILL), "BED-01")
    async with open_scene.work() as work:
        await reject(work, sent.id, "Probe off", seen=None)
    assert (await bedside(open_scene, ida)).unconfirmed == ()
