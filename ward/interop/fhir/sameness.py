"""Sameness: whether two records that share an identifier can be about the same person.

A record number that comes with another name or birth date is a mix-up somewhere. Taking it would
write one person's allergies over another's, so it is left to people.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from domain.names import words
from ward.interop.fhir.facts import Fact, Person, Practitioner
from ward.interop.fhir.pick import JsonObject, kind_of, many, text, texts

PEOPLE = {"Patient", "Practitioner"}


@dataclass(frozen=True, slots=True, repr=False)
class Marks:
    """What tells a person from another: the birth date as written, and every name in words."""

    born: str | None
    named: frozenset[str]


def marks_in(body: JsonObject) -> Marks | None:
    """Read the marks off a resource, valid or not; None where it is not about a person."""
    if kind_of(body) not in PEOPLE:
        return None
    names = (
        (text(name, "family"), texts(name, "given"), text(name, "text"))
        for name in many(body, "name")
    )
    return Marks(text(body, "birthDate"), _named(names))


def marks_of(fact: Fact) -> Marks | None:
    """Return the marks of a fact; None where it is not about a person."""
    if not isinstance(fact, Person | Practitioner):
        return None
    names = [name for name in (fact.name, *fact.other_names) if name is not None]
    told = ((name.family, name.given, name.text) for name in names)
    return Marks(fact.born.written if fact.born else None, _named(told))


def differ(one: Marks, two: Marks) -> str | None:
    """Name what shows that two records are not of one person, or None where they can be.

    One shared word of a name is enough: a marriage changes only the family name.
    """
    if one.born and two.born and one.born != two.born:
        return "birth dates"
    if one.named and two.named and not one.named & two.named:
        return "names"
    return None


def _named(names: Iterable[tuple[str | None, tuple[str, ...], str | None]]) -> frozenset[str]:
    """Collect the words of names, each given as family, given names and whole text."""
    told = (" ".join([family or "", *given]).strip() or text_ for family, given, text_ in names)
    return frozenset(word for name in told for word in words(name or ""))


def fingerprint(fact: Fact) -> str:
    """Return a digest of all a fact says, to tell whether it changed since the last import.

    It is made of patient data: store only a keyed hash of it.
    """
    written = json.dumps(dataclasses.asdict(fact), sort_keys=True, default=_plain)
    return hashlib.sha256(f"{type(fact).__name__} {written}".encode()).hexdigest()


def _plain(value: object) -> str:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            return repr(value)
