"""GS1: what stands in the codes of packs, wristbands and badges.

Source: GS1 General Specifications 24: element strings, application identifiers (AI), symbology
prefixes, character set 82, check digits. Only what is met on medicines and people is read; a
scanner must send the separator (FNC1) as the byte 0x1D.
"""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType

from domain.errors import NotAllowed

FNC1 = "\x1d"

#: How a scanner announces GS1-128, DataBar, Data Matrix and QR, where it is told to.
_ELEMENTS = ("]C1", "]e0", "]d2", "]Q3")
#: EAN-13 (UPC too) and EAN-8: nothing but the product. Bare digits are never taken for one: the
#: first half of a longer code looks the same.
_EAN = MappingProxyType({"]E0": (12, 13), "]E4": (8,)})

_ANY = r"[!-\"%-?A-Z_a-z]"  # character set 82


@dataclass(frozen=True, slots=True)
class _Field:
    """The form of one AI."""

    pattern: str
    fixed: int = 0  # length; 0 is variable
    most: int = 0  # of a variable one
    checked: bool = False  # ends with a check digit


def _digits(length: int, *, checked: bool = False) -> _Field:
    return _Field(rf"\d{{{length}}}", length, checked=checked)


def _some(most: int, kind: str = _ANY) -> _Field:
    return _Field(rf"{kind}+", most=most)


GTIN, LOT, EXPIRY, SERIAL, EXPIRY_TIME = "01", "10", "17", "21", "7003"
PROVIDER, RECIPIENT, SRIN = "8017", "8018", "8019"

_FIELDS: Mapping[str, _Field] = MappingProxyType(
    {
        "00": _digits(18, checked=True),
        GTIN: _digits(14, checked=True),
        "02": _digits(14, checked=True),
        LOT: _some(20),
        **dict.fromkeys(("11", "12", "13", "15", "16", EXPIRY), _digits(6)),
        "20": _digits(2),
        SERIAL: _some(20),
        "22": _some(20),
        **dict.fromkeys(("240", "241", "250", "251"), _some(30)),
        "30": _some(8, r"\d"),
        "37": _some(8, r"\d"),
        **dict.fromkeys(("410", "411", "412", "413", "414"), _digits(13, checked=True)),
        EXPIRY_TIME: _digits(10),
        **dict.fromkeys(("710", "711", "712", "713", "714", "715", "716"), _some(20)),
        PROVIDER: _digits(18, checked=True),
        RECIPIENT: _digits(18, checked=True),
        SRIN: _some(10, r"\d"),
        "90": _some(30),
        **dict.fromkeys((str(ai) for ai in range(91, 100)), _some(90)),
    }
)
#: AIs whose length every reader knows, so that nothing need separate them from the next.
_PREDEFINED = ("00", "01", "02", "11", "12", "13", "15", "16", "17", "20", "41")


@dataclass(frozen=True, slots=True)
class Element:
    """One AI with its value."""

    ai: str
    value: str


def check_digit(digits: str) -> int:
    """Return the digit that follows these: weights 3 and 1 from the right, modulo 10."""
    weighed = (int(digit) * (1 if at % 2 else 3) for at, digit in enumerate(reversed(digits)))
    return -sum(weighed) % 10


def checks(number: str) -> bool:
    """Tell whether the last digit of a GTIN, GSRN or GLN is the right one."""
    return number.isascii() and number.isdigit() and check_digit(number[:-1]) == int(number[-1])


def parse(scanned: str) -> tuple[Element, ...]:
    """Read a scanned code into its elements, or say what is wrong with it."""
    rest = scanned.strip(" \t\r\n")
    for prefix, lengths in _EAN.items():
        if rest.startswith(prefix):
            return (Element(GTIN, _ean(rest.removeprefix(prefix), lengths)),)
    for prefix in _ELEMENTS:
        rest = rest.removeprefix(prefix)
    rest = rest.strip(FNC1)
    found: list[Element] = []
    while rest:
        element, rest = _take(rest, first=not found)
        found.append(element)
    if not found:
        raise _half()
    _same_once(found)
    return tuple(found)


