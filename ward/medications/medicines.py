"""Medicines: the formulary of the house as its page shows it, and what interacts, in words."""

from dataclasses import dataclass
from decimal import Decimal

from domain.formulary import FORMULARY, Drug, find
from domain.interaction_rows import ROWS, SILENT, Row
from domain.prescribing import Tier
from ward.medications.offers import units_of

TIERS = {
    Tier.STOP: "Contraindicated",
    Tier.REASON: "Severe: a reason is asked",
    Tier.INLINE: "Shown beside the order",
}
FILTERS = {"high-alert": "High-alert", "time-critical": "Time-critical", "tall-man": "Tall-man"}


@dataclass(frozen=True, slots=True)
class Interaction:
    """One row of the interactions, as seen from one medicine."""

    id: str
    tier: Tier
    words: str
    others: tuple[str, ...]
    other_class: str
    effect: str
    management: str
    source: str


def medicines(text: str = "", only: str = "") -> list[Drug]:
    """List the medicines of the house that match, by name; of a class by its name too."""
    wanted = text.strip().casefold()
    if wanted:
        named = find(text, limit=len(FORMULARY))
        classed = [drug for drug in FORMULARY.values() if wanted in drug.drug_class.casefold()]
        found = list(dict.fromkeys([*named, *classed]))
    else:
        found = sorted(FORMULARY.values(), key=lambda drug: drug.generic.casefold())
    return [drug for drug in found if _fits(drug, only)]


def _fits(drug: Drug, only: str) -> bool:
    match only:
        case "high-alert":
            return drug.high_alert
        case "time-critical":
            return bool(drug.time_critical)
        case "tall-man":
            return bool(drug.tall_man)
    return True


def interactions_of(drug: Drug) -> list[Interaction]:
    """Say in words what the medicine interacts with, the heaviest first."""
    found = [_seen(row, drug) for row in ROWS.values() if drug.called & (row.a | row.b)]
    return sorted(found, key=lambda one: (-one.tier.rank, one.id))


def _seen(row: Row, drug: Drug) -> Interaction:
    mine = drug.called & row.a
    others, kind = (row.b, row.b_class) if mine else (row.a, row.a_class)
    if mine and drug.called & row.b:  # the same list on both sides
        others = row.a | row.b
    shown = tuple(sorted(name for name in others if name not in drug.called and name in FORMULARY))
    return Interaction(
        row.id,
        row.tier,
        TIERS[row.tier],
        shown,
        kind,
        row.effect,
        row.management,
        row.source,
    )


def silent_of(drug: Drug) -> list[str]:
    """List the pairs that are known and never interrupt anybody."""
    names = set()
    for row in SILENT:
        for other in FORMULARY.values():
            if other.generic != drug.generic and row.holds(drug, other):
                names.add(other.generic)
    return sorted(names)


def facts_of(drug: Drug) -> list[tuple[str, str]]:
    """Give what the formulary says of a medicine, each with its label; nothing is left blank."""
    units = ", ".join(unit.word(Decimal(2)) for unit in drug.units)
    facts = [
        ("Also known as", ", ".join(drug.also_known_as)),
        ("Class", drug.drug_class),
        ("Routes", ", ".join(route.word for route in drug.routes)),
        ("Ordered in", units),
        ("High-alert", drug.high_alert_category),
        ("Time-critical", drug.time_critical),
        ("Tall-man letters", _tall(drug)),
        ("Pregnancy", drug.pregnancy),
        ("Allergy group", drug.allergy_class),
        ("Ingredients", ", ".join(sorted(drug.ingredients))),
        ("RxNorm ingredient", drug.rxnorm or "Not recorded"),
    ]
    if set(units_of(drug)) != set(drug.units):
        facts.insert(4, ("In a bag", ", ".join(unit.word(Decimal(2)) for unit in units_of(drug))))
    return [(label, text) for label, text in facts if text]


def _tall(drug: Drug) -> str:
    if not drug.tall_man:
        return ""
    return f"{drug.tall_man} ({drug.tall_man_evidence or 'evidence not recorded'})"
