"""Drug allergies: what an order does to somebody who reacted to it, or to a relative of it.

The same substance stops an order, an intolerance to it asks for a reason; relatives follow
`domain.allergy_rows`. Where a row depends on the reaction and nobody recorded it, the row asks.
"""

import re

from domain.allergies import AllergyState, Category, Criticality, Kind, Severity
from domain.allergy_rows import ROWS, Row, When, meant
from domain.formulary import Drug, components
from domain.prescribing import Context, Finding, Order, Sensitivity, Tier

SAME, UNREAD, UNKNOWN = "allergy", "allergy-text", "allergy-state"


def check(order: Order, context: Context) -> tuple[Finding, ...]:
    """Find what speaks against the order in the allergies; one finding for each."""
    counting = (sensitivity for sensitivity in context.allergies if sensitivity.allergy.counts)
    found = [_against(order.drug, sensitivity) for sensitivity in counting]
    return tuple(finding for finding in (_state(order, context), *found) if finding)


def _state(order: Order, context: Context) -> Finding | None:
    """Ask while nobody knows the allergies; verification makes a stop of it."""
    known = context.allergy_state
    listed = any(sensitivity.allergy.counts for sensitivity in context.allergies)
    if known is AllergyState.NONE_KNOWN or (known is AllergyState.KNOWN and listed):
        return None
    recorded = known is not AllergyState.NOT_RECORDED  # known, and yet not a single one to read
    return Finding(
        UNKNOWN,
        Tier.REASON,
        "Allergies are unavailable." if recorded else "Allergies are not recorded.",
        "Ask the patient and record the answer, also when there are none.",
        (order.drug.generic,),
    )


def _against(drug: Drug, sensitivity: Sensitivity) -> Finding | None:
    substance = sensitivity.allergy.substance
    names = meant(substance) or components(substance.casefold().strip())
    shared = sorted(names & drug.ingredients) or sorted(names & {drug.generic})
    about = (drug.generic, substance)
    if shared:
        tier = Tier.STOP if allergic(sensitivity) else Tier.REASON
        what = f"contains {' and '.join(shared)}"
        if shared == [drug.generic]:
            what = "is the same" if len(names) == 1 else "is one of them"
        return Finding(SAME, tier, f"{_line(sensitivity)}: {drug.shown} {what}.", "", about)
    if not meant(substance):
        return _unread(drug, sensitivity)
    hit = _relatives(drug, names, sensitivity)
    if not hit:
        return None
    row, tier = max(hit, key=_weight)
    return Finding(
        row.id, tier, f"{_line(sensitivity)}: {drug.shown} is related.", row.reason, about
    )


def _unread(drug: Drug, sensitivity: Sensitivity) -> Finding | None:
    """Say that a text could not be compared; food and pollen are no medicines."""
    if sensitivity.category in {Category.FOOD, Category.ENVIRONMENT}:
        return None
    about = (drug.generic, sensitivity.allergy.substance)
    sentence = f"{_line(sensitivity)}: this is no medicine of the formulary. Compare by hand."
    return Finding(UNREAD, Tier.INLINE, sentence, "", about)


def _relatives(
    drug: Drug, names: frozenset[str], sensitivity: Sensitivity
) -> list[tuple[Row, Tier]]:
    hit = [row for row in ROWS if row.index & names and row.cross & drug.called]
    tiers = [(row, _tier(row, drug, sensitivity)) for row in hit]
    return [(row, tier) for row, tier in tiers if tier is not None]


def _weight(hit: tuple[Row, Tier]) -> tuple[int, bool]:
    """Order rows: the heaviest speaks, and among equals the one that closes a whole family."""
    row, tier = hit
    return (tier.rank, row.alert.when is When.DELAYED)


def _tier(row: Row, drug: Drug, sensitivity: Sensitivity) -> Tier | None:
    if row.milder & drug.called:
        return Tier.INLINE
    holds = _holds(row.alert.when, sensitivity)
    if holds is None:  # nobody recorded the reaction: ask, do not guess
        return min(row.alert.then or Tier.INLINE, Tier.REASON, key=lambda tier: tier.rank)
    tier = row.alert.then if holds else row.alert.otherwise
    if tier is None or allergic(sensitivity) or row.group in _PHARMACOLOGICAL:
        return tier
    return Tier.REASON if tier is Tier.STOP else Tier.INLINE


