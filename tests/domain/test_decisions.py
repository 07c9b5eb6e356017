"""Decisions: all rules at once, and nothing passes that stops or that nobody answered for."""

import time
from dataclasses import replace
from datetime import timedelta
from statistics import quantiles
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.allergies import AllergyState
from domain.decisions import Override, Reason, Step, check, refuse, unresolved
from domain.errors import NotAllowed
from domain.formulary import FORMULARY, Route, Unit
from domain.prescribing import (
    VERSION,
    Circumstance,
    Condition,
    Context,
    Finding,
    Order,
    Pregnancy,
    Rhythm,
    Tier,
)
from tests.prescriptions import allergic, ordered, patient, reacted, said, stopped

STOP, REASON, INLINE = Tier.STOP, Tier.REASON, Tier.INLINE


def finding(tier: Tier, rule: str = "D45", *about: str) -> Finding:
    return Finding(rule, tier, f"{rule} speaks.", about=about)


ASKS, STOPS, STANDS = finding(REASON), finding(STOP, "D43"), finding(INLINE, "D36")


def answer(to: Finding, text: str = "") -> Override:
    return Override.of(to, Reason.MONITORED, text)


def test_the_heaviest_finding_is_said_first() -> None:
    context = allergic(reacted("penicillin"), orders=(ordered("warfarin"), ordered("methotrexate")))
    hit = check(ordered("co-trimoxazole"), context)
    assert [(one.rule, one.tier) for one in hit] == [("D25", STOP), ("D16", REASON)]
    everything = check(
        ordered("amoxicillin", "intrathecal"), allergic(reacted("latex"), reacted("amoxicillin"))
    )
    assert said(everything) == {"allergy": STOP, "route-never": STOP}


def test_an_order_nothing_speaks_against_passes() -> None:
    assert check(ordered("lactulose"), patient("paracetamol")) == ()
    refuse(())


def test_what_stands_beside_the_order_needs_nothing() -> None:
    assert unresolved([STANDS]) == ()
    refuse([STANDS])


def test_what_asks_passes_with_a_reason_and_only_with_one() -> None:
    assert unresolved([ASKS]) == (ASKS,)
    with pytest.raises(NotAllowed, match=r"D45 speaks\. Give a reason\.") as caught:
        refuse([ASKS])
    assert caught.value.code == "medications.reason"
    assert unresolved([ASKS], [answer(ASKS)]) == ()
    refuse([ASKS], [answer(ASKS)])


@pytest.mark.parametrize("reason", Reason)
def test_a_stop_cannot_be_overridden(reason: Reason) -> None:
    given_for_it = [Override.of(STOPS, reason, "We know better."), answer(ASKS)]
    assert unresolved([ASKS, STOPS], given_for_it) == (STOPS,)
    with pytest.raises(NotAllowed, match="cannot be overridden") as caught:
        refuse([ASKS, STOPS], given_for_it)
    assert caught.value.code == "medications.stop"


def test_a_stop_is_said_before_what_only_asks() -> None:
    with pytest.raises(NotAllowed, match="D43"):
        refuse([ASKS, STOPS])


@pytest.mark.parametrize(
    "changed",
    [{"rule": "D17"}, {"about": ("apixaban", "aspirin")}, {"version": "0"}],
)
def test_a_reason_answers_only_for_what_was_seen(changed: dict[str, Any]) -> None:
    about = finding(REASON, "D45", "aspirin", "warfarin")
    assert unresolved([replace(about, **changed)], [answer(about)])
    assert not unresolved([about], [answer(about)])
    assert answer(about).version == VERSION


def test_another_reason_is_said_in_words() -> None:
    for text in ("", "   "):
        with pytest.raises(NotAllowed, match="in words"):
            Override.of(ASKS, Reason.OTHER, text)
    refuse([ASKS], [Override.of(ASKS, Reason.OTHER, "Cardiology asked for it.")])


def test_a_new_interaction_since_the_reason_was_given_asks_again() -> None:
    order = ordered("morphine")
    first = check(order, patient("midazolam"))
    given_for_it = [answer(one) for one in first]
    refuse(first, given_for_it)
    with pytest.raises(NotAllowed, match="pregabalin"):
        refuse(check(order, patient("midazolam", "pregabalin")), given_for_it)


@pytest.mark.parametrize("state", [AllergyState.NOT_RECORDED, AllergyState.UNAVAILABLE])
def test_unknown_allergies_ask_the_prescriber_and_stop_the_pharmacist(state: AllergyState) -> None:
    context = patient(allergy_state=state)
    order = ordered("paracetamol")
    assert said(check(order, context)) == {"allergy-state": REASON}
    assert said(check(order, context, Step.VERIFY)) == {"allergy-state": STOP}
    urgent = ordered("paracetamol", stat=True)
    (asks,) = check(urgent, context, Step.VERIFY)
    assert asks.tier is REASON
    refuse([asks], [Override.of(asks, Reason.EMERGENCY)])


