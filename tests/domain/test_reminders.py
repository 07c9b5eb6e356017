"""Reminders: in time, never at night, never after, and never twice of the same."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed
from domain.reminder_words import (
    BLANKS,
    LONGEST,
    WORDINGS,
    Facts,
    Occasion,
    check,
    for_both,
    language,
    when,
    write,
)
from domain.reminders import (
    BACK_OFF,
    OFFSETS,
    QUIET,
    Channel,
    Clocks,
    Key,
    Quiet,
    Verdict,
    due_at,
    judge,
    retry_at,
    send_at,
)
from tests.domain.nights import ZONES, every_night

LONDON = ZoneInfo("Europe/London")
HERE = Clocks(LONDON, LONDON)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEEK, TWO_DAYS, TWO_HOURS = OFFSETS


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def sent(start: str, offset: timedelta, made: str = "2026-01-01T09:00", **more: Any) -> str | None:
    clocks = Clocks(**{"place": LONDON, "patient": LONDON} | more)
    at = send_at(london(start), offset, clocks, london(made))
    return at and f"{at.astimezone(clocks.patient):%d-%m %H:%M}"


def test_a_reminder_comes_a_week_two_days_and_two_hours_before() -> None:
    start = "2026-04-02T14:00"  # the clocks went forward on 29 March
    assert [sent(start, offset) for offset in OFFSETS] == [
        "26-03 14:00",
        "31-03 14:00",
        "02-04 12:00",
    ]


@pytest.mark.parametrize(
    ("start", "at"),
    [
        ("2026-05-05T12:00", "05-05 10:00"),
        ("2026-05-05T10:00", "05-05 08:00"),  # the quiet hours end: no longer quiet
        ("2026-05-05T09:30", "05-05 08:00"),
        ("2026-05-05T08:01", "05-05 08:00"),
        ("2026-05-05T08:00", "04-05 20:30"),  # too late after them: the evening before
        ("2026-05-05T01:00", "04-05 20:30"),
        ("2026-05-05T23:00", "05-05 20:30"),  # due at 21:00, when it is quiet
        ("2026-05-05T22:59", "05-05 20:59"),
    ],
)
def test_nobody_is_told_at_night(start: str, at: str) -> None:
    assert sent(start, TWO_HOURS) == at


def test_what_was_due_before_the_appointment_was_made_is_not_sent() -> None:
    start = "2026-05-05T12:00"
    assert sent(start, TWO_DAYS, "2026-05-04T12:00") is None
    assert sent(start, TWO_HOURS, "2026-05-04T12:00") == "05-05 10:00"
    assert sent(start, TWO_HOURS, "2026-05-05T10:01") is None
    assert sent("2026-05-05T09:00", TWO_HOURS, "2026-05-05T07:30") is None  # due at seven
    assert sent("2026-05-05T07:30", TWO_HOURS, "2026-05-04T21:30") is None  # the evening has passed


def test_the_quiet_hours_are_those_of_the_patient() -> None:
    patient = ZoneInfo("America/New_York")
    assert sent("2026-05-05T12:00", TWO_HOURS, patient=patient) == "04-05 20:30"
    assert sent("2026-05-05T18:00", TWO_HOURS, patient=patient) == "05-05 11:00"


def test_a_site_may_set_other_quiet_hours_but_not_all_of_the_day() -> None:
    nap = Quiet(time(12), time(14))
    assert sent("2026-05-05T15:00", TWO_HOURS, quiet=nap) == "05-05 14:00"
    for wrong in ((time(8), time(8)), (time(8), time(7, 30))):
        with pytest.raises(NotAllowed):
            Quiet(*wrong)
    with pytest.raises(NotAllowed):
        due_at(london("2026-05-05T12:00"), -HOUR, LONDON)


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_twice() -> None:
    quiet = Quiet(time(22), time(1, 30))
    for minutes in (0, 60):  # both times ten past one
        at = datetime(2026, 10, 25, 0, 10, tzinfo=UTC) + minutes * MINUTE
        assert quiet.ends(at, LONDON) == at + 20 * MINUTE


def test_a_try_that_failed_is_made_again_later_each_time_and_then_no_more() -> None:
    failed, start = london("2026-05-05T10:00"), london("2026-05-06T12:00")
    found = [retry_at(n, failed, start, HERE) for n in range(1, len(BACK_OFF) + 2)]
    assert [at and at - failed for at in found] == [*BACK_OFF, None]
    late = retry_at(1, failed, start, HERE, chance=1.0)
    assert late == failed + 1.2 * MINUTE
    assert retry_at(4, london("2026-05-05T20:30"), start, HERE) == london("2026-05-06T08:00")
    assert retry_at(4, london("2026-05-06T11:30"), start, HERE) is None


KEY = Key(
    UUID("01890000-0000-7000-8000-000000000001"),
    Channel.SMS,
    TWO_HOURS,
    london("2026-05-05T12:00"),
)


def test_a_reminder_is_known_by_appointment_time_channel_and_offset() -> None:
    assert str(KEY) == "01890000-0000-7000-8000-000000000001/20260505T110000Z/sms/120"


@pytest.mark.parametrize("status", AppointmentStatus)
def test_only_who_is_booked_is_reminded(status: AppointmentStatus) -> None:
    found = judge(KEY, status, KEY.start, london("2026-05-05T10:00"), HERE)
    assert (found is Verdict.SEND) is (status is AppointmentStatus.BOOKED)
    assert found in {Verdict.SEND, Verdict.DROP}


@pytest.mark.parametrize(
    ("start", "now", "verdict"),
    [
        ("2026-05-05T12:00", "2026-05-05T11:59", Verdict.SEND),
        ("2026-05-05T12:00", "2026-05-05T12:00", Verdict.DROP),
        ("2026-05-05T12:00", "2026-05-05T07:59", Verdict.WAIT),
        ("2026-05-05T12:05", "2026-05-05T10:00", Verdict.DROP),  # moved since
    ],
)
def test_it_is_judged_again_at_the_moment_of_sending(
    start: str, now: str, verdict: Verdict
) -> None:
    found = judge(KEY, AppointmentStatus.BOOKED, london(start), london(now), HERE)
    assert found is verdict


def test_a_night_visit_is_not_announced_in_the_night() -> None:
    key = Key(KEY.appointment, Channel.SMS, TWO_HOURS, london("2026-05-05T07:00"))
    found = judge(key, AppointmentStatus.BOOKED, key.start, london("2026-05-05T05:00"), HERE)
    assert found is Verdict.DROP


# -- what holds in every zone and every night -------------------------------------------------


@given(
    st.sampled_from(every_night()),
    st.sampled_from(ZONES).map(ZoneInfo),
    st.integers(-3 * 24 * 60, 9 * 24 * 60),
    st.sampled_from(OFFSETS),
    st.integers(0, 9 * 24 * 60),
)
def test_no_reminder_comes_in_quiet_hours_or_after_or_before_it_was_booked(
    where: tuple[str, datetime], patient: ZoneInfo, minutes: int, offset: timedelta, made: int
) -> None:
    start = where[1] + minutes * MINUTE
    made_at = start - made * MINUTE
    clocks = Clocks(ZoneInfo(where[0]), patient)
    at = send_at(start, offset, clocks, made_at)
    if at is None:
        assert due_at(start, offset, clocks.place) < made_at + 13 * HOUR
        return
    assert made_at <= at < start
    assert 8 <= at.astimezone(patient).hour < 21
    assert -13 * HOUR < at - due_at(start, offset, clocks.place) < 13 * HOUR
    again = retry_at(4, at, start, clocks)
    assert again is None or (at < again < start and not QUIET.holds(again, patient))


@given(st.sampled_from(every_night()), st.integers(-600, 600))
def test_days_before_are_counted_on_the_clock_of_the_place(
    where: tuple[str, datetime], minutes: int
) -> None:
    zone = ZoneInfo(where[0])
    start = (where[1] + 3 * DAY + minutes * MINUTE).astimezone(zone)
    due = due_at(start, WEEK, zone).astimezone(zone)
    assert due.date() == start.date() - WEEK
    assert due.time() == start.time()


# -- words ------------------------------------------------------------------------------------

FACTS = Facts(
    when="Tuesday 5 May", place="Main Hospital", phone="555 0100", link="https://w.org/r/x"
)


@pytest.mark.parametrize("spoken", WORDINGS)
@pytest.mark.parametrize("occasion", Occasion)
def test_every_wording_says_when_and_where_and_nothing_of_the_person(
    spoken: str, occasion: Occasion
) -> None:
    wording = WORDINGS[spoken][occasion]
    assert check(wording, occasion) == wording
    said = write(occasion, FACTS, spoken)
    assert FACTS.when in said
    assert FACTS.place in said
    assert "{" not in said


@pytest.mark.parametrize(
    ("wording", "problem"),
    [
        ("{when} {place} {clinic}", "may not say {clinic}"),
        ("{when} {place} {name}", "may not say {name}"),
        ("{when} {place} {0}", "may not say {0}"),
        ("{when} {place.__class__}", "may not say {place.__class__}"),
        ("{when}", "must say {place}"),
        ("{when} {place} {", "brace"),
        ("{when} {place} " + "x" * LONGEST, "at most"),
    ],
)
def test_a_wording_that_says_more_or_less_is_refused(wording: str, problem: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        check(wording, Occasion.REMINDER)
    assert problem in refused.value.sentence


def test_the_words_of_a_site_are_used_and_what_fills_them_fills_nothing_else() -> None:
    facts = Facts(when="at {place}", place="Main\nHospital", phone="1", link="2")
    assert (
        write(Occasion.REMINDER, facts, wording="{when} - {place}") == "at {place} - Main Hospital"
    )
    assert set(Facts.__slots__) == BLANKS


def test_a_language_without_words_is_english() -> None:
    for wanted, spoken in (
        ("de-AT", "de"),
        ("FR_ca", "fr"),
        ("cy", "en"),
        (None, "en"),
        ("", "en"),
    ):
        assert language(wanted) == spoken


@pytest.mark.parametrize(
    ("spoken", "zone", "wanted"),
    [
        ("en", "Europe/London", "Monday 4 May 2026, 10:00 (BST)"),
        ("de", "Europe/Berlin", "Montag, 4. Mai 2026, 11:00 Uhr (CEST)"),
        ("fr", "Europe/Paris", "lundi 4 mai 2026 à 11:00 (CEST)"),
        ("es", "America/Bogota", "lunes 4 de mayo de 2026 a las 04:00 (Bogota)"),
        ("en", "Asia/Kathmandu", "Monday 4 May 2026, 14:45 (Kathmandu)"),
    ],
)
def test_a_time_is_written_as_patients_read_it(spoken: str, zone: str, wanted: str) -> None:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert when(at, ZoneInfo(zone), spoken) == wanted


def test_a_visit_by_video_names_both_times() -> None:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert for_both(at, LONDON, LONDON) == when(at, LONDON)
    assert for_both(at, LONDON, ZoneInfo("Europe/Berlin")) == (
        "Monday 4 May 2026, 10:00 (BST) = Monday 4 May 2026, 11:00 (CEST)"
    )
