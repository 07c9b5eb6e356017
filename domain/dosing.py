"""Dosing: what the form of an order must keep, and limits where a source has a number.

Rules are the display rules and the drug-disease rules of the rule set, cautions are those of
`data/medications.csv`. Where no source has a number the answer is `Unknown`, never a guess.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

from domain.display import duration
from domain.formulary import Route, Unit, write
from domain.interaction_rows import QT_PROLONGING
from domain.prescribing import (
    Circumstance,
    Condition,
    Context,
    Finding,
    Order,
    Pregnancy,
    Rhythm,
    Tier,
)


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of one ingredient in 24 h, and the shortest time between two doses."""

    most: Decimal
    unit: Unit
    gap: timedelta


@dataclass(frozen=True, slots=True)
class Unknown:
    """No number is known for this patient; why, and how loudly that is said."""

    sentence: str
    tier: Tier = Tier.INLINE


#: Rows P01 to P09 of the vectors for as-needed doses; adults.
PARACETAMOL = Limit(Decimal(4000), Unit.MG, timedelta(hours=4))
LIGHT = Decimal(50)  # kg; below it "the maximum is per patient", MAR rules, as needed
ADULT = 18  # years; the vectors are for adults
_FRAIL = frozenset({Condition.LIVER_DISEASE, Condition.MALNUTRITION})


def limit(ingredient: str, context: Context) -> Limit | Unknown:
    """Give the limit of an ingredient for this patient, or say why there is none."""
    if ingredient != "paracetamol":
        return Unknown(f"No limit of {ingredient} is on record.")
    if context.age_years is None or context.age_years < ADULT:
        tier = Tier.INLINE if context.age_years is None else Tier.REASON
        return Unknown("The limit of paracetamol on record is for adults.", tier)
    if context.weight is None:
        return Unknown("The weight is not recorded. Below 50 kg the limit is lower.")
    if context.weight < LIGHT or _FRAIL & context.conditions:
        sentence = "The limit of paracetamol is lower for this patient. Set it in the order."
        return Unknown(sentence, Tier.REASON)
    return PARACETAMOL


def check(order: Order, context: Context) -> tuple[Finding, ...]:
    """Find what is wrong with the order by itself, and with its amount for this patient."""
    return tuple(finding for rule in _RULES for finding in rule(order, context))


def _find(
    order: Order, rule: str, tier: Tier, sentence: str, management: str = ""
) -> Iterator[Finding]:
    yield Finding(rule, tier, sentence, management, (order.drug.generic,))


# ------------------------------------------------------------------------------- route and unit

_NEURAXIAL = frozenset({Route.INTRATHECAL, Route.EPIDURAL})
_FIXED_ROUTE = frozenset({"vincristine"})  # "route fixed to IV"
_ONLY_LISTED = frozenset({"tranexamic acid"})  # "IV and PO only"


def _listed(order: Order, _: Context) -> Iterator[Finding]:
    """Ask about a medicine the house does not know: nothing about it can be checked."""
    if not order.drug.listed:
        sentence = f"{order.drug.shown} is not in the formulary. Dose and route are not checked."
        yield from _find(order, "formulary", Tier.REASON, sentence)


def _route(order: Order, _: Context) -> Iterator[Finding]:
    drug = order.drug
    if not drug.listed or order.route in drug.routes:
        if drug.called & (_FIXED_ROUTE | _ONLY_LISTED) and order.route in _NEURAXIAL:
            yield from _never_there(order)
        return
    strict = drug.called & (_FIXED_ROUTE | _ONLY_LISTED) or order.route in _NEURAXIAL
    if strict:
        yield from _never_there(order)
        return
    sentence = f"{drug.shown} is not usually given by this route: {order.route.word}."
    yield from _find(order, "route", Tier.REASON, sentence, f"Usual: {_words(drug.routes)}.")


def _never_there(order: Order) -> Iterator[Finding]:
    sentence = f"{order.drug.shown} is never given by this route: {order.route.word}."
    usual = f"Only: {_words(order.drug.routes)}." if order.drug.routes else ""
    yield from _find(order, "route-never", Tier.STOP, sentence, usual)


def _words(routes: Iterable[Route]) -> str:
    return ", ".join(route.word for route in routes)


def _unit(order: Order, _: Context) -> Iterator[Finding]:
    """Hold a dose to a unit of the formulary; another mass is asked about with its conversion."""
    unit, drug = order.unit, order.drug
    if unit is None or unit in drug.units or not drug.units:
        return
    usual = drug.units[0]
    if unit.in_mg is None or usual.in_mg is None:
        sentence = f"{drug.shown} is usually ordered in {usual.word(Decimal(2))}."
        yield from _find(order, "unit", Tier.REASON, sentence)
    elif order.dose is not None:
        same = write(order.dose * unit.in_mg / usual.in_mg, usual)
        sentence = f"{drug.shown} {write(order.dose, unit)} is {same}. Is this right?"
        yield from _find(order, "unit", Tier.REASON, sentence)


