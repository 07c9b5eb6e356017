"""Every bed state meets every action: a table, and the rules a table cannot say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain import bedflow
from domain.beds import BedState, BedStatus, Clean, Hold, Overlay
from domain.errors import NotAllowed
from domain.overrides import Approver, Override

U, O, I, H, K, C = BedStatus  # the letters of HL7 table 0116
NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
JOAN, JOHN = UUID(int=1), UUID(int=2)
HELD = Hold(JOHN, NOW + timedelta(hours=1))
T = Clean.TERMINAL

STATES = {
    "ready": BedState(),
    "reserved": BedState(hold=HELD),
    "blocked": BedState(blocked="no nurse"),
    "occupied": BedState(O),
    "occupied, terminal clean owed": BedState(O, T),
    "isolated": BedState(I, T),
    "on leave": BedState(O, away_since=NOW),
    "on leave, terminal clean owed": BedState(O, T, away_since=NOW),
    "cleaning": BedState(H),
    "cleaning, reservation waits": BedState(H, hold=HELD),
    "terminal cleaning": BedState(H, T),
    "contaminated": BedState(K, T),
    "closed": BedState(C, closed="flood"),
}
CHARGE = Override(Approver.CHARGE_NURSE, "cardiac arrest")
APPROVED = Override(Approver.CHARGE_NURSE, "cardiac arrest", Approver.INFECTION_CONTROL)

Action = Callable[[BedState], BedState]
ACTIONS: dict[str, Action] = {
    "reserve": lambda bed: bedflow.reserve(bed, JOAN, NOW),
    "release": bedflow.release,
    "occupy": lambda bed: bedflow.occupy(bed, JOAN, NOW),
    "occupy for whom it is reserved": lambda bed: bedflow.occupy(bed, JOHN, NOW),
    "occupy by order of the charge nurse": lambda bed: bedflow.occupy(bed, JOAN, NOW, CHARGE),
    "occupy with second approver": lambda bed: bedflow.occupy(bed, JOAN, NOW, APPROVED),
    "vacate": bedflow.vacate,
    "vacate unused": lambda bed: bedflow.vacate(bed, used=False),
    "isolate": bedflow.isolate,
    "end isolation": bedflow.end_isolation,
    "owe terminal clean": bedflow.owe_terminal_clean,
    "leave": lambda bed: bedflow.leave(bed, NOW),
    "come back": bedflow.come_back,
    "start clean": bedflow.start_clean,
    "finish clean": bedflow.finish_clean,
    "fail clean": lambda bed: bedflow.finish_clean(bed, passed=False),
    "close": lambda bed: bedflow.close(bed, "flood"),
    "reopen": bedflow.reopen,
    "reopen certified": lambda bed: bedflow.reopen(bed, certified_clean=True),
    "block": lambda bed: bedflow.block(bed, "no nurse"),
    "unblock": bedflow.unblock,
}

MINE = Hold(JOAN, NOW + bedflow.HOLD)
# What is not listed is refused.
ALLOWED: dict[str, dict[str, BedState]] = {
    "ready": {
        "reserve": BedState(hold=MINE),
        "occupy": BedState(O),
        "occupy for whom it is reserved": BedState(O),
        "occupy by order of the charge nurse": BedState(O),
        "occupy with second approver": BedState(O),
        "start clean": BedState(H),
        "close": BedState(C, closed="flood"),
        "block": BedState(blocked="no nurse"),
    },
    "reserved": {
        "release": BedState(),
        "occupy for whom it is reserved": BedState(O),
        "occupy by order of the charge nurse": BedState(O),
        "occupy with second approver": BedState(O),
        "start clean": BedState(H, hold=HELD),
        "close": BedState(C, hold=HELD, closed="flood"),
        "block": BedState(hold=HELD, blocked="no nurse"),
    },
    "blocked": {
        "start clean": BedState(H, blocked="no nurse"),
        "close": BedState(C, closed="flood"),
        "unblock": BedState(),
    },
    "occupied": {
        "vacate": BedState(H),
        "vacate unused": BedState(),
        "isolate": BedState(I, T),
        "owe terminal clean": BedState(O, T),
        "leave": BedState(O, away_since=NOW),
    },
    "occupied, terminal clean owed": {
        "vacate": BedState(K, T),
        "vacate unused": BedState(K, T),
        "isolate": BedState(I, T),
        "owe terminal clean": BedState(O, T),
        "leave": BedState(O, T, away_since=NOW),
    },
    "isolated": {
        "vacate": BedState(K, T),
        "vacate unused": BedState(K, T),
        "end isolation": BedState(O, T),
        "owe terminal clean": BedState(I, T),
    },
    "on leave": {
        "vacate": BedState(H),
        "vacate unused": BedState(),
        "owe terminal clean": BedState(O, T, away_since=NOW),
        "come back": BedState(O),
    },
    "on leave, terminal clean owed": {
        "vacate": BedState(K, T),
        "vacate unused": BedState(K, T),
        "owe terminal clean": BedState(O, T, away_since=NOW),
        "come back": BedState(O, T),
    },
    "cleaning": {
        "reserve": BedState(H, hold=MINE),
        "occupy by order of the charge nurse": BedState(O),
        "occupy with second approver": BedState(O),
        "finish clean": BedState(),
        "fail clean": BedState(H),
        "close": BedState(C, closed="flood"),
        "block": BedState(H, blocked="no nurse"),
    },
    "cleaning, reservation waits": {
        "release": BedState(H),
        "occupy by order of the charge nurse": BedState(O),
        "occupy with second approver": BedState(O),
        "finish clean": BedState(hold=HELD),
        "fail clean": BedState(H, hold=HELD),
        "close": BedState(C, hold=HELD, closed="flood"),
        "block": BedState(H, hold=HELD, blocked="no nurse"),
    },
    "terminal cleaning": {
        "reserve": BedState(H, T, hold=MINE),
        "occupy with second approver": BedState(I, T),
        "finish clean": BedState(),
        "fail clean": BedState(H, T),
        "close": BedState(C, T, closed="flood"),
        "block": BedState(H, T, blocked="no nurse"),
    },
    "contaminated": {
        "reserve": BedState(K, T, hold=MINE),
        "occupy with second approver": BedState(I, T),
        "start clean": BedState(H, T),
        "close": BedState(C, T, closed="flood"),
        "block": BedState(K, T, blocked="no nurse"),
    },
    "closed": {"reopen": BedState(H), "reopen certified": BedState()},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_state_meets_every_action(state: str, action: str) -> None:
    bed, act = STATES[state], ACTIONS[action]
    if action in ALLOWED[state]:
        assert act(bed) == ALLOWED[state][action]
    else:
        with pytest.raises(NotAllowed) as refused:
            act(bed)
        sentence = str(refused.value)
        words = {bed.word, bed.status.word, K.word, bed.overlay.word if bed.overlay else bed.word}
        assert any(word in sentence for word in words)
        assert sentence.endswith(".")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("to", BedStatus)
def test_a_button_does_what_the_status_rule_allows(state: str, to: BedStatus) -> None:
    bed = STATES[state]
    try:
        assert bedflow.press(bed, to, "flood").status is to
    except NotAllowed as refused:
        assert bed.status.word in refused.sentence  # noqa: PT017 - either answer is an outcome


def test_a_contaminated_bed_owes_a_terminal_clean() -> None:
    assert bedflow.press(BedState(), K).clean is T
    assert bedflow.press(bedflow.press(BedState(), K), H).clean is T


def test_a_reservation_ends_by_itself_after_four_hours() -> None:
    bed = bedflow.reserve(BedState(), JOAN, NOW)
    later = NOW + timedelta(hours=4)
    assert bedflow.expire(bed, later - timedelta(seconds=1)).overlay is Overlay.RESERVED
    assert bedflow.expire(bed, later).overlay is None
    assert bedflow.occupy(bed, JOHN, later).status is O


def test_a_reservation_can_be_renewed_by_the_same_patient_only() -> None:
    bed = bedflow.reserve(BedState(), JOAN, NOW)
    renewed = bedflow.reserve(bed, JOAN, NOW, NOW + timedelta(hours=6))
    assert renewed.hold == Hold(JOAN, NOW + timedelta(hours=6))
    with pytest.raises(NotAllowed, match="another patient"):
        bedflow.reserve(bed, JOHN, NOW)
    with pytest.raises(NotAllowed, match="future"):
        bedflow.reserve(BedState(), JOAN, NOW, NOW)


@pytest.mark.parametrize("who", [Approver.DOCTOR, Approver.SITE_MANAGER])
def test_only_the_charge_nurse_uses_a_bed_before_its_clean_is_done(who: Approver) -> None:
    with pytest.raises(NotAllowed, match="Only the charge nurse"):
        bedflow.occupy(BedState(H), JOAN, NOW, Override(who, "cardiac arrest"))


@pytest.mark.parametrize("second", [None, Approver.CHARGE_NURSE, Approver.DOCTOR])
def test_the_ward_alone_never_overrides_a_terminal_clean(second: Approver | None) -> None:
    order = Override(Approver.CHARGE_NURSE, "cardiac arrest", second)
    for state in (BedState(K), BedState(K, T), BedState(H, T)):
        with pytest.raises(NotAllowed, match="must approve"):
            bedflow.occupy(state, JOAN, NOW, order)


@pytest.mark.parametrize("reason", ["", "  "])
def test_closing_blocking_and_overriding_need_a_reason(reason: str) -> None:
    with pytest.raises(NotAllowed, match="reason"):
        bedflow.close(BedState(), reason)
    with pytest.raises(NotAllowed, match="reason"):
        bedflow.block(BedState(), reason)
    with pytest.raises(NotAllowed, match="reason"):
        Override(Approver.CHARGE_NURSE, reason)


def test_a_blocked_bed_returns_to_what_it_was() -> None:
    for state in ("ready", "reserved", "cleaning", "contaminated"):
        assert bedflow.unblock(bedflow.block(STATES[state], "no nurse")) == STATES[state]


def test_an_override_never_opens_a_blocked_or_closed_bed() -> None:
    for state in ("blocked", "closed"):
        with pytest.raises(NotAllowed):
            bedflow.occupy(STATES[state], JOAN, NOW, APPROVED)


def test_closing_hides_no_terminal_clean() -> None:
    closed = bedflow.close(replace(STATES["contaminated"]), "flood")
    assert bedflow.reopen(closed).clean is T
