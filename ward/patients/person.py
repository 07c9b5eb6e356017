"""Person: who a patient is: what one sealed envelope holds. Printing one shows no content."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain import display, matching
from domain.identifiers import Scheme, bare, shown
from domain.sexes import Sex

UNNAMED = "Unknown"
RECORD_NUMBER = "MR"  # HL7 table 0203
NATIONAL = frozenset({"NI", "NH", "NNGBR", "NH-NHS"})
NHS_SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"


class Precision(StrEnum):
    """How much of a birth date or a death is known."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    MINUTE = "minute"


@dataclass(frozen=True, slots=True, repr=False)
class Name:
    """A name as written; `use` is one of FHIR's (official, usual, maiden, old, nickname)."""

    family: str = ""
    given: str = ""
    prefix: str = ""
    suffix: str = ""
    use: str = "official"

    def __bool__(self) -> bool:
        return bool(self.family or self.given)

    @property
    def shown(self) -> str:
        """Write it as on a wristband: SMITH, Joan (Mrs)."""
        return display.name(self.family, self.given, self.prefix)


@dataclass(frozen=True, slots=True, repr=False)
class When:
    """A day as far as it is known; `at` where the minute is."""

    on: date
    precision: Precision = Precision.DAY
    at: datetime | None = None
    estimated: bool = False

    @property
    def exact(self) -> bool:
        """Say whether the very day is known."""
        return not self.estimated and self.precision in {Precision.DAY, Precision.MINUTE}

    @property
    def words(self) -> str:
        """Write it: 14-Jul-1945, Jul-1945, 1945, about 1985."""
        if self.estimated or self.precision is Precision.YEAR:
            return f"about {self.on.year}" if self.estimated else str(self.on.year)
        day = display.day_of(self.on)
        return day if self.exact else day[3:]


@dataclass(frozen=True, slots=True, repr=False)
class Number:
    """A number someone is known by: its type in HL7 table 0203 and who issued it."""

    value: str
    type: str = RECORD_NUMBER
    system: str = ""

    @property
    def national(self) -> bool:
        """Say whether the country issued it, to one person each."""
        return self.type in NATIONAL or self.system == NHS_SYSTEM

    @property
    def labelled(self) -> tuple[str, str]:
        """Write it, label and figures: NHS No., 943 476 5919; MRN, 0012345."""
        if self.type == RECORD_NUMBER and not self.system:
            return Scheme.MRN.label, self.value.strip()
        if self.national and len(bare(self.value)) == 10:
            scheme = Scheme.NHS
            return scheme.label, shown(scheme, self.value).removeprefix(f"{scheme.label} ")
        return _LABELS.get(self.type, "No."), self.value.strip()


_LABELS = {
    "MR": "Record no.",
    "NI": "National no.",
    "SS": "Social security no.",
    "DL": "Driving licence",
    "PPN": "Passport",
    "AN": "Account no.",
}


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where someone lives; `use` as in FHIR (home, work, temp, old)."""

    lines: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    use: str = "home"

    @property
    def words(self) -> str:
        """Write it in one line."""
        parts = (*self.lines, self.city, self.state, self.postcode, self.country)
        return ", ".join(part.strip() for part in parts if part.strip())


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """A telephone number or an e-mail address."""

    value: str
    kind: str = "phone"  # FHIR ContactPoint.system
    use: str = ""  # FHIR ContactPoint.use


@dataclass(frozen=True, slots=True, repr=False)
class Kin:
    """Somebody to turn to for a patient."""

    name: str
    relationship: str = ""
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Person:
    """A patient's identity; a person nobody could name yet has an empty name."""

    name: Name = Name()
    preferred: str = ""
    previous: tuple[Name, ...] = ()
    born: When | None = None
    died: When | None = None
    sex: Sex = Sex.UNKNOWN
    numbers: tuple[Number, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    kin: tuple[Kin, ...] = ()
    language: str = ""
    deceased: bool = False  # somebody said so; `died` tells the day where it is known

    @property
    def dead(self) -> bool:
        """Say whether the person has died, on whatever day."""
        return self.deceased or self.died is not None

    @property
    def shown(self) -> str:
        """Write the name as on a wristband; of someone unnamed what can be seen: UNKNOWN, Male."""
        if self.name:
            return self.name.shown
        return display.name(UNNAMED, None if self.sex is Sex.UNKNOWN else self.sex.word)

    @property
    def initials(self) -> str:
        """Write what a wall may show."""
        return display.initials(self.name.family, self.name.given)

    @property
    def best_numbers(self) -> list[Number]:
        """List what a banner shows: the national number and our own, which everybody has."""
        national = [number for number in self.numbers if number.national][:1]
        own = [n for n in self.numbers if n.type == RECORD_NUMBER and not n.system][:1]
        return national + own

    @property
    def mrn(self) -> str:
        """Give the hospital's own number, bare of its label."""
        return next((n.value for n in self.numbers if n.type == RECORD_NUMBER and not n.system), "")

    @property
    def national(self) -> str:
        """Give the national number, or nothing."""
        return next((n.value for n in self.numbers if n.national), "")

    def age(self, at: datetime) -> str:
        """Write the age: 81y, 4w 1d, about 40y, Unknown."""
        born = self.born
        if born is None:
            return display.UNKNOWN
        if born.exact:
            return display.age(born.at or born.on, at)
        years = at.year - born.on.year
        return f"about {years}y" if years >= 0 else display.UNKNOWN

    def known_by(self, at: datetime) -> str:
        """Write what tells two people of one name apart: when they were born, and a number."""
        born = f"{self.born.words} ({self.age(at)})" if self.born else display.NOT_RECORDED
        label = [" ".join(one.labelled).replace(" ", "\u00a0") for one in self.best_numbers[:1]]
        return " · ".join([f"Born {born}", *label])  # a number does not break

    def years(self, at: datetime) -> int | None:
        """Count whole years of life, the least that is certain; None when the birth is unknown."""
        born = self.born
        if born is None:
            return None
        if not born.exact:
            return max(at.year - born.on.year - 1, 0)
        birthday_to_come = (at.month, at.day) < (born.on.month, born.on.day)
        return at.year - born.on.year - birthday_to_come

    def compared(self) -> matching.Identity:
        """Give what tells this person from all others, for search and duplicates."""
        born = self.born
        return matching.Identity(
            family=self.name.family,
            given=self.name.given,
            preferred=self.preferred,
            born=born.on if born and born.exact else None,
            sex=self.sex,
            numbers=tuple(number.value for number in self.numbers),
            phones=tuple(one.value for one in self.contacts if one.kind != "email"),
        )
