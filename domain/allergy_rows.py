"""Allergy rows: which medicines are relatives, and how far a reaction to one speaks for another.

Rows are those of `data/allergy_classes.csv` (see `data/SOURCES.md`; each names its own source). A
text of that table that is not understood here ends the start, it is never skipped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from domain.formulary import FORMULARY, components, plain, rows
from domain.prescribing import Tier


class When(StrEnum):
    """What of the first reaction decides how far a row goes."""

    ALWAYS = "always"
    SEVERE = "severe"  # immediate or severe
    DELAYED = "delayed"  # a severe delayed reaction
    ANGIOEDEMA = "angioedema"  # or aspirin-exacerbated respiratory disease
    ANAPHYLAXIS = "anaphylaxis"  # unless tested


@dataclass(frozen=True, slots=True)
class Alert:
    """How far a row goes when its condition holds, and when it does not; None: not at all."""

    when: When
    then: Tier | None
    otherwise: Tier | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One group: who of `index` reacted is warned of `cross`."""

    id: str
    group: str
    index: frozenset[str]
    cross: frozenset[str]
    alert: Alert
    reason: str
    source: str
    milder: frozenset[str] = frozenset()  # of `cross`, only shown


#: The texts of column default_alert.
_ALERTS: Mapping[str, Alert] = MappingProxyType(
    {
        "hard stop": Alert(When.ALWAYS, Tier.STOP),
        "hard stop inside the R1 group": Alert(When.ALWAYS, Tier.STOP),
        "hard stop; overrides every passive or none row above": Alert(When.DELAYED, Tier.STOP),
        "hard stop if the index reaction was immediate/severe, otherwise interruptive": Alert(
            When.SEVERE, Tier.STOP, Tier.REASON
        ),
        "interruptive if severe index reaction, else passive": Alert(
            When.SEVERE, Tier.REASON, Tier.INLINE
        ),
        "interruptive if the index reaction was immediate or severe, otherwise passive; "
        "ask reaction type": Alert(When.SEVERE, Tier.REASON, Tier.INLINE),
        "interruptive (hard stop for aspirin-exacerbated respiratory disease or angioedema)": Alert(
            When.ANGIOEDEMA, Tier.STOP, Tier.REASON
        ),
        "interruptive (hard stop after anaphylaxis unless tested)": Alert(
            When.ANAPHYLAXIS, Tier.STOP, Tier.REASON
        ),
        "interruptive": Alert(When.ALWAYS, Tier.REASON),
        "interruptive for imaging orders": Alert(When.ALWAYS, Tier.REASON),
        "passive": Alert(When.ALWAYS, Tier.INLINE),
        "passive information only": Alert(When.ALWAYS, Tier.INLINE),
        "none": Alert(When.ALWAYS, None),
    }
)


def of_class(*classes: str) -> frozenset[str]:
    """List the medicines of the formulary with one of these allergy classes."""
    return frozenset(
        drug.generic for drug in FORMULARY.values() if drug.allergy_class in frozenset(classes)
    )


_TABLE = {row["group"]: row for row in rows("allergy_classes.csv")}


def _split(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(";"))


def _index(group: str) -> frozenset[str]:
    return _split(_TABLE[group]["index_substances"])


PENICILLINS = _index("penicillin") | of_class("penicillin")
CEPHALOSPORINS = (
    of_class("cephalosporin")
    | _index("cephalosporin by R1 group")
    | frozenset({"cefaclor", "cefadroxil", "cefprozil", "ceftazidime", "cefiderocol"})
)
CARBAPENEMS = _index("carbapenem") | of_class("carbapenem")
SULFONAMIDES = _index("sulfonamide antibiotic") | of_class("sulfonamide antibiotic")
ACE_INHIBITORS = _index("ACE inhibitor angioedema") | of_class("ACE inhibitor")
BETA_LACTAMS = PENICILLINS | CEPHALOSPORINS | CARBAPENEMS | {"aztreonam"}
_ARBS = frozenset(
    drug.generic for drug in FORMULARY.values() if "angiotensin receptor blocker" in drug.classes
)

