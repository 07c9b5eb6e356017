"""Second checks: which doses a second person checks, from a short list that a ward may change.

ISMP notes that double checks are not always the best strategy: the list is kept short. Default
rows are those of the MAR rules, section 8; a controlled drug needs a witness in any case.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.formulary import FORMULARY, Drug, Route


class SecondCheck(StrEnum):
    """One row of the list."""

    OPIOID_INFUSION = "opioid-infusion"  # patient-controlled ones too
    INSULIN_INFUSION = "insulin-infusion"
    HEPARIN_INFUSION = "heparin-infusion"
    CHEMOTHERAPY = "chemotherapy"
    NEURAXIAL = "neuraxial"
    POTASSIUM_INFUSION = "potassium-infusion"
    NEONATE = "neonate"

    @property
    def word(self) -> str:
        """Name the row as the settings of a ward do."""
        return _WORDS[self]


_WORDS = MappingProxyType(
    {
        SecondCheck.OPIOID_INFUSION: "Opioids as an infusion",
        SecondCheck.INSULIN_INFUSION: "Insulin as an infusion",
        SecondCheck.HEPARIN_INFUSION: "Heparin as an infusion",
        SecondCheck.CHEMOTHERAPY: "Chemotherapy",
        SecondCheck.NEURAXIAL: "Epidural and intrathecal medicines",
        SecondCheck.POTASSIUM_INFUSION: "Potassium as an infusion",
        SecondCheck.NEONATE: "Every medicine for a newborn",
    }
)

EVERY = frozenset(SecondCheck)
NEONATE_DAYS = 28

#: Which medicines are controlled is law of a country, and no column of the formulary. Default:
#: the opioids of the formulary but codeine and tramadol, ketamine and midazolam (general
#: knowledge); a ward sets its own.
CONTROLLED: frozenset[str] = frozenset(
    drug.generic
    for drug in FORMULARY.values()
    if (drug.allergy_class == "opioid" and drug.generic not in {"codeine", "tramadol"})
    or drug.generic in {"ketamine", "midazolam"}
)

_CHEMOTHERAPY = frozenset({"chemotherapeutic agents"})
_INFUSED: Mapping[SecondCheck, frozenset[str]] = MappingProxyType(
    {
        SecondCheck.HEPARIN_INFUSION: frozenset({"heparin (unfractionated)"}),
        SecondCheck.POTASSIUM_INFUSION: frozenset({"potassium chloride"}),
    }
)


def asks(
    drug: Drug, route: Route, *, infusion: bool, age_days: int | None = None
) -> frozenset[SecondCheck]:
    """List the rows that hold for an order."""
    found = set[SecondCheck]()
    if infusion and drug.allergy_class == "opioid":
        found.add(SecondCheck.OPIOID_INFUSION)
    if infusion and drug.high_alert_category == "insulin":
        found.add(SecondCheck.INSULIN_INFUSION)
    found |= {row for row, names in _INFUSED.items() if infusion and drug.called & names}
    if drug.high_alert_category in _CHEMOTHERAPY:
        found.add(SecondCheck.CHEMOTHERAPY)
    if route in {Route.EPIDURAL, Route.INTRATHECAL}:
        found.add(SecondCheck.NEURAXIAL)
    if age_days is not None and age_days <= NEONATE_DAYS:
        found.add(SecondCheck.NEONATE)
    return frozenset(found)


def needed(  # noqa: PLR0913 - an order, and the two lists of a ward
    drug: Drug,
    route: Route,
    *,
    infusion: bool,
    age_days: int | None = None,
    rows: Iterable[SecondCheck] = EVERY,
    controlled: Iterable[str] = CONTROLLED,
) -> bool:
    """Tell whether a second person checks each dose: a row of the list, or a controlled drug."""
    if drug.called & frozenset(controlled):
        return True
    return bool(asks(drug, route, infusion=infusion, age_days=age_days) & frozenset(rows))
