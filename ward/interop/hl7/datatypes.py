"""Data types: names, numbers, addresses and places as HL7 2.5.1 writes them.

Each reader takes one repetition of a field and gives a value, or None when it says nothing.
"""

from dataclasses import dataclass

from ward.interop.hl7.message import Item


@dataclass(frozen=True, slots=True)
class Identifier:
    """A CX: a number, who gave it, and what kind it is (table 0203)."""

    value: str
    authority: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class PersonName:
    """An XPN or the name in an XCN."""

    family: str
    given: str = ""
    middle: str = ""
    suffix: str = ""
    prefix: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """An XAD."""

    line: str = ""
    other: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """An XTN: a telephone number or an e-mail address, with its use (0201) and kind (0202)."""

    value: str
    use: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A PL. The three parts together name a bed; a sender's three are mapped once."""

    ward: str = ""
    room: str = ""
    bed: str = ""
    facility: str = ""

    def __str__(self) -> str:
        """Write ward^room^bed, by which a place is known and mapped."""
        return f"{self.ward}^{self.room}^{self.bed}"


@dataclass(frozen=True, slots=True)
class Coded:
    """A CE or CWE."""

    code: str
    text: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Clinician:
    """An XCN."""

    number: str
    name: PersonName
    authority: str = ""


def plain(item: Item) -> str | None:
    """Read a text or a code; of a coded element its code."""
    return item.part() or None


def identifier(item: Item) -> Identifier | None:
    """Read a CX."""
    value = item.part(1)
    return Identifier(value, item.part(4), item.part(5)) if value else None


def person_name(item: Item) -> PersonName | None:
    """Read an XPN; the family name is its first subcomponent."""
    family, given, middle, suffix, prefix, _degree, kind = (item.part(n) for n in range(1, 8))
    name = PersonName(family, given, middle, suffix, prefix, kind)
    return name if name.family or name.given else None


def address(item: Item) -> Address | None:
    """Read an XAD; a line in pieces (number, street) is written as one."""
    line = " ".join(part for part in item.subparts(1) if part)
    found = Address(line, *(item.part(n) for n in range(2, 7)))
    return None if found == Address() else found


def contact(item: Item) -> Contact | None:
    """Read an XTN: the written number, else mail, the unformatted number or the pieces."""
    pieces = "".join(item.part(n) for n in (5, 6, 7))
    value = item.part(1) or item.part(4) or item.part(12) or pieces
    return Contact(value, item.part(2), item.part(3)) if value else None


def place(item: Item) -> Place | None:
    """Read a PL."""
    found = Place(*(item.part(n) for n in range(1, 5)))
    return found if found.ward or found.room or found.bed else None


def coded(item: Item) -> Coded | None:
    """Read a CE or CWE; one with a text alone counts."""
    found = Coded(item.part(1), item.part(2), item.part(3))
    return found if found.code or found.text else None


def clinician(item: Item) -> Clinician | None:
    """Read an XCN."""
    name = PersonName(*(item.part(n) for n in range(2, 7)))
    found = Clinician(item.part(1), name, item.part(9))
    return found if found.number or name.family else None
