"""Interaction rows: which pairs of medicines interact, how badly, and how long after the last dose.

Pairs are those of `data/interactions.csv` and `data/interactions_noninterruptive.csv`, expanded
once when this file is loaded (see `data/SOURCES.md`; each row names its own source).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import product
from types import MappingProxyType

from domain.formulary import FORMULARY, Drug, rows
from domain.prescribing import Tier


class Severity(StrEnum):
    """How bad a pair is."""

    MODERATE = "moderate"
    MAJOR = "major"
    CONTRAINDICATED = "contraindicated"

    @property
    def rank(self) -> int:
        """Give the place in the order of harm, from 0."""
        return list(Severity).index(self)


class Mode(StrEnum):
    """What a pair does to whoever prescribes it."""

    INTERRUPTIVE = "interruptive"
    PASSIVE = "passive"
    AUTO_SPACE = "auto-space"  # the doses are moved apart instead


@dataclass(frozen=True, slots=True)
class Row:
    """One pair of classes; conditions in its words are guards of `domain.interactions`."""

    id: str
    a_class: str
    a: frozenset[str]
    b_class: str
    b: frozenset[str]
    severity: Severity
    mode: Mode
    effect: str
    management: str
    source: str

    @property
    def tier(self) -> Tier:
        """Say how far the row goes by itself: contraindicated stops, only interruptive asks."""
        if self.severity is Severity.CONTRAINDICATED:
            return Tier.STOP
        return Tier.REASON if self.mode is Mode.INTERRUPTIVE else Tier.INLINE


#: Label-level knowledge, a seed for the pharmacy to edit; the CredibleMeds list is not copied.
QT_PROLONGING = frozenset(
    {
        "amiodarone", "azithromycin", "chlorpromazine", "ciprofloxacin", "citalopram",
        "clarithromycin", "disopyramide", "domperidone", "dronedarone", "droperidol",
        "erythromycin", "escitalopram", "flecainide", "fluconazole", "haloperidol",
        "hydroxychloroquine", "levofloxacin", "methadone", "moxifloxacin", "ondansetron",
        "pentamidine", "quetiapine", "quinidine", "sotalol", "voriconazole",
    }
)  # fmt: skip

DUPLICATE = "D40"  # a rule, not a pair: see `domain.duplicates`


def _members(text: str) -> frozenset[str]:
    if text.startswith("see qt_group"):
        return QT_PROLONGING
    names = (member.strip() for member in text.split(";"))
    return frozenset(name if name in FORMULARY else name.casefold() for name in names)


def _row(row: Mapping[str, str]) -> Row:
    duplicate = row["id"] == DUPLICATE
    return Row(
        id=row["id"],
        a_class=row["a_class"],
        a=frozenset() if duplicate else _members(row["a_members"]),
        b_class=row["b_class"],
        b=frozenset() if duplicate else _members(row["b_members"]),
        severity=Severity(row["severity"]),
        mode=Mode(row["alert_mode"]),
        effect=row["effect"],
        management=row["management"],
        source=row["source"],
    )


ROWS: Mapping[str, Row] = MappingProxyType(
    {row["id"]: _row(row) for row in rows("interactions.csv")}
)

Pair = tuple[str, str]


def pair(one: str, other: str) -> Pair:
    """Name two medicines in the one order that does not depend on who came first."""
    return (one, other) if one <= other else (other, one)


def _expanded() -> Mapping[Pair, tuple[Row, ...]]:
    """List the rows of every pair, the worst first; nothing pairs with itself."""
    found: dict[Pair, set[Row]] = {}
    for row in ROWS.values():
        for a, b in product(row.a, row.b):
            if a != b:
                found.setdefault(pair(a, b), set()).add(row)
    return MappingProxyType({key: tuple(sorted(hit, key=_worst)) for key, hit in found.items()})


def _worst(row: Row) -> tuple[int, int, str]:
    return (-row.severity.rank, -row.tier.rank, row.id)


PAIRS = _expanded()


def between(one: Drug, other: Drug) -> tuple[Row, ...]:
    """List the rows that hold for two medicines or their ingredients, the worst first."""
    if one.generic == other.generic:
        return ()
    keys = {pair(a, b) for a, b in product(one.called, other.called) if a != b}
    return tuple(sorted({row for key in keys for row in PAIRS.get(key, ())}, key=_worst))


# ------------------------------------------------------------------------- after the last dose

_MAOI = timedelta(days=14)
_FLUOXETINE = timedelta(days=35)
_AMIODARONE = timedelta(days=90)
_DAY = timedelta(days=1)

#: Whatever the row: rule set, check points (label-level knowledge).
_BY_DRUG = MappingProxyType({"fluoxetine": _FLUOXETINE, "amiodarone": _AMIODARONE})

#: As the management text of the row says, or 14 days for a row of MAO inhibitors that says none.
_BY_ROW = MappingProxyType(
    dict.fromkeys(("D01", "D04", "D06", "D07", "D14", "D15", "D22"), _MAOI)
    | dict.fromkeys(("D57", "D58", "D59", "D60"), _MAOI)
    | {
        "D52": timedelta(hours=36),
        "D61": _DAY,
        "D66": _DAY,
    }
)

#: As the management text of the row says for the one medicine that was stopped.
_BY_BOTH = MappingProxyType(
    {
        ("D22", "linezolid"): _DAY,
        ("D22", "methylthioninium chloride (methylene blue)"): _DAY,
        ("D57", "moclobamide"): _DAY,
        ("D28", "sildenafil"): _DAY,
        ("D28", "vardenafil"): _DAY,
        ("D28", "tadalafil"): timedelta(hours=48),
        ("D50", "fusidic acid"): timedelta(days=7),
        ("D50", "sodium fusidate"): timedelta(days=7),
    }
)


def washout(row: Row, stopped: Drug) -> timedelta | None:
    """Say how long after its last dose a medicine still counts for a row; None: not at all."""
    for name in stopped.called:
        found = _BY_BOTH.get((row.id, name)) or _BY_DRUG.get(name)
        if found:
            return found
    return _BY_ROW.get(row.id)


# ------------------------------------------------------------------ pairs that do not interrupt


@dataclass(frozen=True, slots=True)
class Silent:
    """A pair of classes that many systems warn of and that helps nobody: listed, never shown."""

    id: str
    a_class: str
    a: frozenset[str]
    b_class: str
    b: frozenset[str]

    def holds(self, one: Drug, other: Drug) -> bool:
        """Tell whether two medicines are such a pair, in either order."""
        if one.generic == other.generic:
            return False
        ahead = bool(self.a & one.called and self.b & other.called)
        return ahead or bool(self.a & other.called and self.b & one.called)


#: Classes of the list by `drug_class` of the formulary; a class without members here is inert.
_CLASSES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ACE inhibitors": frozenset({"ACE inhibitor"}),
        "angiotensin II antagonists": frozenset({"angiotensin receptor blocker"}),
        "anticholinesterases": frozenset({"cholinesterase inhibitor"}),
        "anticoagulants": frozenset({"anticoagulant", "LMWH", "vitamin K antagonist", "DOAC"}),
        "benzodiazepines": frozenset({"benzodiazepine"}),
        "beta blockers": frozenset({"beta blocker"}),
        "bisphosphonates": frozenset({"bisphosphonate"}),
        "corticosteroids": frozenset({"corticosteroid"}),
        "corticosteroids (oral)": frozenset({"corticosteroid"}),
        "NSAIDs": frozenset({"NSAID"}),
        "proton pump inhibitors": frozenset({"proton pump inhibitor"}),
        "SSRIs": frozenset({"SSRI"}),
        "statins": frozenset({"statin"}),
        "sulfonylureas": frozenset({"sulfonylurea"}),
        "thiazides": frozenset({"thiazide"}),
        "thyroid hormones": frozenset({"thyroid hormone"}),
    }
)
#: Classes of the list by name, where the formulary has no class of its own for them.
_NAMED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "calcium salts": frozenset({"calcium gluconate", "calcium carbonate", "calcium chloride"}),
        "calcium salts (oral)": frozenset({"calcium carbonate"}),
        "imidazoles": frozenset({"ketoconazole", "miconazole"}),
        "macrolide immunosuppressives": frozenset({"tacrolimus"}),
        "niacin": frozenset({"nicotinic acid", "niacin"}),
        "nifedipine and derivatives": frozenset({"nifedipine", "amlodipine"}),
        "salicylates": frozenset({"aspirin"}),
    }
)


def class_members(name: str) -> frozenset[str]:
    """List the medicines of a class of the silent list; a single medicine is its own class."""
    if name in _CLASSES:
        wanted = _CLASSES[name]
        return frozenset(drug.generic for drug in FORMULARY.values() if drug.classes & wanted)
    return _NAMED.get(name, frozenset({name.casefold()}))


SILENT: tuple[Silent, ...] = tuple(
    Silent(
        id=f"N{number:02}",
        a_class=row["a_class"],
        a=class_members(row["a_class"]),
        b_class=row["b_class"],
        b=class_members(row["b_class"]),
    )
    for number, row in enumerate(rows("interactions_noninterruptive.csv"), start=1)
)
