"""Demographics: the PID of an ADT: besides who the patient is, how to reach them, and a death."""

from collections.abc import Iterable
from datetime import tzinfo
from uuid import UUID

from domain.access import Permission
from ward.interop.hl7.message import NULL
from ward.interop.hl7.outbound.people import day, identity
from ward.interop.hl7.outbound.segments import Repeated, Value, segment, time
from ward.patients.intake import person_of
from ward.patients.models import Patient
from ward.patients.person import Contact, Person, Precision, When
from ward.work import Work

Fields = dict[int, Value | Repeated]

_CLEARED = (11, 13, 14, 15)
"""What an update takes away where we have nothing: an empty field would keep it."""


async def pid(  # noqa: PLR0913 - whose, for where, and how it is read
    work: Work, patient_id: UUID, facility: str, zone: tzinfo, *, nth: int = 1, whole: bool = False
) -> str:
    """Write a PID; with `whole` it says too what there no longer is."""
    patient = await work.access(Patient, patient_id, Permission.VIEW_PATIENT)
    person = await person_of(work, patient)
    fields: Fields = {**identity(person, facility), **_more(person, zone), 1: str(nth)}
    if whole:
        for number in _CLEARED:
            fields[number] = fields.get(number) or NULL
        fields[30] = "Y" if person.dead else "N"
    return segment("PID", fields)


def _more(person: Person, zone: tzinfo) -> Fields:
    work = [one for one in person.contacts if one.use == "work"]
    others = [one for one in person.contacts if one.use != "work"]
    return {
        11: _address(person),
        13: _contacts(others),
        14: _contacts(work),
        15: person.language,
        29: _death(person.died, zone),
        30: "Y" if person.dead else "",
    }


def _address(person: Person) -> Value:
    """Write the home address, table 0190."""
    for one in person.addresses:
        if one.use == "home":
            first, rest = one.lines[:1], one.lines[1:]
            lines = ("".join(first), ", ".join(rest))
            return (*lines, one.city, one.state, one.postcode, one.country, "H")
    return ""


def _contacts(contacts: Iterable[Contact]) -> Value | Repeated:
    written = tuple(map(_contact, contacts))
    return Repeated(written) if written else ""


def _contact(one: Contact) -> Value:
    """Write an XTN: its use by table 0201, a mail address by table 0202."""
    if one.kind == "email":
        return ("", "NET", "Internet", one.value)
    return (one.value, {"home": "PRN", "work": "WPN"}.get(one.use, ""))


def _death(died: When | None, zone: tzinfo) -> str:
    if died and died.precision is Precision.MINUTE:
        return time(died.at, zone)
    return day(died)
