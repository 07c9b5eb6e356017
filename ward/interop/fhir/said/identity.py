"""Identity: from the fact of a Patient to the person Ward registers."""

from domain.names import words
from ward.interop.fhir import facts
from ward.interop.fhir.facts.person import LinkKind, NextOfKin
from ward.interop.fhir.said.content import Said, present
from ward.interop.fhir.said.words import full_name, instant, joined
from ward.interop.fhir.translate import Untranslatable
from ward.interop.fhir.values import Address, Contact, Identifier, Moment, Name, Precision
from ward.patients import person as ours

KIND = "Patient"
FORMER = {"old", "maiden"}
CALLED = {"usual", "nickname"}
ELSEWHERE = "another system"  # who issued a number that does not say so; never this hospital

PRECISION = {
    Precision.YEAR: ours.Precision.YEAR,
    Precision.MONTH: ours.Precision.MONTH,
    Precision.DAY: ours.Precision.DAY,
    Precision.INSTANT: ours.Precision.MINUTE,
}


def person(fact: facts.Person, sender: str | None) -> Said:
    """Say who a patient is; a record that another one replaces must be merged by people."""
    if any(link.kind is LinkKind.REPLACED_BY for link in fact.links):
        message = "says that another record replaces this one: merge them at the sender first"
        raise Untranslatable(f"{KIND}.link", message)
    called = [name for name in fact.other_names if name.use in CALLED]
    former = [name for name in fact.other_names if name.use in FORMER]
    spoken = sorted(fact.languages, key=lambda language: not language.preferred)
    numbers = sorted(fact.identifiers, key=lambda number: number.use == "old")
    whole = ours.Person(
        name=_name(fact.name) if fact.name else ours.Name(),
        preferred=next((" ".join(name.given) or name.text or "" for name in called), ""),
        previous=tuple(map(_name, former)),
        born=_when(fact.born, "birthDate"),
        died=_when(fact.died, "deceasedDateTime"),
        sex=fact.sex,
        numbers=tuple(_number(number, sender) for number in numbers),
        addresses=tuple(map(_address, fact.addresses)),
        contacts=tuple(map(_contact, fact.contacts)),
        kin=tuple(_kin(one) for one in fact.next_of_kin if one.name or one.contacts),
        language=next((one.language.words or "" for one in spoken), ""),
        deceased=bool(fact.deceased),
    )
    return Said(whole, lost=_lost(fact, len(called), len(former)))


def _lost(fact: facts.Person, called: int, former: int) -> tuple[str, ...]:
    """Name what a Patient said that Ward keeps nowhere."""
    return present(
        KIND,
        [
            ("active", not fact.active),
            ("communication", len(fact.languages) > 1),
            ("contact.address", any(one.address for one in fact.next_of_kin)),
            ("link", fact.links),
            ("managingOrganization", fact.keeper),
            ("maritalStatus", fact.marital_status),
            ("multipleBirth[x]", fact.multiple_birth),
            ("name", called > 1 or len(fact.other_names) > called + former),
        ],
    )


def _name(name: Name) -> ours.Name:
    if not name.family and not name.given:
        return ours.Name(given=name.text or "", use=name.use or "official")
    return ours.Name(
        family=name.family or "",
        given=" ".join(name.given),
        prefix=" ".join(name.prefix),
        suffix=" ".join(name.suffix),
        use=name.use or "official",
    )


def _when(moment: Moment | None, element: str) -> ours.When | None:
    if moment is None:
        return None
    at = instant(moment, f"{KIND}.{element}") if moment.at else None
    return ours.When(moment.day, PRECISION[moment.precision], at)


def _number(number: Identifier, sender: str | None) -> ours.Number:
    """Say who issued a number: one that does not tell must not pass for a number of our own."""
    system = number.system or number.issuer or sender or ELSEWHERE
    return ours.Number(number.value, number.kind or "", system)


def _address(address: Address) -> ours.Address:
    lines = address.lines or ((address.text,) if address.text else ())
    return ours.Address(
        lines=(*lines, address.district) if address.district else lines,
        city=address.city or "",
        state=address.state or "",
        postcode=address.postal_code or "",
        country=address.country or "",
        use=address.use or "home",
    )


def _contact(contact: Contact) -> ours.Contact:
    return ours.Contact(contact.value, contact.system, contact.use or "")


def _kin(one: NextOfKin) -> ours.Kin:
    name = full_name(one.name) if one.name else ""
    return ours.Kin(name, joined(one.relationships), tuple(map(_contact, one.contacts)))


def differs(new: ours.Person, known: ours.Person) -> str | None:
    """Name what shows that a key means somebody else here, or None where it can be them."""
    if new.born and known.born and not (new.born.estimated or known.born.estimated):
        exact = new.born.exact and known.born.exact
        one, two = new.born.on, known.born.on
        if one != two if exact else one.year != two.year:
            return "birth date"
    mine, theirs = _words(new), _words(known)
    return "name" if mine and theirs and not mine & theirs else None


def _words(person: ours.Person) -> set[str]:
    names = (person.name, *person.previous)
    return {word for name in names for word in words(f"{name.family} {name.given}")}