#: Not immunological: an intolerance to one is an intolerance to all.
_PHARMACOLOGICAL = frozenset({"NSAID cross-intolerance"})

# --------------------------------------------------------------------------------- the reaction

#: Words of reactions; general knowledge, in the terms of `data/allergy_classes.csv`.
_ANAPHYLAXIS = re.compile(r"anaphyla", re.IGNORECASE)
_ANGIOEDEMA = re.compile(r"angio-?\s?(?:o?e)dema", re.IGNORECASE)
_RESPIRATORY = re.compile(r"aspirin-exacerbated|\bAERD\b|bronchospasm", re.IGNORECASE)
_IMMEDIATE = re.compile(r"urticaria|hives|bronchospasm|lary[nx]\w* o?edema|stridor", re.IGNORECASE)
_DELAYED = re.compile(
    r"stevens|\bSJS\b|toxic epidermal|\bAGEP\b|h(?:a?e)molytic an(?:a?e)mia|interstitial nephritis"
    r"|hepatitis|serum sickness|exanthematous pustulosis|drug reaction with eosinophilia",
    re.IGNORECASE,
)
_DELAYED_LETTERS = re.compile(r"\b(?:TEN|DRESS)\b")  # as words they are something else
_PLATELETS = re.compile(r"thrombocytop", re.IGNORECASE)
_HIT = re.compile(r"\bHIT\b")
_SIDE_EFFECT = re.compile(r"itch|prurit|nausea|vomit", re.IGNORECASE)


def _said(sensitivity: Sensitivity, *forms: re.Pattern[str]) -> bool:
    words = sensitivity.allergy.reactions
    return any(form.search(word) for form in forms for word in words)


def allergic(sensitivity: Sensitivity) -> bool:
    """Tell an allergy from an intolerance; what was anaphylaxis is an allergy, however typed."""
    return sensitivity.kind is Kind.ALLERGY or _said(
        sensitivity, _ANAPHYLAXIS, _ANGIOEDEMA, _DELAYED, _DELAYED_LETTERS, _PLATELETS, _HIT
    )


def severe(sensitivity: Sensitivity) -> bool | None:
    """Tell whether the reaction was immediate or severe; None: nobody recorded it."""
    allergy = sensitivity.allergy
    graded = allergy.severity is Severity.SEVERE or allergy.criticality is Criticality.HIGH
    heavy = (_ANAPHYLAXIS, _ANGIOEDEMA, _RESPIRATORY, _IMMEDIATE, _DELAYED, _DELAYED_LETTERS)
    if graded or _said(sensitivity, *heavy):
        return True
    if allergy.severity is not None or allergy.criticality is Criticality.LOW:
        return False
    harmless = [_SIDE_EFFECT.search(word) for word in allergy.reactions]
    return False if harmless and all(harmless) else None


def _holds(when: When, sensitivity: Sensitivity) -> bool | None:
    """Tell whether the condition of a row holds; None: the record does not say."""
    match when:
        case When.ALWAYS:
            return True
        case When.SEVERE:
            return severe(sensitivity)
        case When.DELAYED:
            return _said(sensitivity, _DELAYED, _DELAYED_LETTERS)
        case When.ANGIOEDEMA:
            return _said(sensitivity, _ANGIOEDEMA, _RESPIRATORY)
        case When.ANAPHYLAXIS:
            return _said(sensitivity, _ANAPHYLAXIS)


def _line(sensitivity: Sensitivity) -> str:
    reactions = ", ".join(sensitivity.allergy.reactions)
    kind = "Allergy" if sensitivity.kind is Kind.ALLERGY else "Intolerance"
    said = f" ({reactions})" if reactions else ""
    return f"{kind} to {sensitivity.allergy.substance}{said}"