def _as_needed(order: Order, _: Context) -> Iterator[Finding]:
    """Refuse an as-needed order without limits; from another system it is shown, row P12."""
    if not order.prn or (order.per_day is not None and order.least_gap is not None):
        return
    imported = Circumstance.IMPORTED in order.circumstances and not order.drug.high_alert
    sentence = f"{order.drug.shown} as needed has no smallest interval or no maximum in 24 h."
    yield from _find(order, "prn-limits", Tier.INLINE if imported else Tier.STOP, sentence)


# ------------------------------------------------------------------ medicines with own rules


def _methotrexate(order: Order, _: Context) -> Iterator[Finding]:
    """Weekly, on a named day; anything else is for cancer, and needs a reason."""
    if "methotrexate" not in order.drug.called:
        return
    weekly = order.rhythm is Rhythm.WEEKLY and not order.prn
    if weekly and order.weekday is None:
        sentence = "methotrexate weekly needs the day of the week."
        yield from _find(order, "methotrexate-day", Tier.STOP, sentence)
    elif not weekly:
        tier = Tier.REASON if Circumstance.ONCOLOGY in order.circumstances else Tier.STOP
        sentence = "methotrexate is given once a week. Any other rhythm is only for cancer."
        yield from _find(order, "methotrexate-weekly", tier, sentence)


def _weekly(order: Order, _: Context) -> Iterator[Finding]:
    """Ask about another medicine that is counted by the week."""
    drug = order.drug
    if drug.weekly and order.rhythm is not Rhythm.WEEKLY and drug.generic != "methotrexate":
        sentence = f"{drug.shown} is usually given once a week."
        yield from _find(order, "weekly", Tier.REASON, sentence)


def _insulin(order: Order, _: Context) -> Iterator[Finding]:
    if order.drug.high_alert_category != "insulin":
        return
    if order.unit is not None and order.unit not in {Unit.UNITS, Unit.UNITS_MIN}:
        sentence = f"{order.drug.shown} is ordered in units only."
        yield from _find(order, "insulin-units", Tier.STOP, sentence)
    fraction = order.dose is not None and order.dose % 1 != 0
    if fraction and Circumstance.PUMP not in order.circumstances:
        sentence = f"{order.drug.shown} is ordered in whole units, but for a pump."
        yield from _find(order, "insulin-whole", Tier.STOP, sentence)


def _potassium(order: Order, _: Context) -> Iterator[Finding]:
    """Let potassium into a vein only as an infusion with a stated maximum rate."""
    if "potassium chloride" not in order.drug.called or order.route is Route.ORAL:
        return
    if not order.infusion:
        sentence = "potassium chloride concentrate is given only as an infusion."
        yield from _find(order, "potassium-infusion", Tier.STOP, sentence)
    if order.max_rate is None:
        sentence = "potassium chloride as an infusion needs its maximum rate."
        yield from _find(order, "potassium-rate", Tier.STOP, sentence)


# ------------------------------------------------------------------------------------ pregnancy


def _pregnancy(order: Order, context: Context) -> Iterator[Finding]:
    """Say the caution of the formulary as heavily as it weighs at this stage."""
    caution = order.drug.pregnancy
    if not caution or context.pregnancy is Pregnancy.NO:
        return
    if context.pregnancy is Pregnancy.NOT_RECORDED:
        worst = pregnancy_tier(caution, order, None, None)
        tier = Tier.REASON if worst is Tier.STOP else Tier.INLINE
        sentence = f"Pregnancy is not recorded. {order.drug.shown} in pregnancy: {caution}."
    else:
        tier = pregnancy_tier(caution, order, context.weeks, context.trimester)
        sentence = f"{order.drug.shown} in pregnancy: {caution}."
    yield from _find(order, "pregnancy", tier, sentence)


#: Trimesters in which a caution weighs; a caution that names none always does.
_IN = MappingProxyType(
    {
        "avoid 2nd/3rd trimester": {2, 3},
        "avoid 1st trimester": {1},
        "avoid 1st and late 3rd trimester": {1, 3},
        "avoid at term": {3},
    }
)
_FORBIDDEN_IN = MappingProxyType(
    {
        "avoid from 20 weeks; contraindicated in third trimester": {3},
        "avoid throughout; contraindicated 2nd/3rd trimester": {2, 3},
    }
)
_LIGHT = frozenset({"specialist advice", "do not handle crushed tablets"})
FROM_WEEK = 20  # "avoid from 20 weeks", NSAIDs in `data/medications.csv`


