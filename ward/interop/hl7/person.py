"""Person: what a PID says of a patient."""

from dataclasses import dataclass
from datetime import tzinfo

from ward.interop.hl7 import datatypes
from ward.interop.hl7.datatypes import Address, Contact, Identifier, PersonName
from ward.interop.hl7.message import Item, Segment
from ward.interop.hl7.moments import Moment, moment
from ward.interop.hl7.said import KEEP, Said, Silence, said, said_all

_LEGAL = "L"
_NOT_THE_NAME = frozenset("AMNSTU")
"""Table 0200: alias, maiden, nickname, pseudonym, tribal, unspecified."""
_RECORD_NUMBERS = ("MR", "MRN", "PI", "")
"""Table 0203 by preference; older senders write MRN, PI or no type."""


@dataclass(frozen=True, slots=True)
class PersonFields:
    """A patient as one message speaks of them."""

    identifiers: tuple[Identifier, ...] = ()
    name: Said[PersonName] = KEEP
    other_names: tuple[PersonName, ...] = ()
    born: Said[Moment] = KEEP
    sex: Said[str] = KEEP
    """Table 0001: F M O U A N, or what the sender uses."""
    address: Said[Address] = KEEP
    contacts: Said[tuple[Contact, ...]] = KEEP
    language: Said[str] = KEEP
    dead: Said[bool] = KEEP
    died: Said[Moment] = KEEP

    @property
    def mrn(self) -> Identifier | None:
        """Return the hospital's record number, by its type."""
        return record_number(self.identifiers)

    @property
    def national(self) -> Identifier | None:
        """Return the national number: NI, or NN with a country."""
        return next(
            (n for n in self.identifiers if n.type == "NI" or n.type.startswith("NN")), None
        )


def record_number(identifiers: tuple[Identifier, ...]) -> Identifier | None:
    """Choose the record number among a patient's numbers."""
    for kind in _RECORD_NUMBERS:
        for number in identifiers:
            if number.type == kind:
                return number
    return None


def person(pid: Segment, zone: tzinfo) -> PersonFields:
    """Read a PID."""

    def time(item: Item) -> Moment | None:
        return moment(item.part(), zone)

    name, others = _names(pid)
    return PersonFields(
        identifiers=identifiers(pid, 3),
        name=name,
        other_names=others,
        born=said(pid, 7, time),
        sex=said(pid, 8, datatypes.plain),
        address=said(pid, 11, datatypes.address),
        contacts=_contacts(pid),
        language=said(pid, 15, datatypes.plain),
        dead=said(pid, 30, _yes),
        died=said(pid, 29, time),
    )


def identifiers(segment: Segment, number: int) -> tuple[Identifier, ...]:
    """Read a list of numbers; one that is null or empty is none."""
    found = map(datatypes.identifier, segment.items(number))
    return tuple(one for one in found if one)


def _names(pid: Segment) -> tuple[Said[PersonName], tuple[PersonName, ...]]:
    """Choose the name to call a patient by, and keep the others beside it.

    No alias or former name if there is another; of those a whole name (some senders write half a
    name and call it legal); of those the legal one; else the first as sent.
    """
    names = said_all(pid, 5, datatypes.person_name)
    if isinstance(names, Silence):
        return names, ()
    chosen = min(names, key=_preference)
    return chosen, tuple(name for name in names if name is not chosen)


def _preference(name: PersonName) -> tuple[bool, bool, bool]:
    half = not (name.family and name.given)
    return (name.type in _NOT_THE_NAME, half, name.type != _LEGAL)


def _contacts(pid: Segment) -> Said[tuple[Contact, ...]]:
    """Read home and work numbers together; one field alone can only add or delete its own."""
    home, work = (said_all(pid, number, datatypes.contact) for number in (13, 14))
    if isinstance(home, Silence) and isinstance(work, Silence):
        return home
    return tuple(one for part in (home, work) if not isinstance(part, Silence) for one in part)


def _yes(item: Item) -> bool | None:
    return {"Y": True, "N": False}.get(item.part())
