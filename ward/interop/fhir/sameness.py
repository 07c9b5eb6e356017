"""Sameness: whether two facts that share an identifier can be about the same one.

A record number that comes with another name and birth date is a mix-up somewhere. Taking it would
write one person's allergies over another's, so it is left to people.
"""

import dataclasses
import hashlib
import json
from datetime import date, datetime
from decimal import Decimal

from domain.names import words
from ward.interop.fhir.facts import Fact, Person, Practitioner
from ward.interop.fhir.values import Name


def conflict(known: Fact, now: Fact) -> str | None:
    """Say why the newer fact cannot be about the one already known, or None where it can."""
    if isinstance(known, Person) and isinstance(now, Person):
        if _born(known) and _born(now) and _born(known) != _born(now):
            return "belongs to somebody with another birth date"
        return None if _names_meet(known, now) else "belongs to somebody with another name"
    if isinstance(known, Practitioner) and isinstance(now, Practitioner):
        return None if _names_meet(known, now) else "belongs to somebody with another name"
    return None


def _born(person: Person) -> str | None:
    return person.born.written if person.born else None


def _names_meet(known: Person | Practitioner, now: Person | Practitioner) -> bool:
    """Tell whether a family name or a given name is shared; a marriage changes only one."""
    before, after = _words(known), _words(now)
    return not before or not after or bool(before & after)


def _words(person: Person | Practitioner) -> set[str]:
    names = [name for name in (person.name, *person.other_names) if name is not None]
    return {folded for name in names for part in _parts(name) for folded in words(part)}


def _parts(name: Name) -> list[str]:
    parts = [*name.given, *([name.family] if name.family else [])]
    return parts or (name.text or "").split()


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
