"""Formulary: the medicines of the house, their names, and how a dose is written.

Every row is `data/medications.csv` (see `data/SOURCES.md`); routes, units and cautions there are
orientation that a pharmacist approves, not prescribing advice.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType


class Route(StrEnum):
    """How a medicine reaches the body; the value is its key in `data/medications.csv`."""

    ORAL = "PO"
    INTRAVENOUS = "IV"
    INTRAMUSCULAR = "IM"
    SUBCUTANEOUS = "SC"
    RECTAL = "PR"
    VAGINAL = "PV"
    SUBLINGUAL = "SL"
    TRANSDERMAL = "TD"
    BUCCAL = "buccal"
    INTRANASAL = "intranasal"
    INHALED = "INH"
    NEBULISED = "neb"
    LOCAL = "local"
    EPIDURAL = "epidural"
    INTRATHECAL = "intrathecal"

    @property
    def word(self) -> str:
        """Name the route as a medicine line does: never by its letters."""
        return _ROUTES.get(self, self.value)


#: Every way by which a medicine is injected.
INJECTED = frozenset(
    {
        Route.INTRAVENOUS,
        Route.INTRAMUSCULAR,
        Route.SUBCUTANEOUS,
        Route.EPIDURAL,
        Route.INTRATHECAL,
        Route.LOCAL,
    }
)
_ROUTES = MappingProxyType(
    {
        Route.ORAL: "oral",
        Route.INTRAVENOUS: "intravenous",
        Route.INTRAMUSCULAR: "intramuscular",
        Route.SUBCUTANEOUS: "subcutaneous",
        Route.RECTAL: "rectal",
        Route.VAGINAL: "vaginal",
        Route.SUBLINGUAL: "sublingual",
        Route.TRANSDERMAL: "transdermal",
        Route.INHALED: "inhaled",
        Route.NEBULISED: "nebulised",
        Route.LOCAL: "local infiltration",
    }
)


class Unit(StrEnum):
    """What a dose is counted in; `units` and `microgram` are always words."""

    MICROGRAM = "microgram"
    MG = "mg"
    G = "g"
    ML = "mL"
    MMOL = "mmol"
    UNITS = "units"
    SACHET = "sachet"
    MICROGRAM_MIN = "microgram/min"
    MICROGRAM_KG_MIN = "microgram/kg/min"
    UNITS_MIN = "units/min"

    @property
    def in_mg(self) -> Decimal | None:
        """Return how many mg one is; None for what is not a mass."""
        return _IN_MG.get(self)

    def word(self, count: Decimal) -> str:
        """Write the unit behind a number, without the oblique stroke that is read as a 1."""
        first, *per = self.value.split("/")
        if first == "units" and count == 1:
            first = "unit"
        elif first in {"microgram", "sachet"} and count != 1:
            first += "s"
        return " per ".join([first, *per])


_IN_MG = MappingProxyType(
    {Unit.MICROGRAM: Decimal("0.001"), Unit.MG: Decimal(1), Unit.G: Decimal(1000)}
)


_GREATER = re.compile(r"greater than (\d+(?:\.\d+)?) %")
_OR_GREATER = re.compile(r"(\d+(?:\.\d+)?) % or greater")


@dataclass(frozen=True, slots=True)
class Drug:
    """One medicine; `generic` is its plain name, for copy, search and every rule."""

    generic: str
    also_known_as: tuple[str, ...] = ()
    rxnorm: str | None = None  # RxNorm ingredient; None where it was not verified
    drug_class: str = ""
    routes: tuple[Route, ...] = ()
    units: tuple[Unit, ...] = ()  # the usual one first
    weekly: bool = False
    high_alert_category: str = ""
    tall_man: str = ""
    tall_man_evidence: str = ""
    time_critical: str = ""  # why, in our own words
    allergy_class: str = ""
    pregnancy: str = ""
    ingredients: frozenset[str] = frozenset()  # a combination product has several
    listed: bool = True  # in the formulary of the house

    @property
    def shown(self) -> str:
        """Write the name for eyes: tall-man letters where this very name is listed.

        cycloSPORINE is the spelling of another name: here the medicine is called ciclosporin.
        """
        same = self.tall_man.casefold() == self.generic.casefold()
        return self.tall_man if same else self.generic

    @property
    def high_alert(self) -> bool:
        """Tell whether a slip with it does heavy harm."""
        return bool(self.high_alert_category)

    def high_alert_by(self, route: Route, percent: Decimal | None = None) -> bool:
        """Tell whether it is one by this route: some are listed for the vein or the mouth alone.

        Sodium chloride is listed above 0.9 %, glucose from 20 %; where the strength (`percent`) is
        not known they are.
        """
        listed = self.high_alert_category
        above, least = _GREATER.search(listed), _OR_GREATER.search(listed)
        if percent is not None and above is not None:
            return percent > Decimal(above[1])
        if percent is not None and least is not None:
            return percent >= Decimal(least[1])
        if "(IV use)" in listed:
            return route is Route.INTRAVENOUS
        if "injection" in listed:
            return route in INJECTED
        return self.high_alert and ("hypoglycemics oral" not in listed or route is Route.ORAL)

    @property
    def unit(self) -> Unit | None:
        """Return the usual unit of a dose."""
        return self.units[0] if self.units else None

    @property
    def called(self) -> frozenset[str]:
        """Return every name under which a rule may list it: itself and its ingredients."""
        return self.ingredients | {self.generic}

    @property
    def classes(self) -> frozenset[str]:
        """Return its class; one of two kinds has both: antiplatelet and NSAID."""
        return frozenset(self.drug_class.split("/"))


#: Written as one word, and yet of two: the ethylenediamine salt of theophylline (INN).
_COMPONENTS = MappingProxyType({"aminophylline": frozenset({"theophylline", "ethylenediamine"})})


def components(name: str) -> frozenset[str]:
    """Split a combination product into its ingredients; anything else is its own."""
    bare = re.sub(r"\s*\(.*?\)", "", name).strip()  # heparin (unfractionated)
    return _COMPONENTS.get(bare) or frozenset(bare.split(" and "))


def _drug(row: Mapping[str, str]) -> Drug:
    unit = row["usual_dose_unit"].replace(" (WEEKLY)", "").replace(" of levodopa", "")
    return Drug(
        generic=row["generic"],
        also_known_as=tuple(filter(None, re.split(r", | / ", row["also_known_as"]))),
        rxnorm=row["rxnorm_ingredient"] or None,
        drug_class=row["drug_class"],
        routes=tuple(Route(route) for route in row["routes"].removesuffix(" only").split()),
        units=tuple(Unit(one) for one in unit.split(" or ")),
        weekly="WEEKLY" in row["usual_dose_unit"],
        high_alert_category=row["high_alert_category"] if row["high_alert"] == "Y" else "",
        tall_man=row["tall_man"],
        tall_man_evidence=row["tall_man_evidence"],
        time_critical=row["time_critical_hint"],
        allergy_class=row["allergy_class"],
        pregnancy=row["pregnancy_caution"],
        ingredients=components(row["generic"]),
    )


def rows(name: str) -> list[dict[str, str]]:
    """Read one table of the rules."""
    with (Path(__file__).parent / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FORMULARY: Mapping[str, Drug] = MappingProxyType(
    {row["generic"]: _drug(row) for row in rows("medications.csv")}
)


def plain(text: str) -> str:
    """Reduce a name to what search compares: no case, no signs, single blanks."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _names(drug: Drug) -> tuple[str, ...]:
    spoken = re.sub(r"\s*\(.*?\)", "", drug.generic)  # heparin, without (unfractionated)
    return tuple(plain(name) for name in (drug.generic, spoken, *drug.also_known_as))