def test_verification_finds_what_signing_finds() -> None:
    context = patient("warfarin")
    assert check(ordered("aspirin"), context, Step.VERIFY) == check(ordered("aspirin"), context)


def test_tiers_are_ranked_from_a_note_to_a_stop() -> None:
    assert [tier.rank for tier in (INLINE, REASON, STOP)] == [0, 1, 2]


# ------------------------------------------------------------------------------------- properties


@st.composite
def orders(draw: st.DrawFn) -> Order:
    drug = FORMULARY[draw(st.sampled_from(sorted(FORMULARY)))]
    return ordered(
        drug.generic,
        draw(st.sampled_from(list(Route))),
        dose=draw(st.sampled_from(["0.5", "1", "1000"])),
        unit=draw(st.sampled_from(list(Unit))),
        rhythm=draw(st.sampled_from(list(Rhythm))),
        prn=draw(st.booleans()),
        stat=draw(st.booleans()),
        per_day=draw(st.sampled_from(["1", "40", "3000", "9000"])),
        circumstances=draw(st.frozensets(st.sampled_from(list(Circumstance)), max_size=2)),
    )


SUBSTANCES = ["penicillin", "codeine", "aspirin", "latex", "Septrin", "ramipril"]


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    known = tuple(reacted(one) for one in draw(st.lists(st.sampled_from(SUBSTANCES), max_size=3)))
    past = draw(st.lists(orders(), max_size=3))
    return patient(
        *draw(st.lists(orders(), max_size=5)),
        allergies=known,
        allergy_state=draw(st.sampled_from(list(AllergyState))),
        stopped=tuple(stopped(one, timedelta(days=at * 10)) for at, one in enumerate(past)),
        age_years=draw(st.none() | st.integers(0, 99)),
        pregnancy=draw(st.sampled_from(list(Pregnancy))),
        conditions=draw(st.frozensets(st.sampled_from(list(Condition)))),
    )


STEPS = st.sampled_from(list(Step))


@given(orders(), contexts(), STEPS)
def test_no_path_signs_past_a_stop(order: Order, context: Context, step: Step) -> None:
    hit = check(order, context, step)
    everything = [Override.of(one, reason, "Because.") for one in hit for reason in Reason]
    left = unresolved(hit, everything)
    assert left == tuple(one for one in hit if one.tier is STOP)
    if left:
        with pytest.raises(NotAllowed):
            refuse(hit, everything)
    else:
        refuse(hit, everything)


@given(orders(), contexts(), STEPS)
def test_without_a_reason_only_notes_pass(order: Order, context: Context, step: Step) -> None:
    hit = check(order, context, step)
    assert unresolved(hit) == tuple(one for one in hit if one.tier is not INLINE)


@given(orders(), contexts(), orders())
def test_one_more_medicine_takes_no_finding_away(
    order: Order, context: Context, more: Order
) -> None:
    wider = replace(context, orders=(*context.orders, more))
    after: dict[tuple[str, ...], int] = {}
    for one in check(order, wider):
        after[one.about] = max(one.tier.rank, after.get(one.about, 0))
    for one in check(order, context):
        assert after[one.about] >= one.tier.rank


@given(orders(), contexts())
def test_the_same_question_gets_the_same_answer(order: Order, context: Context) -> None:
    turned = replace(context, orders=context.orders[::-1], allergies=context.allergies[::-1])

    def weights(hit: tuple[Finding, ...]) -> set[tuple[str, Tier, tuple[str, ...]]]:
        return {(one.rule, one.tier, one.about) for one in hit}

    assert check(order, context) == check(order, context)
    assert weights(check(order, context)) == weights(check(order, turned))


@given(orders(), contexts())
def test_every_finding_is_a_sentence_about_somebody(order: Order, context: Context) -> None:
    hit = check(order, context)
    assert [one.tier.rank for one in hit] == sorted((one.tier.rank for one in hit), reverse=True)
    for one in hit:
        assert one.sentence.rstrip().endswith((".", "?"))
        assert one.about
        assert one.version == VERSION


def test_twenty_medicines_against_a_new_order_take_less_than_five_milliseconds() -> None:
    names = sorted(FORMULARY)
    context = allergic(
        *(reacted(one) for one in ("penicillin", "codeine", "latex", "peanut")),
        orders=tuple(ordered(name) for name in names[::9][:20]),
        stopped=tuple(stopped(ordered(name), timedelta(days=3)) for name in names[::11][:10]),
    )
    assert len(context.orders) == 20
    took = []
    for name in names:
        order = ordered(name)
        begun = time.process_time()  # of ours, whatever else the machine does
        check(order, context)
        took.append(time.process_time() - begun)
    assert quantiles(took, n=20)[-1] < 0.005