#: Words of columns index_substances and cross_reactive_with that stand for several medicines.
_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "penicillins": PENICILLINS,
        "cephalosporins": CEPHALOSPORINS,
        "other cephalosporins": CEPHALOSPORINS,
        "all beta-lactams": BETA_LACTAMS,
        "sulfonamide antibiotic allergy": SULFONAMIDES,
        "sulfonamide antibiotics and sulfasalazine": SULFONAMIDES,
        "all COX-1 inhibitors": of_class("NSAID"),
        "other opioids": of_class("opioid"),
        "all heparins incl. line flushes": of_class("heparin"),
        "all ACE inhibitors": ACE_INHIBITORS,
        "sacubitril and valsartan (contraindicated by label)": frozenset(
            {"sacubitril and valsartan"}
        ),
        "ARBs passive": _ARBS,
        "heparin": of_class("heparin"),
        "amides among themselves": of_class("local anaesthetic amide"),
        "not esters": frozenset(),
        "carbapenems (index: SJS/TEN, DRESS, AGEP, haemolytic anaemia, interstitial nephritis, "
        "drug-induced hepatitis, serum sickness)": CARBAPENEMS,
        # no medicines: lines, gloves and dyes are warned of where they are used
        "device warning": frozenset(),
        "chlorhexidine-coated lines, gels": frozenset(),
        "other iodinated agents": frozenset(),
    }
)

#: Groups that are one class of the formulary: whoever is added there is added here.
_CLASS_OF: Mapping[str, str] = MappingProxyType(
    {
        "penicillin": "penicillin",
        "carbapenem": "carbapenem",
        "trimethoprim": "trimethoprim",
        "sulfonamide antibiotic": "sulfonamide antibiotic",
        "NSAID cross-intolerance": "NSAID",
        "opioid": "opioid",
        "heparin (HIT)": "heparin",
        "aromatic antiepileptics": "aromatic antiepileptic",
        "macrolide": "macrolide",
        "fluoroquinolone": "fluoroquinolone",
        "aminoglycoside": "aminoglycoside",
        "tetracycline": "tetracycline",
        "glycopeptide": "glycopeptide",
        "ACE inhibitor angioedema": "ACE inhibitor",
        "local anaesthetic amide / ester": "local anaesthetic amide",
        "neuromuscular blocker": "neuromuscular blocker",
        "azole": "azole",
    }
)
_ITSELF = frozenset({"same class", "each other"})

#: Which groups hold for a class that is named without a medicine, besides its own group.
_UNSPECIFIED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "penicillin": frozenset(
            {"aminopenicillin side chain", "penicillin -> other cephalosporins"}
            | {"penicillin -> cefazolin", "penicillin -> carbapenems", "penicillin -> aztreonam"}
            | {"any beta-lactam after a severe delayed reaction"}
        ),
        "cephalosporin": frozenset(
            {"cephalosporin outside the R1 group, or index drug unknown"}
            | {"any beta-lactam after a severe delayed reaction"}
        ),
        "carbapenem": frozenset({"any beta-lactam after a severe delayed reaction"}),
        "sulfonamide antibiotic": frozenset({"sulfonamide antibiotic -> non-antibiotic"}),
    }
)


def token(allergy_class: str) -> str:
    """Name a whole class where a medicine would stand."""
    return f"any {allergy_class}"


def _tokens(group: str) -> frozenset[str]:
    also = {name for name, groups in _UNSPECIFIED.items() if group in groups}
    own = {_CLASS_OF[group]} if group in _CLASS_OF else set()
    return frozenset(map(token, also | own))


def _meant(text: str) -> frozenset[str]:
    """Read a list of the table: class words are opened, single medicines stay."""
    return frozenset().union(*(_WORDS.get(name, frozenset({name})) for name in _split(text)))


