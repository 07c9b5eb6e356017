"""Words: how one result is written: value, letters, tone; the graver of what was sent and found."""

import re
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from domain import labs
from domain.labs import Interpretation, Letter, ResultStatus
from ward.labs.details import ResultDetail
from ward.labs.said import PROSE

_KNOWN = MappingProxyType({letter.value: letter for letter in Letter})
_SIGNS = frozenset({Letter.BELOW_SCALE, Letter.ABOVE_SCALE, Letter.UP, Letter.DOWN})
_TONES = MappingProxyType({3: "critical", 2: "warning"})
_STATUS = MappingProxyType(
    {
        ResultStatus.PRELIMINARY: "preliminary",
        ResultStatus.CORRECTED: "corrected",
        ResultStatus.NOT_OBTAINED: "cannot be obtained",
        ResultStatus.DELETED: "withdrawn",
        ResultStatus.WRONG_PATIENT: "withdrawn, another patient's",
        ResultStatus.UNVERIFIED: "not verified",
    }
)
#: HL7 table 0074, as far as data/labs.csv and reports use it, in words.
SECTIONS = MappingProxyType(
    {
        "CH": "Chemistry",
        "HM": "Haematology",
        "TX": "Toxicology and drug levels",
        "BG": "Blood gases",
        "URN": "Urinalysis",
        "MB": "Microbiology",
        "SR": "Serology",
        "RAD": "Radiology",
        "LAB": "Laboratory",
    }
)


@dataclass(frozen=True, slots=True)
class Flag:
    """The letters of a result, in words too, and how loud they are."""

    letters: str
    word: str
    tone: str | None
    differs: str  # what the laboratory and we say, where they do not agree


NO_FLAG = Flag("", "", None, "")


def status(one: ResultStatus) -> str:
    """Say where a result stands; nothing of a final one."""
    return _STATUS.get(one, "")


def hidden(one: ResultStatus) -> bool:
    """Tell whether no value may be shown at all."""
    return one in {ResultStatus.WRONG_PATIENT, ResultStatus.DELETED, ResultStatus.NOT_OBTAINED}


def value(detail: ResultDetail) -> str:
    """Write the value exactly as it was sent."""
    return f"{detail.comparator}{detail.value}" if detail.comparator else detail.value


@lru_cache(maxsize=1_000)
def unit(ucum: str) -> str:
    """Write a unit for people: no codes, and no Greek letter that is read as another unit."""
    text = ucum.strip().replace("{1.73_m2}", "1.73 m²")
    text = _ANNOTATION.sub("", text).replace("[iU]", "IU").replace("mm[Hg]", "mmHg")
    for code, shown in _POWERS.items():
        text = text.replace(code, shown)
    for prefix, shown in _MICRO.items():
        if text.startswith(prefix):
            text = shown + text.removeprefix(prefix)
    return "" if text in {"1", "[pH]"} else text


_ANNOTATION = re.compile(r"\{[^{}]*\}")
_POWERS = MappingProxyType(
    {"10*12": "10¹²", "10*9": "10⁹", "10*6": "10⁶", "10*3": "10³", "/uL": "/microlitre"}
)
_MICRO = MappingProxyType({"umol": "micromol", "ug": "microgram"})


def figure(text: str) -> tuple[str, str] | None:
    """Part a plain number at its point, so that points stand under each other in a column."""
    found = _FIGURE.fullmatch(text.strip())
    return (found[1], found[2] or "") if found else None


_FIGURE = re.compile(r"([<>]?=?[+-]?\d+)(\.\d+)?")


def prose(detail: ResultDetail) -> bool:
    """Tell whether it is read rather than compared."""
    return detail.kind in PROSE or "\n" in detail.value


def flag(detail: ResultDetail, of: ResultStatus) -> Flag:
    """Write the letters of a result; a normal one has none."""
    return _flag(detail.sent, detail.letters) if of.counts else NO_FLAG


@lru_cache(maxsize=1_000)
def _flag(told: tuple[str, ...], found: tuple[str, ...]) -> Flag:
    ours = _letters(found)
    sent = tuple(code.strip() for code in told if code.strip())
    rank = max(labs.rank_of(sent), max((one.rank for one in ours), default=0))
    shown = _shown(sent, ours, rank)
    if not shown:
        return NO_FLAG
    word = " ".join(_KNOWN[one].word if one in _KNOWN else one for one in shown.split())
    return Flag(shown, word, _TONES.get(rank), _differs(sent, ours))


def _letters(texts: tuple[str, ...]) -> tuple[Letter, ...]:
    return tuple(_KNOWN[text] for text in texts if text in _KNOWN)


def _shown(sent: tuple[str, ...], ours: tuple[Letter, ...], rank: int) -> str:
    """Choose the letters that stand beside the value."""
    if rank <= 1:  # what we do not know is shown as it was sent, without a tone
        return " ".join(code for code in sent if code not in _KNOWN and code != "null")
    main = [code for code in sent if code in _KNOWN and _KNOWN[code].rank == rank]
    main = main or [one.value for one in ours if one.rank == rank]
    return main[0]


def _differs(sent: tuple[str, ...], ours: tuple[Letter, ...]) -> str:
    found = Interpretation(tuple(one for one in ours if one not in _SIGNS))
    if not labs.disagree(sent, found):
        return ""
    return f"Laboratory: {' '.join(sent)}. By our limits: {found}."
