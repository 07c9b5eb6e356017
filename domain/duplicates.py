"""Duplicates: two orders of one ingredient, or of one class of which nobody needs two.

The classes are those of row D40 of `data/interactions.csv`, an opt-in list: two electrolytes,
laxatives, vitamins, nitrates, vasopressors or antiepileptics are normal combinations.
"""

from types import MappingProxyType

from domain.formulary import Route
from domain.interaction_rows import DUPLICATE
from domain.prescribing import Circumstance, Finding, Order, Tier

MANAGEMENT = "Stop one of them, or say why both are needed."

#: `drug_class` of the formulary -> how a sentence names two of it.
CLASSES = MappingProxyType(
    {
        "NSAID": "NSAIDs",
        "LMWH": "low molecular weight heparins",
        "DOAC": "direct oral anticoagulants",
        "statin": "statins",
        "proton pump inhibitor": "proton pump inhibitors",
        "beta blocker": "beta blockers",
        "ACE inhibitor": "ACE inhibitors",
        "SSRI": "SSRIs",
        "benzodiazepine": "benzodiazepines",
        "sulfonylurea": "sulfonylureas",
        "calcineurin inhibitor": "calcineurin inhibitors",
        "macrolide": "macrolides",
    }
)


def between(new: Order, other: Order) -> Finding | None:
    """Find that two orders give the same twice; None when they do not."""
    about = tuple(sorted({new.drug.generic, other.drug.generic}))
    shared = sorted(new.drug.ingredients & other.drug.ingredients)
    if shared:
        twice = f"{' and '.join(shared)} is ordered twice"
        where = "" if len(about) == 1 else f": in {new.drug.shown} and in {other.drug.shown}"
        return Finding(DUPLICATE, _tier(new, other), f"{twice}{where}.", MANAGEMENT, about)
    kind = _class(new, other)
    if kind is None:
        return None
    sentence = f"Two {kind}: {new.drug.shown} and {other.drug.shown}."
    return Finding(DUPLICATE, Tier.REASON, sentence, MANAGEMENT, about)


def _tier(new: Order, other: Order) -> Tier:
    """Ask for a reason, but for what row D40 calls a normal combination, and for line flushes."""
    if _opioid(new) and _opioid(other) and new.prn is not other.prn:
        return Tier.INLINE
    if "corticosteroid" in new.drug.classes and new.route is not other.route:
        return Tier.INLINE
    flush = Circumstance.LINE_FLUSH in new.circumstances | other.circumstances
    return Tier.INLINE if flush else Tier.REASON  # row D44: low-dose line flushes are exempt


def _class(new: Order, other: Order) -> str | None:
    if _long_acting(new) and _long_acting(other):
        return "long-acting opioids"
    shared = new.drug.classes & other.drug.classes & CLASSES.keys()
    return CLASSES[min(shared)] if shared else None


def _opioid(order: Order) -> bool:
    return order.drug.allergy_class == "opioid"


def _long_acting(order: Order) -> bool:
    return _opioid(order) and (order.modified_release or order.route is Route.TRANSDERMAL)