def _ean(digits: str, lengths: tuple[int, ...]) -> str:
    if not re.fullmatch(r"[0-9]+", digits) or len(digits) not in lengths:
        raise _half()
    if not checks(digits):
        raise _wrong_digit()
    return digits.zfill(14)


def _take(rest: str, *, first: bool) -> tuple[Element, str]:
    """Split the first element off."""
    ai = next((rest[:size] for size in (2, 3, 4) if rest[:size] in _FIELDS), None)
    if ai is None:
        raise _unknown(rest, first=first)
    field, rest = _FIELDS[ai], rest[len(ai) :]
    end = field.fixed or (rest.find(FNC1) if FNC1 in rest else len(rest))
    value, rest = rest[:end], rest[end:].removeprefix(FNC1)
    if not value or len(value) < field.fixed or FNC1 in value:
        raise _half()
    if field.most and len(value) > field.most:
        raise NotAllowed(
            "This code does not end where it should. The scanner may leave out separators.",
            "gs1.too-long",
        )
    if not re.fullmatch(field.pattern, value, re.ASCII):
        raise NotAllowed(
            "This code has characters where they cannot be. Scan it again.", "gs1.characters"
        )
    if field.checked and not checks(value):
        raise _wrong_digit()
    return Element(ai, value), rest


def _unknown(rest: str, *, first: bool) -> NotAllowed:
    if any(ai.startswith(rest) for ai in _FIELDS):
        return _half()
    if first:
        return NotAllowed("This is no code of a medicine or a person.", "gs1.not-gs1")
    return NotAllowed("A part of this code is unknown. Scan it again.", "gs1.unknown-part")


def _half() -> NotAllowed:
    return NotAllowed("Only a part of the code was read. Scan it again.", "gs1.half-scanned")


def _wrong_digit() -> NotAllowed:
    return NotAllowed(
        "The check digit is wrong, so the code was misread. Scan it again.", "gs1.check-digit"
    )


def _same_once(found: Sequence[Element]) -> None:
    values: dict[str, str] = {}
    for element in found:
        if values.setdefault(element.ai, element.value) != element.value:
            raise NotAllowed("Two codes were read as one. Scan it again.", "gs1.two-codes")


def encode(elements: Sequence[Element]) -> str:
    """Write elements as they stand in a code, with separators where a reader needs them."""
    text = ""
    for at, element in enumerate(elements):
        text += element.ai + element.value
        if at < len(elements) - 1 and not element.ai.startswith(_PREDEFINED):
            text += FNC1
    if parse(text) != tuple(elements):
        raise NotAllowed("These elements cannot stand in one code.", "gs1.encode")
    return text


def readable(elements: Sequence[Element]) -> str:
    """Write elements as printed below a code: (8018)950600013430000009(8019)1."""
    return "".join(f"({element.ai}){element.value}" for element in elements)


@dataclass(frozen=True, slots=True)
class Pack:
    """What a pack says about itself."""

    gtin: str
    expires_on: date | None = None
    expires_at: time | None = None  # by the clock of the ward; None: at the end of the day
    lot: str | None = None
    serial: str | None = None
    national: tuple[Element, ...] = ()  # reimbursement numbers, AI 710 to 716

    def expired(self, now: datetime) -> bool:
        """Tell whether it is past its date; `now` is in the zone of the ward."""
        if self.expires_on is None:
            return False
        if now.date() == self.expires_on and self.expires_at is not None:
            return now.time() >= self.expires_at
        return now.date() > self.expires_on


@dataclass(frozen=True, slots=True)
class Wristband:
    """Whose wristband it is: a service relation number, or a plain record number."""

    gsrn: str | None = None
    issue: str | None = None  # which of the wristbands printed for this stay
    mrn: str | None = None