def _row(number: int, row: Mapping[str, str]) -> Row:
    group, also = row["group"], row["cross_reactive_with"]
    own = of_class(_CLASS_OF[group]) if group in _CLASS_OF else frozenset()
    index = _meant(row["index_substances"]) | own
    if also in _ITSELF or group in _AMONG_THEMSELVES:
        cross = index | (_meant(also) if group in _AMONG_THEMSELVES else frozenset())
    else:
        cross = _meant(also)
    return Row(
        id=f"A{number:02}",
        group=group,
        index=_FOODS if group == "egg / soya" else index | _tokens(group),
        cross=cross,
        alert=_ALERTS[row["default_alert"]],
        reason=row["reason"],
        source=row["source"],
        milder=_ARBS if "ARBs passive" in also else frozenset(),
    )


_AMONG_THEMSELVES = frozenset({"ACE inhibitor angioedema", "local anaesthetic amide / ester"})
_FOODS = frozenset({"egg", "eggs", "soya", "soy"})


def _both_ways(row: Row) -> tuple[Row, ...]:
    """Turn a row around where its reason says that it works in both directions."""
    if "both directions" not in row.reason:
        return (row,)
    back = frozenset(row.cross | {token("cephalosporin")})
    return (row, replace(row, index=back, cross=row.index - _tokens(row.group)))


ROWS: tuple[Row, ...] = tuple(
    turned
    for number, row in enumerate(_TABLE.values(), start=1)
    for turned in _both_ways(_row(number, row))
)

_BETA_LACTAM = frozenset(map(token, ("penicillin", "cephalosporin", "carbapenem")))

#: How people write a class; the plural in s is understood by itself.
_SPELLINGS: Mapping[str, frozenset[str]] = MappingProxyType(
    {name: frozenset({token(name)}) for name in {*_CLASS_OF.values(), "cephalosporin"}}
    | {
        "beta lactam": _BETA_LACTAM,
        "betalactam": _BETA_LACTAM,
        "cefalosporin": frozenset({token("cephalosporin")}),
        "quinolone": frozenset({token("fluoroquinolone")}),
        "opiate": frozenset({token("opioid")}),
        "non steroidal anti inflammatory": frozenset({token("NSAID")}),
        "anti inflammatory": frozenset({token("NSAID")}),
        "sulfonamide": frozenset({token("sulfonamide antibiotic")}),
        "sulphonamide": frozenset({token("sulfonamide antibiotic")}),
        "sulfa": frozenset({token("sulfonamide antibiotic")}),
        "sulpha": frozenset({token("sulfonamide antibiotic")}),
        "local anaesthetic": frozenset({token("local anaesthetic amide")}),
        "penicillin v": frozenset({"phenoxymethylpenicillin"}),
        "iodine contrast": frozenset({"iodinated contrast"}),
    }
)


def _vocabulary() -> Mapping[str, frozenset[str]]:
    """List every name that can stand for what somebody reacted to."""
    known: dict[str, frozenset[str]] = {}

    def learn(name: str, names: frozenset[str]) -> None:
        known[plain(name)] = known.get(plain(name), frozenset()) | names

    for name in {name for row in ROWS for name in row.index | row.cross}:
        learn(name, frozenset({name}))
    for drug in FORMULARY.values():
        for name in (drug.generic, *drug.also_known_as):
            learn(name, drug.called)
        for name in drug.ingredients:
            learn(name, components(name) | {name})
        for name in drug.classes - _CLASS_OF.keys() - set(_CLASS_OF.values()):
            learn(name, frozenset({drug.generic}))
            learn(f"{name}s", frozenset({drug.generic}))
        if drug.generic.startswith("insulin "):
            learn("insulin", frozenset({drug.generic}))
    for name, names in _SPELLINGS.items():
        learn(name, names)
        learn(f"{name}s", names)
    return MappingProxyType(known)


VOCABULARY = _vocabulary()


@lru_cache(maxsize=1024)
def meant(substance: str) -> frozenset[str]:
    """Read what somebody reacted to: names and classes of the tables; empty when none is known.

    "amoxicillin 500 mg capsules" and "anaphylaxis to penicillin" are read word by word.
    """
    text = plain(substance)
    if text in VOCABULARY:
        return VOCABULARY[text]
    inside = [name for name in VOCABULARY if f" {name} " in f" {text} "]
    whole = [name for name in inside if not any(name != more and name in more for more in inside)]
    return frozenset().union(*(VOCABULARY[name] for name in whole))
