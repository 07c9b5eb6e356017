"""Mothers and infants: who may be linked, and that those who move together all do, or nobody."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import infants
from domain.beds import BedState, BedStatus, Clean
from domain.errors import NotAllowed
from domain.infants import Going, Kin
from domain.stays import Place, Stay

NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
TAKEN, READY = BedState(BedStatus.OCCUPIED), BedState()
STATES = (READY, TAKEN, BedState(BedStatus.HOUSEKEEPING, Clean.STANDARD))
PEOPLE = st.integers(0, 5)


def going(who: int, bed: int, state: BedState = READY, source: BedState = TAKEN) -> Going:
    stay = Stay(UUID(int=who), UUID(int=100 + who), NOW - timedelta(hours=1))
    return Going(f"P{who}", stay, Place(stay.bed, source), Place(UUID(int=bed), state))


@pytest.mark.parametrize(
    ("infant", "mother", "mothers", "said"),
    [
        (1, 1, {}, "own mother"),
        (1, 2, {1: 2}, "linked already"),
        (1, 2, {1: 3}, "another mother"),
        (1, 2, {2: 1}, "child of this patient"),
        (1, 3, {3: 2, 2: 1}, "child of this patient"),
    ],
)
def test_what_cannot_be_is_refused(infant, mother, mothers, said) -> None:
    with pytest.raises(NotAllowed, match=said):
        infants.link(infant, mother, mothers)


def test_an_infant_is_born_after_its_mother() -> None:
    with pytest.raises(NotAllowed, match="born after"):
        infants.link(1, 2, {}, (date(1990, 1, 1), date(2026, 1, 1)))
    infants.link(1, 2, {}, (date(2026, 1, 1), date(1990, 1, 1)))
    infants.link(1, 2, {}, (date(2026, 1, 1), None))


def test_twins_have_one_mother() -> None:
    infants.link(2, 9, {1: 9})


@given(st.lists(st.tuples(PEOPLE, PEOPLE)))
def test_whatever_is_tried_nobody_is_their_own_forebear(tried) -> None:
    mothers: dict[int, int] = {}
    for infant, mother in tried:
        before = dict(mothers)
        try:
            infants.link(infant, mother, mothers)
        except NotAllowed:
            assert mothers == before
        else:
            mothers[infant] = mother
    for one in mothers:
        line = [one]
        while line[-1] in mothers:
            line.append(mothers[line[-1]])
            assert line[-1] != one, "a circle"
        assert all(mothers[child] == mother for child, mother in pairwise(line))


def test_each_is_the_other_of_the_other() -> None:
    assert [one.other.other for one in Kin] == list(Kin)


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(201, 204), st.sampled_from(STATES)),
        min_size=1,
        max_size=4,
    )
)
def test_all_move_into_beds_of_their_own_or_nobody_does(tried) -> None:
    moves = [going(who, bed, state) for who, bed, state in tried]
    possible = (
        len({who for who, _, _ in tried}) == len(tried)
        and len({bed for _, bed, _ in tried}) == len(tried)
        and all(state is READY for _, _, state in tried)
    )
    try:
        done = infants.transfer_together(moves, at=NOW, now=NOW)
    except NotAllowed:
        assert not possible
        return
    assert possible
    assert len({one.started.bed for one in done}) == len(done) == len(moves)
    for move, one in zip(moves, done, strict=True):
        assert (one.ended.ended_at, one.started.started_at) == (NOW, NOW)
        assert one.started.encounter == move.stay.encounter
        assert one.taken.status is BedStatus.OCCUPIED
        assert one.left.status is BedStatus.HOUSEKEEPING


def test_a_clash_names_whom_it_is_about_and_that_nobody_moved() -> None:
    with pytest.raises(NotAllowed, match=r"^P2: This bed is Occupied.* Nobody was moved\.$"):
        infants.transfer_together([going(1, 201), going(2, 202, TAKEN)], at=NOW, now=NOW)


@pytest.mark.parametrize(
    ("people", "pages", "allowed"), [(2, 0, True), (4, 24, True), (4, 25, False), (5, 0, False)]
)
def test_a_step_is_as_great_as_can_be_told(people, pages, allowed) -> None:
    if allowed:
        infants.limit(people, pages, 24)
    else:
        with pytest.raises(NotAllowed, match="Too many"):
            infants.limit(people, pages, 24)
