"""Interactions: what an order does together with the others, and with what was stopped lately.

One finding for each pair: where several rows hold, the worst one speaks. Conditions that stand in
the words of a row (age, route, palliative plan, dose) are the guards here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import combinations
from types import MappingProxyType

from domain import duplicates
from domain.display import duration
from domain.formulary import Drug, Route
from domain.interaction_rows import SILENT, Row, Silent, between, washout
from domain.prescribing import Circumstance, Condition, Context, Finding, Order, Stopped, Tier


def check(
    order: Order, context: Context, quiet: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """Find what the order does together with every other active or lately stopped order.

    Rules that are `quiet` stand for themselves: none of them speaks in the place of another.
    """
    worst: dict[tuple[str, ...], Finding] = {}
    aside = list[Finding]()
    for finding in _all(order, context):
        if finding.rule in quiet and finding.tier is not Tier.STOP:
            aside.append(finding)
            continue
        known = worst.get(finding.about)
        if known is None or finding.tier.rank > known.tier.rank:
            worst[finding.about] = finding
    return (*worst.values(), *aside)


def listed(drug: Drug, others: Iterable[Drug]) -> tuple[tuple[Silent, Drug], ...]:
    """List the pairs that never interrupt, for whoever asks to see everything."""
    return tuple((row, other) for other in others for row in SILENT if row.holds(drug, other))


def _all(order: Order, context: Context) -> Iterator[Finding]:
    for other in context.others(order):
        yield from _pair(order, other, context)
        twice = duplicates.between(order, other)
        if twice:
            yield twice
    yield from _local(order, context)
    for stopped in context.stopped:
        yield from _after(order, stopped, context)


def _pair(order: Order, other: Order, context: Context) -> Iterator[Finding]:
    for row in between(order.drug, other.drug):
        tier = _tier(row, order, other, context)
        if tier is not None:
            sentence = f"{order.drug.shown} with {other.drug.shown}: {row.effect}."
            yield Finding(row.id, tier, sentence, row.management, _about(order, other))


def _about(order: Order, other: Order) -> tuple[str, ...]:
    return tuple(sorted({order.drug.generic, other.drug.generic}))


def _after(order: Order, stopped: Stopped, context: Context) -> Iterator[Finding]:
    """Find the rows for which the last dose of a stopped order is too near."""
    since = (order.starts_at or context.at) - stopped.last_at
    for row in between(order.drug, stopped.order.drug):
        tier = _tier(row, order, stopped.order, context)
        gap = washout(row, stopped.order.drug)
        if tier is None or gap is None or since >= gap:
            continue
        if row.id not in _STOPPING and tier is Tier.STOP:
            tier = Tier.REASON  # amiodarone and fluoxetine fade; no row forbids the days after
        yield Finding(
            row.id,
            tier,
            f"{order.drug.shown} after {stopped.order.drug.shown}, {_ago(since)}: {row.effect}. "
            f"It counts for {duration(gap)} after the last dose.",
            row.management,
            _about(order, stopped.order),
        )


def _ago(since: timedelta) -> str:
    if since < timedelta(minutes=1):
        return "last dose now"
    return f"last dose {duration(since)} ago"


#: Rows whose own text forbids the time after the last dose too.
_STOPPING = frozenset(
    {"D01", "D04", "D06", "D07", "D14", "D15", "D28", "D50", "D52", "D57", "D59", "D60", "D61"}
    | {"D66"}
)

# ---------------------------------------------------------------------------------------- guards

Guard = Callable[[Row, Order, Order, Context], Tier | None]

NEONATE = 28  # days, rows D34 and D65
#: mg a day; "a low simvastatin dose is allowed by label (10-20 mg, country dependent)", row D11.
#: 20 is the British figure (MHRA Drug Safety Update 2012-08); a site may choose 10.
LOW_SIMVASTATIN = Decimal(20)


def _tier(row: Row, one: Order, other: Order, context: Context) -> Tier | None:
    """Say how far a row goes for these two orders; None: it does not hold for them."""
    guard = _GUARDS.get(row.id)
    return guard(row, one, other, context) if guard else row.tier


def _of(names: Iterable[str], *orders: Order) -> list[Order]:
    wanted = frozenset(names)
    return [order for order in orders if order.drug.called & wanted]


def _simvastatin(row: Row, one: Order, other: Order, _: Context) -> Tier | None:
    mild = _of({"amiodarone", "verapamil", "diltiazem"}, one, other)
    return Tier.REASON if mild and all(map(_low, _of(row.a, one, other))) else row.tier


def _low(statin: Order) -> bool:
    if statin.drug.generic != "simvastatin" or statin.per_day is None or statin.unit is None:
        return False
    factor = statin.unit.in_mg
    return factor is not None and statin.per_day * factor <= LOW_SIMVASTATIN


def _palliative(row: Row, _: Order, __: Order, context: Context) -> Tier | None:
    return Tier.INLINE if Condition.PALLIATIVE in context.conditions else row.tier


def _neonate(context: Context) -> bool | None:
    if context.age_days is not None:
        return context.age_days <= NEONATE
    if context.age_years is None:
        return None
    return context.age_years == 0  # days not known: the careful answer


def _calcium(row: Row, one: Order, other: Order, context: Context) -> Tier | None:
    """Hold ceftriaxone and calcium apart: never in the newborn, never in one line after that."""
    if not any(order.route is Route.INTRAVENOUS for order in _of(row.b, one, other)):
        return None
    newborn = _neonate(context)
    if row.id == "D65":
        return None if newborn else row.tier
    if newborn is None:
        return Tier.REASON
    return row.tier if newborn else None


def _injected(row: Row, one: Order, other: Order, _: Context) -> Tier | None:
    olanzapine = [order.route for order in _of(row.a, one, other)]
    sedatives = {order.route for order in _of(row.b, one, other)}
    parenteral = sedatives & {Route.INTRAVENOUS, Route.INTRAMUSCULAR}
    return row.tier if Route.INTRAMUSCULAR in olanzapine and parenteral else None


def _flushed(row: Row, one: Order, other: Order, _: Context) -> Tier | None:
    flush = Circumstance.LINE_FLUSH in one.circumstances | other.circumstances
    return Tier.INLINE if flush else row.tier


def _switching(row: Row, one: Order, other: Order, _: Context) -> Tier | None:
    documented = Circumstance.SWITCHING in one.circumstances | other.circumstances
    return Tier.REASON if documented else row.tier


def _colchicine(row: Row, _: Order, __: Order, context: Context) -> Tier | None:
    never = {Condition.LIVER_DISEASE, Condition.KIDNEY_INJURY}
    return Tier.STOP if never & context.conditions else row.tier


def _midazolam(row: Row, one: Order, other: Order, context: Context) -> Tier | None:
    oral = any(order.route is Route.ORAL for order in _of({"midazolam"}, one, other))
    return _by_label(row, one, other, context) if oral else row.tier


#: Pairs inside a row of which its text says that a label forbids them.
_LABEL: Mapping[str, tuple[tuple[frozenset[str], frozenset[str]], ...]] = MappingProxyType(
    {
        "D19": (
            (
                frozenset({"dabigatran etexilate"}),
                frozenset({"ketoconazole", "itraconazole", "ciclosporin", "dronedarone"}),
            ),
        ),
        "D46": (
            (
                frozenset({"ketorolac"}),
                frozenset({"enoxaparin", "dalteparin", "heparin (unfractionated)", "fondaparinux"}),
            ),
        ),
        "D58": (
            (
                frozenset({"moclobamide"}),
                frozenset(
                    {"fluoxetine", "fluvoxamine", "sertraline", "citalopram", "escitalopram"}
                    | {"paroxetine", "venlafaxine", "duloxetine", "clomipramine"}
                ),
            ),
            (frozenset({"rasagiline", "safinamide"}), frozenset({"fluoxetine", "fluvoxamine"})),
        ),
        "D63": ((frozenset({"midazolam"}), frozenset({"ritonavir"})),),
    }
)


def _by_label(row: Row, one: Order, other: Order, _: Context) -> Tier | None:
    for left, right in _LABEL[row.id]:
        if _of(left, one, other) and _of(right, one, other):
            return Tier.STOP
    return row.tier


_GUARDS: Mapping[str, Guard] = MappingProxyType(
    {
        "D11": _simvastatin,
        "D18": _flushed,  # a line-patency reason is recorded
        "D19": _by_label,
        "D21": _palliative,
        "D34": _calcium,
        "D43": _switching,
        "D44": _flushed,
        "D46": _by_label,
        "D51": _colchicine,
        "D56": _injected,
        "D58": _by_label,
        "D63": _midazolam,
        "D65": _calcium,
    }
)

# ------------------------------------------------------- two silent pairs that the house does show

_ROWS = {row.id: row for row in SILENT}
_SALICYLATE, _ARB, _NSAID = _ROWS["N01"], _ROWS["N19"], _ROWS["N28"]  # all with ACE inhibitors
DIURETICS = frozenset({"loop diuretic", "thiazide", "potassium-sparing diuretic"})
LOW_EGFR = Decimal(60)  # mL/min/1.73 m2; rule set, the local exceptions


def _local(order: Order, context: Context) -> Iterator[Finding]:
    """Show the two exceptions beside the order; they wait for the safety committee."""
    everything = [order, *context.others(order)]
    kidneys = _kidneys_at_risk(everything, context)
    for one, other in _couples(order, everything):
        if _ARB.holds(one.drug, other.drug):
            yield _shown(_ARB, one, other, "dual blockade, which European regulators discourage")
        elif kidneys and _nephrotoxic(one, other):
            yield _shown(_NSAID, one, other, "the kidneys are at risk already")


def _couples(order: Order, everything: list[Order]) -> Iterator[tuple[Order, Order]]:
    """Give the pairs with an ACE inhibitor that the order is in; a diuretic concerns them all."""
    inhibitors = _ARB.a
    if order.drug.classes & DIURETICS:
        pairs: Iterable[tuple[Order, Order]] = combinations(everything, 2)
    else:
        pairs = ((order, other) for other in everything[1:])
    for one, other in pairs:
        if (one.drug.generic in inhibitors) is not (other.drug.generic in inhibitors):
            yield one, other


def _nephrotoxic(one: Order, other: Order) -> bool:
    salicylate = _SALICYLATE.holds(one.drug, other.drug)  # silent in its own row
    return _NSAID.holds(one.drug, other.drug) and not salicylate


def _kidneys_at_risk(everything: list[Order], context: Context) -> bool:
    low = context.egfr is not None and context.egfr < LOW_EGFR
    injured = Condition.KIDNEY_INJURY in context.conditions
    return low or injured or any(order.drug.classes & DIURETICS for order in everything)


def _shown(row: Silent, one: Order, other: Order, effect: str) -> Finding:
    sentence = f"{one.drug.shown} with {other.drug.shown}: {effect}."
    return Finding(row.id, Tier.INLINE, sentence, about=_about(one, other))
