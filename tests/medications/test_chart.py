"""Chart: what is due, what was given and what must be known stands there in words."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.access import Permission
from domain.allergies import Criticality
from domain.decisions import Override, Reason
from domain.display import minute_after
from domain.doses import NotGiven, Status
from domain.formulary import Unit
from domain.frequencies import Code
from domain.orders import RequestStatus
from domain.prescribing import Tier
from domain.schedules import First
from domain.windows import Timing
from tests.medications.charts import charted, line_of, recorded
from tests.medications.scene import (
    again,
    answered,
    detail_of,
    detailed,
    doses_of,
    infused,
    prescribed,
    request_of,
)
from tests.stations import ids
from ward import clock
from ward.db import new_id
from ward.medications import prescribe as signing
from ward.medications.change import change
from ward.medications.chart_cells import Look
from ward.medications.chart_days import days_of
from ward.medications.details import GivenAmount, GivenDetail, Pumped
from ward.medications.held import hold
from ward.medications.models import DoseClaim, InfusionStep, PumpStep
from ward.medications.review import review
from ward.medications.stop import stop
from ward.medications.suspend import hold_order
from ward.patients.allergies import AllergySaid, record_allergy
from ward.patients.models import AllergyDetail

LONDON = ZoneInfo("Europe/London")
NOW = First.NOW_CONFIRMED


def every(line):
    """All doses of a line, wherever they stand."""
    days = (*line.before, line.after)
    return [one for column in line.cells for one in column] + [
        one for day in days for one in day.owed
    ]


async def first_of(scene, order):
    return (await doses_of(scene, order.id))[0][0]


async def test_a_dose_goes_from_next_to_due_to_overdue_to_missed_by_the_clock(scene, quiet_ida):
    order = await prescribed(scene, quiet_ida)
    dose = await first_of(scene, order)
    moments = [
        (dose.opens_at - timedelta(minutes=1), Look.NEXT, Status.PLANNED),
        (dose.opens_at, Look.DUE, Status.DUE),
        (dose.closes_at - timedelta(seconds=5), Look.DUE, Status.DUE),
        (dose.closes_at + timedelta(seconds=1), Look.OVERDUE, Status.OVERDUE),
    ]
    for at, look, state in moments:
        clock.shift(at - (clock.now() - clock.offset()))
        found = await charted(scene, quiet_ida)
        cell = next(one for one in every(found.lines[0]) if one.key == f"dose-{dose.id}")
        assert (cell.look, cell.state) == (look, state)
    assert (found.counts.overdue, found.counts.due) == (1, 0)
    assert found.lines[0].rank == 0
    clock.shift(dose.next_at - (clock.now() - clock.offset()))
    found = await charted(scene, quiet_ida, dose.due_at.astimezone(LONDON).date())
    cell = next(one for one in every(found.lines[0]) if one.key == f"dose-{dose.id}")
    assert (cell.look, found.counts.missed) == (Look.MISSED, 1)


async def test_what_was_given_stands_with_its_time_amount_and_initials(open_scene, ida) -> None:
    nurse = (await ids(open_scene.node, "app_user", "username"))["nurse"]
    order = await prescribed(open_scene, ida, first=NOW)
    dose = await first_of(open_scene, order)
    half = GivenDetail(amount=GivenAmount(Decimal(250), Unit.MG), text="Vomited the rest")
    at = clock.now()
    await recorded(
        open_scene,
        order.id,
        at=at,
        dose_id=dose.id,
        by=nurse,
        status=Status.GIVEN_PARTIAL,
        said=half,
    )
    cell = every(await line_of(open_scene, ida, order.id))[0]
    assert (cell.look, cell.who, cell.why) == (Look.PARTLY, "AL", "Vomited the rest")
    assert cell.amount == "250\N{NO-BREAK SPACE}mg"
    assert cell.at == f"{at.astimezone(LONDON):%H:%M}"


@pytest.mark.parametrize(
    ("status", "timing", "reason", "look"),
    [
        (Status.GIVEN, Timing.ON_TIME, None, Look.GIVEN),
        (Status.GIVEN, Timing.LATE, None, Look.LATE),
        (Status.GIVEN, Timing.EARLY, None, Look.EARLY),
        (Status.NOT_GIVEN, None, NotGiven.REFUSED, Look.NOT_GIVEN),
        (Status.NOT_GIVEN, None, NotGiven.SELF_ADMINISTERED, Look.SELF),
        (Status.STOPPED, None, None, Look.STOPPED),
    ],
)
async def test_each_end_of_a_dose_has_its_look_and_word(
    scene, quiet_ida, status, timing, reason, look
) -> None:
    order = await prescribed(scene, quiet_ida, first=NOW)
    dose = await first_of(scene, order)
    said = GivenDetail(amount=None if reason else GivenAmount(Decimal(500), Unit.MG), reason=reason)
    await recorded(
        scene,
        order.id,
        at=clock.now(),
        dose_id=dose.id,
        status=status,
        timing=timing,
        said=said,
    )
    cell = every(await line_of(scene, quiet_ida, order.id))[0]
    assert cell.look is look
    assert cell.look.word
    assert not cell.look.open
    assert cell.why == (reason.word if reason else "")


async def test_a_change_locks_the_line_until_somebody_has_read_it(scene, quiet_ida) -> None:
    order = await prescribed(scene, quiet_ida, "metoprolol", first=NOW)
    detail = await detail_of(scene, order.id)
    async with scene.work() as work:
        now = again(detail, dose=Decimal(25), first=First.STANDARD)
        row = await change(work, order.id, now, "Heart rate 48", seen=None)
    found = await charted(scene, quiet_ida)
    (told,) = found.changes
    assert (told.drug, told.reason, told.change_id) == ("metoprolol", "Heart rate 48", row.id)
    assert told.what.startswith("50\N{NO-BREAK SPACE}mg to 25\N{NO-BREAK SPACE}mg")
    line = found.lines[0]
    assert line.locked
    looks = {one.look for one in line.ahead}
    assert looks == {Look.LOCKED}
    async with scene.work() as work:
        await review(work, order.id, row.id)
    found = await charted(scene, quiet_ida)
    assert (found.changes, found.lines[0].locked) == ((), False)


async def test_a_withheld_medicine_says_by_whom_and_why(scene, quiet_ida) -> None:
    order = await prescribed(scene, quiet_ida)
    async with scene.work() as work:
        await hold_order(work, order.id, "Loose stools", seen=None)
    line = await line_of(scene, quiet_ida, order.id)
    assert {one.look for one in line.ahead} == {Look.WITHHELD}
    note = next(one for one in line.notes if one.word == "Withheld")
    assert note.text.endswith("Loose stools")
    assert (await charted(scene, quiet_ida)).counts.next_at is None


async def test_a_stopped_line_stays_dimmed_at_the_end_and_asks_for_nothing(
    scene, quiet_ida
) -> None:
    order = await prescribed(scene, quiet_ida, first=NOW)
    dose = await first_of(scene, order)
    await recorded(scene, order.id, at=clock.now(), dose_id=dose.id)
    async with scene.work() as work:
        await stop(work, order.id, "Rash", seen=None)
    line = await line_of(scene, quiet_ida, order.id)
    assert (line.rank, line.status) == (5, RequestStatus.STOPPED)
    assert line.ended.endswith("Rash")
    assert line.ahead == ()
    tomorrow = clock.now().astimezone(LONDON).date() + timedelta(days=3)
    later = await charted(scene, quiet_ida, tomorrow)
    assert later.counts.lines == 0  # what ended before the days that are shown


async def test_as_required_says_when_it_was_given_and_from_when_on_again(scene, quiet_ida) -> None:
    order = await prescribed(scene, quiet_ida, "paracetamol", Code.PRN)
    at = clock.now() - timedelta(hours=2)
    said = GivenDetail(amount=GivenAmount(Decimal(1000), Unit.MG))
    await recorded(scene, order.id, at=at, said=said, timing=None)
    prn = (await line_of(scene, quiet_ida, order.id)).prn
    assert prn.last_at == at
    assert prn.next_at == minute_after(at + timedelta(hours=6))  # who waits for it waits enough
    assert prn.used == "1,000\N{NO-BREAK SPACE}mg of 4,000\N{NO-BREAK SPACE}mg"
    clock.shift(timedelta(hours=4))
    prn = (await line_of(scene, quiet_ida, order.id)).prn
    assert (prn.next_at, prn.never) == (None, False)


async def test_a_regular_dose_of_the_same_ingredient_counts_for_as_required(
    scene, quiet_ida
) -> None:
    regular = await prescribed(scene, quiet_ida, "paracetamol", Code.QDS, first=NOW)
    wanted = detailed("paracetamol", Code.PRN)
    async with scene.work() as work:
        held = await hold(work, quiet_ida, Permission.VIEW_MEDICATIONS)
        findings = await signing.check(work, held, wanted)
    asked = await prescribed(scene, quiet_ida, detail=wanted, overrides=answered(*findings))
    dose = await first_of(scene, regular)
    amount = GivenDetail(amount=GivenAmount(Decimal(1000), Unit.MG))
    await recorded(scene, regular.id, at=clock.now(), dose_id=dose.id, said=amount)
    prn = (await line_of(scene, quiet_ida, asked.id)).prn
    assert prn.last_at is None  # of this order
    assert prn.next_at is not None


async def test_an_allergy_recorded_since_stands_on_the_line(scene, quiet_ida) -> None:
    order = await prescribed(scene, quiet_ida, "amoxicillin")
    said = AllergySaid(
        detail=AllergyDetail("penicillin", ("anaphylaxis",)), criticality=Criticality.HIGH
    )
    async with scene.work() as work:
        await record_allergy(work, quiet_ida, said)
    line = await line_of(scene, quiet_ida, order.id)
    note = line.notes[0]
    assert (note.tone, note.word) == ("critical", "Allergy")
    assert "penicillin" in note.text


async def test_what_was_overridden_stands_on_the_line_with_its_reason(scene, quiet_ida) -> None:
    await prescribed(scene, quiet_ida, "warfarin", Code.OD)
    async with scene.work() as work:
        wanted = detailed("ibuprofen", Code.TDS, dose=Decimal(200))
        held = await hold(work, quiet_ida, Permission.VIEW_MEDICATIONS)
        findings = await signing.check(work, held, wanted)
    asks = [one for one in findings if one.tier is Tier.REASON]
    assert asks
    order = await prescribed(
        scene,
        quiet_ida,
        detail=wanted,
        overrides=[Override.of(one, Reason.BENEFIT, "INR is checked daily") for one in asks],
    )
    line = await line_of(scene, quiet_ida, order.id)
    told = [one.text for one in line.notes if one.word == "Overridden"]
    assert any("INR is checked daily" in one and "Benefit outweighs risk" in one for one in told)


async def test_a_pump_says_since_when_how_fast_and_when_the_bag_is_empty(scene, quiet_ida) -> None:
    order = await prescribed(scene, quiet_ida, detail=infused())
    dose = await first_of(scene, order)
    began = clock.now()
    run = await recorded(
        scene, order.id, at=began, dose_id=dose.id, status=Status.RUNNING, timing=None
    )
    async with scene.work() as work:
        step = InfusionStep(
            id=new_id(),
            patient_id=quiet_ida,
            administration_id=run,
            step=PumpStep.START,
            at=began,
            recorded_at=began,
        )
        await work.seal(step, pumped=Pumped(Decimal(25)))
        work.add(step, Permission.GIVE_MEDICATION)
    line = await line_of(scene, quiet_ida, order.id)
    assert (line.pump.since, line.pump.rate) == (began, "25\N{NO-BREAK SPACE}mL per h")
    assert line.pump.empty_at == began + timedelta(hours=20)
    assert every(line)[0].look is Look.RUNNING
    assert line.rank == 2


async def test_whoever_is_at_the_bedside_is_named_on_the_dose(open_scene, ida) -> None:
    nurse = (await ids(open_scene.node, "app_user", "username"))["nurse"]
    order = await prescribed(open_scene, ida, frequency=Code.ONCE)
    dose = await first_of(open_scene, order)
    async with open_scene.work() as work:
        claim = DoseClaim(
            id=new_id(),
            patient_id=ida,
            dose_id=dose.id,
            request_id=order.id,
            user_id=nurse,
            since=work.now,
            until=work.now + timedelta(seconds=90),
        )
        work.add(claim, Permission.GIVE_MEDICATION)
    found = await charted(open_scene, ida)
    assert [one.name for one in found.claims] == ["Ada Lovelock"]
    cell = every(found.lines[0])[0]
    assert (cell.look, cell.why, cell.clock) == (Look.PREPARING, "Ada Lovelock", Status.DUE)
    assert found.counts.due == 1  # it is still owed
    clock.shift(timedelta(seconds=91))
    assert (await charted(open_scene, ida)).claims == ()


async def test_a_dose_that_is_owed_from_yesterday_can_still_be_pressed(scene, quiet_ida) -> None:
    order = await prescribed(scene, quiet_ida, frequency=Code.ONCE)
    dose = await first_of(scene, order)
    day = dose.due_at.astimezone(LONDON).date() + timedelta(days=1)
    clock.shift(
        max(dose.closes_at, datetime.combine(day, time(0), LONDON))
        + timedelta(seconds=1)
        - (clock.now() - clock.offset())
    )
    line = await line_of(scene, quiet_ida, order.id)
    (owed,) = [one for one in line.before for one in one.owed]
    assert (owed.look, line.rank) == (Look.OVERDUE, 0)


async def test_no_line_is_ever_left_out(scene, quiet_ida) -> None:
    await prescribed(scene, quiet_ida)
    later = clock.now() + timedelta(days=9)
    await prescribed(scene, quiet_ida, "metoprolol", at=later)
    await prescribed(scene, quiet_ida, "paracetamol", Code.PRN)
    found = await charted(scene, quiet_ida)
    assert found.counts.lines == len(found.lines) == 3
    metoprolol = next(line for line in found.lines if line.words.plain == "metoprolol")
    assert metoprolol.before[0].words == ("Not started",)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 10, 25), "The clocks go back by 1h on this day."),
        (date(2027, 3, 28), "The clocks go forward by 1h on this day."),
        (date(2026, 11, 21), ""),
    ],
)
def test_a_day_on_which_the_clocks_change_says_so(day, said) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    assert days_of(day, noon, LONDON).change() == said


def test_four_days_are_shown_and_a_day_of_the_change_has_25_hours() -> None:
    days = days_of(date(2026, 10, 25), datetime(2026, 10, 25, 12, tzinfo=UTC), LONDON)
    assert days.all == tuple(date(2026, 10, 23) + timedelta(days=step) for step in range(4))
    assert days.end - days.start == timedelta(hours=97)
    assert days.is_today


async def test_the_head_has_each_time_of_the_day_once(scene, quiet_ida) -> None:
    await prescribed(scene, quiet_ida)
    await prescribed(scene, quiet_ida, "metoprolol")
    tomorrow = clock.now().astimezone(LONDON).date() + timedelta(days=1)
    found = await charted(scene, quiet_ida, tomorrow)
    assert [one.text for one in found.head.columns] == ["08:00", "20:00"]
    assert [len(line.cells) for line in found.lines] == [2, 2]
    assert (await request_of(scene, found.lines[0].id)).status is RequestStatus.ACTIVE


async def test_a_line_says_that_the_ward_waits_for_the_pharmacy(open_scene, ida, nurse) -> None:
    order = await prescribed(open_scene, ida, first=NOW)
    dose = await first_of(open_scene, order)
    before = clock.now()
    asked = await nurse.post(f"/doses/{dose.id}/missing", note="Cupboard is empty")
    assert asked.status_code == 200, asked.text
    line = await line_of(open_scene, ida, order.id)
    told = [one.text for one in line.notes if one.word == "Not on the ward"]
    minutes = [f"Asked for {at.astimezone(LONDON):%H:%M}" for at in (before, clock.now())]
    assert told in ([minutes[0]], [minutes[1]])
