"""Translate: what a PID says of a patient, in the words of `patients`, field by field."""

from dataclasses import replace
from datetime import datetime

from domain import sexes
from domain.sexes import Sex
from ward.interop.hl7 import datatypes
from ward.interop.hl7.datatypes import Identifier, PersonName
from ward.interop.hl7.moments import Moment
from ward.interop.hl7.moments import Precision as Written
from ward.interop.hl7.person import PersonFields
from ward.interop.hl7.said import DELETE, KEEP, Said, given
from ward.patients.person import (
    RECORD_NUMBER,
    Address,
    Contact,
    Name,
    Number,
    Person,
    Precision,
    When,
)

# HL7 table 0200 to FHIR R4 NameUse, as far as both know the kind
_NAME_USE = {"L": "official", "D": "usual", "M": "maiden", "N": "nickname"}
# HL7 table 0201 to FHIR R4 ContactPointUse
_CONTACT_USE = {"PRN": "home", "ORN": "home", "VHN": "home", "WPN": "work"}
_MAIL = {"INTERNET", "X.400"}  # HL7 table 0202
_PRECISION = {Written.YEAR: Precision.YEAR, Written.MONTH: Precision.MONTH}


def person_after(known: Person, fields: PersonFields, *, occurred: datetime) -> Person:
    """Say who the patient is after this message: set, delete or keep each field."""
    return replace(
        known,
        name=_name_after(fields.name, known.name),
        previous=tuple(map(_name, fields.other_names)) or known.previous,
        born=_settled(fields.born, known.born),
        died=_died(fields, known.died, occurred),
        sex=_sex(fields.sex, known.sex),
        numbers=_numbers(fields, known),
        addresses=_addresses(fields.address, known.addresses),
        contacts=_contacts(fields, known.contacts),
        language=_text(fields.language, known.language),
    )


def _name_after(said: Said[PersonName], known: Name) -> Name:
    if said is KEEP:
        return known
    name = given(said)
    return _name(name) if name else Name()


def _name(name: PersonName) -> Name:
    names = " ".join(part for part in (name.given, name.middle) if part)
    use = _NAME_USE.get(name.type, "old" if name.type else "official")
    return Name(name.family, names, name.prefix, name.suffix, use)


def when(moment: Moment) -> When:
    """Keep a day as precise as it was written; a birth date does not move by zone."""
    on = moment.written.date()
    if moment.precision >= Written.MINUTE:
        return When(on, Precision.MINUTE, moment.at)
    return When(on, _PRECISION.get(moment.precision, Precision.DAY))


def _settled(said: Said[Moment], known: When | None) -> When | None:
    if said is KEEP:
        return known
    moment = given(said)
    return when(moment) if moment else None


def _died(fields: PersonFields, known: When | None, occurred: datetime) -> When | None:
    """Believe a death that is stated by its time or by PID-30; "N" takes it back."""
    if fields.dead is False or fields.dead is DELETE:
        return None
    if moment := given(fields.died):
        return when(moment)
    if fields.dead is True and known is None:
        return When(occurred.date(), estimated=True)
    return known


def _sex(said: Said[str], known: Sex) -> Sex:
    if said is DELETE:
        return Sex.UNKNOWN
    code = given(said)
    return (sexes.from_hl7(code) if code else None) or known


def _numbers(fields: PersonFields, known: Person) -> tuple[Number, ...]:
    """Put what was sent first; what we have of other kinds or issuers stays."""
    own = fields.mrn
    sent = [Number(known.mrn or own.value)] if own else []
    sent += [_number(one) for one in fields.identifiers if one is not own]
    kinds = {(number.type, number.system) for number in sent}
    rest = (one for one in known.numbers if (one.type, one.system) not in kinds)
    return tuple(dict.fromkeys((*sent, *rest)))


def _number(sent: Identifier) -> Number:
    """Keep who issued a number: a second record number is never taken for our own."""
    system = sent.authority or ("not stated" if sent.type == RECORD_NUMBER else "")
    return Number(sent.value, sent.type or "U", system)


def _addresses(said: Said[datatypes.Address], known: tuple[Address, ...]) -> tuple[Address, ...]:
    if said is KEEP:
        return known
    others = tuple(one for one in known if one.use != "home")
    home = given(said)
    if home is None:
        return others
    lines = tuple(line for line in (home.line, home.other) if line)
    return (Address(lines, home.city, home.state, home.postcode, home.country), *others)


def _contacts(fields: PersonFields, known: tuple[Contact, ...]) -> tuple[Contact, ...]:
    if fields.contacts is KEEP:
        return known
    return tuple(_contact(one) for one in given(fields.contacts) or ())


def _contact(sent: datatypes.Contact) -> Contact:
    mail = "@" in sent.value or sent.kind.upper() in _MAIL
    return Contact(sent.value, "email" if mail else "phone", _CONTACT_USE.get(sent.use, ""))


def _text(said: Said[str], known: str) -> str:
    return known if said is KEEP else given(said) or ""