def pregnancy_tier(caution: str, order: Order, weeks: int | None, trimester: int | None) -> Tier:
    """Weigh a caution at a stage; a stage that is not known counts as the one it warns of."""
    if caution == "contraindicated" or trimester in _FORBIDDEN_IN.get(caution, ()):
        return Tier.STOP
    if caution in _LIGHT or (trimester and trimester not in _IN.get(caution, {trimester})):
        return Tier.INLINE
    early = weeks is not None and weeks < FROM_WEEK
    if "from 20 weeks" in caution and (early or trimester == 1):
        return Tier.INLINE
    obstetric = Circumstance.OBSTETRIC in order.circumstances
    return Tier.INLINE if obstetric and "obstetric use" in caution else Tier.REASON


# --------------------------------------------------------------------------------------- limits


def _limits(order: Order, context: Context) -> Iterator[Finding]:
    """Hold the order, and the order together with the others, to the limit of its ingredient."""
    for ingredient in sorted(order.drug.ingredients & {"paracetamol"}):
        known = limit(ingredient, context)
        if isinstance(known, Unknown):
            tier = Tier.INLINE if _lowered(order) else known.tier
            yield from _find(order, "limit-unknown", tier, known.sentence)
        if context.age_years is None or context.age_years >= ADULT:
            yield from _beyond(order, ingredient, PARACETAMOL)  # holds for the lightest too
            yield from _together(order, context, ingredient, PARACETAMOL)


def _lowered(order: Order) -> bool:
    """Tell whether the order itself sets a lower maximum than that of an adult."""
    total = _in(order, PARACETAMOL.unit)
    return total is not None and total < PARACETAMOL.most


def _beyond(order: Order, ingredient: str, most: Limit) -> Iterator[Finding]:
    total = _in(order, most.unit)
    if total is not None and total > most.most:
        sentence = (
            f"{ingredient} {write(total, most.unit)} in 24 h is more than "
            f"{write(most.most, most.unit)}."
        )
        yield from _find(order, "limit-day", Tier.STOP, sentence)
    if order.least_gap is not None and order.least_gap < most.gap:
        sentence = f"{ingredient} needs {duration(most.gap)} between doses."
        yield from _find(order, "limit-gap", Tier.STOP, sentence)


def _together(order: Order, context: Context, ingredient: str, most: Limit) -> Iterator[Finding]:
    same = [other for other in context.others(order) if ingredient in other.drug.ingredients]
    totals = [_in(one, most.unit) for one in (order, *same)]
    total = sum((amount for amount in totals if amount is not None), Decimal(0))
    if same and total > most.most:
        sentence = (
            f"{ingredient} in all orders together is {write(total, most.unit)} in 24 h, more than "
            f"{write(most.most, most.unit)}."
        )
        yield from _find(order, "limit-together", Tier.REASON, sentence)


def _in(order: Order, unit: Unit) -> Decimal | None:
    """Return the most of an order in 24 h in another unit of mass; None: it does not say."""
    if order.per_day is None or order.unit is None:
        return None
    have, want = order.unit.in_mg, unit.in_mg
    return None if have is None or want is None else order.per_day * have / want


# ------------------------------------------------------------------------------ results, disease

#: "Drug-disease rules worth having", rule set; general knowledge, settings of the site.
LOW_EGFR = Decimal(30)  # mL/min/1.73 m2
HIGH_POTASSIUM = Decimal("5.5")  # mmol/L
LOW_POTASSIUM = Decimal("3.5")  # mmol/L
LOW_PLATELETS = Decimal(50)  # 10*9/L
_ANTICOAGULANT = frozenset({"anticoagulant", "LMWH", "vitamin K antagonist", "DOAC"})


def _results(order: Order, context: Context) -> Iterator[Finding]:
    drug, classes = order.drug, order.drug.classes
    failing = context.egfr is not None and context.egfr < LOW_EGFR
    if failing and ("metformin" in drug.called or "NSAID" in classes):
        yield from _find(order, "egfr", Tier.REASON, f"{drug.shown} with eGFR {context.egfr}.")
    if "NSAID" in classes and Condition.HEART_FAILURE in context.conditions:
        yield from _find(order, "heart-failure", Tier.REASON, f"{drug.shown} in heart failure.")
    potassium, platelets = context.potassium, context.platelets
    said = f"{drug.shown} with potassium {potassium} mmol/L."
    high = potassium is not None and potassium >= HIGH_POTASSIUM
    if high and "potassium chloride" in drug.called:
        yield from _find(order, "potassium-high", Tier.REASON, said)
    if potassium is not None and potassium < LOW_POTASSIUM and drug.called & QT_PROLONGING:
        yield from _find(order, "potassium-low", Tier.REASON, said, "Correct K first; ECG.")
    if platelets is not None and platelets < LOW_PLATELETS and classes & _ANTICOAGULANT:
        said = f"{drug.shown} with platelets {platelets}."
        yield from _find(order, "platelets", Tier.REASON, said)


_RULES: tuple[Callable[[Order, Context], Iterator[Finding]], ...] = (
    _listed,
    _as_needed,
    _route,
    _unit,
    _methotrexate,
    _weekly,
    _insulin,
    _potassium,
    _pregnancy,
    _limits,
    _results,
)