def pack(scanned: str, today: date) -> Pack:
    """Read the code of a pack; `today` tells the century of its date."""
    values = {element.ai: element.value for element in parse(scanned)}
    if GTIN not in values:
        if RECIPIENT in values or PROVIDER in values:
            raise NotAllowed("This is a person. Scan the medicine.", "gs1.not-a-pack")
        raise NotAllowed("This code names no product. Scan another on the pack.", "gs1.no-product")
    on, at = _expiry(values, today)
    national = tuple(Element(ai, value) for ai, value in values.items() if ai.startswith("71"))
    return Pack(values[GTIN], on, at, values.get(LOT), values.get(SERIAL), national)


def wristband(scanned: str, *, plain: bool = False) -> Wristband:
    """Read the code of a wristband; `plain` is whether the site prints bare record numbers."""
    try:
        values = {element.ai: element.value for element in parse(scanned)}
    except NotAllowed as refusal:
        if plain and refusal.code == "gs1.not-gs1":
            return Wristband(mrn=scanned.strip())
        raise
    if RECIPIENT not in values:
        what = "a medicine" if GTIN in values else "no wristband"
        raise NotAllowed(f"This is {what}. Scan the wristband.", "gs1.not-a-wristband")
    return Wristband(values[RECIPIENT], values.get(SRIN))


def badge(scanned: str) -> str:
    """Read the number on the badge of a member of staff."""
    values = {element.ai: element.value for element in parse(scanned)}
    if PROVIDER not in values:
        raise NotAllowed("This is no badge. Scan your badge.", "gs1.not-a-badge")
    return values[PROVIDER]


def _expiry(values: Mapping[str, str], today: date) -> tuple[date | None, time | None]:
    """Return the earliest end that the code names."""
    found: list[tuple[date, time | None]] = []
    if EXPIRY in values:
        found.append((day_of(values[EXPIRY], today), None))
    if EXPIRY_TIME in values:
        text = values[EXPIRY_TIME]
        found.append((day_of(text[:6], today), _clock(text[6:])))
    return min(found, key=lambda end: (end[0], end[1] or time.max), default=(None, None))


def day_of(text: str, today: date) -> date:
    """Read YYMMDD; day 00 is the last of the month, the century is that nearest to today."""
    year, month, day = today.year // 100 * 100 + int(text[:2]), int(text[2:4]), int(text[4:])
    if year - today.year > 50:
        year -= 100
    elif year - today.year < -49:
        year += 100
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        raise NotAllowed("The date in this code is no date. Scan it again.", "gs1.date") from None


def _clock(text: str) -> time | None:
    if text == "9999":  # not specified
        return None
    try:
        return time(int(text[:2]), int(text[2:]))
    except ValueError:
        raise NotAllowed("The time in this code is no time. Scan it again.", "gs1.date") from None


def ndc(gtin: str) -> str | None:
    """Return the ten digits of a United States drug code inside a GTIN-14; None: it holds none."""
    return gtin[3:13] if gtin[1:3] == "03" else None


def gtin_of(ndc10: str) -> str:
    """Build the GTIN-14 of a United States drug code."""
    digits = f"003{ndc10}"
    return f"{digits}{check_digit(digits)}"


def ndc_11(ndc10: str, segments: tuple[int, int, int]) -> str:
    """Write a drug code in the form of bills, 5-4-2; the ten digits alone do not say how."""
    if segments not in {(4, 4, 2), (5, 3, 2), (5, 4, 1)} or len(ndc10) != sum(segments):
        raise NotAllowed("A drug code has segments of 4-4-2, 5-3-2 or 5-4-1.", "gs1.ndc")
    labeler, product, _ = segments
    parts = (ndc10[:labeler], ndc10[labeler : labeler + product], ndc10[labeler + product :])
    return "".join(part.zfill(size) for part, size in zip(parts, (5, 4, 2), strict=True))