_NAMES = {drug.generic: _names(drug) for drug in FORMULARY.values()}
_BY_NAME = {name: FORMULARY[generic] for generic, names in _NAMES.items() for name in names}


def named(name: str) -> Drug | None:
    """Return the medicine with exactly this name, in whatever case; None if there is none."""
    return _BY_NAME.get(plain(name))


def unlisted(name: str) -> Drug:
    """Make a medicine out of a name from elsewhere: rules that know the name still hold."""
    generic = " ".join(name.casefold().split())
    return named(name) or Drug(generic, ingredients=components(generic), listed=False)


def find(text: str, limit: int = 20) -> tuple[Drug, ...]:
    """Search by generic or other name, any case; whoever begins with the text comes first."""
    wanted = plain(text)
    if not wanted:
        return ()
    ranked = [(_rank(names, wanted), generic) for generic, names in _NAMES.items()]
    best = sorted((rank, generic) for rank, generic in ranked if rank is not None)
    return tuple(FORMULARY[generic] for _, generic in best[:limit])


def _rank(names: tuple[str, ...], wanted: str) -> int | None:
    if wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    if any(f" {wanted}" in name for name in names):
        return 2
    inside = len(wanted) >= 3 and any(wanted in name for name in names)
    return 3 if inside else None


def write(dose: Decimal, unit: Unit) -> str:
    """Write a dose: 1,000 mg, 0.5 mg, 10 units; no trailing zero, never torn from its unit."""
    number = f"{dose:,f}"
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {unit.word(dose)}".replace(" ", "\N{NO-BREAK SPACE}")


#: What no line of medicines may contain; error-prone forms, each with what finds it.
_NEVER = (
    re.compile(r"(?<![^\W\d_])(?:IU|U|QOD|QD|OD|cc)(?![^\W_])", re.IGNORECASE),
    re.compile(r"(?<![^\W_])(?:MSO4|MgSO4|MS)(?![^\W_])"),
    re.compile("[\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}]g?"),
    re.compile(r"[@&<>/]"),
    re.compile(r"\d+\.\d*0(?!\d)"),  # trailing zero: 5.0 is read as 50
    re.compile(r"(?<!\d)\.\d+"),  # naked decimal: .5 is read as 5
)


def never(text: str) -> tuple[str, ...]:
    """List what in a line of medicines must not be written, as it stands there."""
    return tuple(found.group() for form in _NEVER for found in form.finditer(text))
