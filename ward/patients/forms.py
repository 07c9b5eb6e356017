"""Forms: what a clerk typed about a person, read into types and laid over what is known."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from starlette.datastructures import FormData, QueryParams

from domain.errors import NotAllowed
from domain.identifiers import nhs
from domain.sexes import Sex
from ward.errors import Invalid
from ward.patients.asked import day
from ward.patients.person import (
    NHS_SYSTEM,
    Address,
    Contact,
    Name,
    Number,
    Person,
    Precision,
    When,
)

OLDEST = 130  # years; an engineering default against a slip of the keyboard
LENGTHS = {
    "family": 100,
    "given": 100,
    "prefix": 30,
    "preferred": 100,
    "born": 20,
    "estimated_age": 3,
    "sex": 10,
    "nhs": 20,
    "telephone": 40,
    "lines": 200,
    "city": 100,
    "postcode": 20,
}
# Controls, hidden changes of direction, halves of characters.
_UNSEEN = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SPOKEN = {"nhs": "NHS number", "born": "Birth date", "lines": "Address", "city": "Town"}


@dataclass(frozen=True, slots=True, repr=False)
class PersonForm:
    """The fields as typed; `unknown` says that nobody knows who this is."""

    texts: Mapping[str, str]
    unknown: bool = False

    @classmethod
    def of(cls, form: FormData | QueryParams) -> "PersonForm":
        """Take the fields out of a form; too long or unprintable ones are Invalid."""
        texts: dict[str, str] = {}
        problems: dict[str, str] = {}
        for name, longest in LENGTHS.items():
            try:
                texts[name] = plain(name, str(form.get(name) or ""), longest)
            except Invalid as wrong:
                problems |= wrong.fields
        if problems:
            raise Invalid(problems)
        return cls(texts, unknown=form.get("unknown") == "yes")

    def person(self, known: Person, at: datetime) -> Person:
        """Lay what was typed over what is known, or raise Invalid with all that is wrong."""
        problems: dict[str, str] = {}
        born = self._read(problems, "born", lambda: self._born(known, at))
        sex = self._read(problems, "sex", self._sex)
        numbers = self._read(problems, "nhs", lambda: self._numbers(known))
        if not self.unknown and not (self.texts["family"] or self.texts["given"]):
            problems["family"] = "Family name is missing. Tick the box above if nobody knows it."
        if problems:
            raise Invalid(problems)
        return replace(
            known,
            name=self._name(known),
            preferred=self.texts["preferred"],
            born=born,
            sex=sex,
            numbers=numbers,
            contacts=self._contacts(known),
            addresses=self._addresses(known),
        )

    def sketch(self, at: datetime) -> Person:
        """Make of a form still being filled as much of a person as can be read."""
        try:
            born = self._born(Person(), at)
        except Invalid:
            born = None
        sex = Sex(self.texts["sex"]) if self.texts["sex"] in set(Sex) else Sex.UNKNOWN
        numbers = tuple(Number(text, "NI") for text in [self.texts["nhs"]] if text)
        known = replace(Person(), born=born, sex=sex, numbers=numbers)
        contacts, name = self._contacts(known), self._name(known)
        return replace(known, name=name, preferred=self.texts["preferred"], contacts=contacts)

    @staticmethod
    def _read(problems: dict[str, str], name: str, read: Any) -> Any:
        try:
            return read()
        except Invalid as wrong:
            problems |= wrong.fields
        except NotAllowed as wrong:
            problems[name] = wrong.sentence
        return None

    def _name(self, known: Person) -> Name:
        family, given, prefix = (self.texts[part] for part in ("family", "given", "prefix"))
        return replace(known.name, family=family, given=given, prefix=prefix)

    def _sex(self) -> Sex:
        try:
            return Sex(self.texts["sex"])
        except ValueError:
            raise Invalid({"sex": "Sex is missing. Choose unknown if nobody can say."}) from None

    def _born(self, known: Person, at: datetime) -> When | None:
        if text := self.texts["born"]:
            return self._birth_date(text, at)
        if text := self.texts["estimated_age"]:
            return self._estimated(text, known, at)
        vague = known.born is not None and not known.born.exact and not known.born.estimated
        return known.born if vague else None  # a month or a year has no field to be cleared in

    def _birth_date(self, text: str, at: datetime) -> When:
        on = day(text)
        if on is None:
            raise Invalid({"born": "Birth date cannot be read: write it like 14-Jul-1945."})
        if on > at.date():
            raise Invalid({"born": "Birth date lies in the future."})
        if on < date(at.year - OLDEST, 1, 1):
            raise Invalid({"born": f"Birth date lies more than {OLDEST} years back."})
        return When(on)

    def _estimated(self, text: str, known: Person, at: datetime) -> When:
        if not text.isascii() or not text.isdigit() or int(text) > OLDEST:
            raise Invalid({"estimated_age": f"Estimated age is a number from 0 to {OLDEST}."})
        guess = When(date(at.year - int(text), 1, 1), Precision.YEAR, estimated=True)
        return known.born if known.born and known.born == guess else guess

    def _numbers(self, known: Person) -> tuple[Number, ...]:
        text, before = self.texts["nhs"], known.national
        if text == before:
            return known.numbers
        others = tuple(number for number in known.numbers if number.value != before or not before)
        return (*others, Number(nhs(text), "NI", NHS_SYSTEM)) if text else others

    def _contacts(self, known: Person) -> tuple[Contact, ...]:
        text, first = self.texts["telephone"], _telephone(known)
        if first and first.value == text:
            return known.contacts
        others = tuple(one for one in known.contacts if one is not first)
        return (Contact(text), *others) if text else others

    def _addresses(self, known: Person) -> tuple[Address, ...]:
        lines, city, postcode = (self.texts[name] for name in ("lines", "city", "postcode"))
        first = known.addresses[0] if known.addresses else Address()
        if (lines, city, postcode) == (", ".join(first.lines), first.city, first.postcode):
            return known.addresses
        if not (lines or city or postcode):
            return known.addresses[1:]
        typed = tuple(part.strip() for part in lines.split(",") if part.strip())
        return (replace(first, lines=typed, city=city, postcode=postcode), *known.addresses[1:])


def filled(person: Person | None, at: datetime) -> dict[str, Any]:
    """Fill the form with what is known of a person; all empty for a new one."""
    if person is None:
        return dict.fromkeys(LENGTHS, "") | {"unknown": False, "mrn": ""}
    born = person.born
    address = person.addresses[0] if person.addresses else Address()
    telephone = _telephone(person)
    return {
        "family": person.name.family,
        "given": person.name.given,
        "prefix": person.name.prefix,
        "preferred": person.preferred,
        "born": born.on.isoformat() if born and born.exact else "",
        "estimated_age": str(at.year - born.on.year) if born and born.estimated else "",
        "sex": person.sex.value,
        "nhs": person.national,
        "mrn": person.mrn,
        "telephone": telephone.value if telephone else "",
        "lines": ", ".join(address.lines),
        "city": address.city,
        "postcode": address.postcode,
        "unknown": not person.name,
    }


def typed(form: PersonForm) -> dict[str, Any]:
    """Fill the form with what was typed, to show it again."""
    return {**form.texts, "unknown": form.unknown, "mrn": ""}


def plain(name: str, text: str, longest: int) -> str:
    """Take a line of text as typed; too long or with unprintable characters it is Invalid."""
    text = text.strip()
    if len(text) > longest:
        raise Invalid({name: f"{spoken(name)} is too long."})
    if _UNSEEN.search(text):
        raise Invalid({name: f"{spoken(name)} has a character that cannot be kept."})
    return text


def spoken(name: str) -> str:
    """Name a field as its label does."""
    return _SPOKEN.get(name, name.replace("_", " ").capitalize())


def _telephone(person: Person) -> Contact | None:
    return next((one for one in person.contacts if one.kind != "email"), None)


SEXES = [(sex.value, sex.word, None) for sex in Sex]
