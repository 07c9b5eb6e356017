"""People: the patients of the demo hospital, always the same, each found by the record number.

`people.csv` holds them: invented names from many languages, fixed birth dates (ages follow the
clock), record numbers 5500 1001 to 5500 1999 but for Joan Smith's, telephone numbers from the
range that is kept free for fiction.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from domain.allergies import Criticality, Verification
from domain.sexes import Sex
from ward.adt.models import Precaution
from ward.patients.allergies import AllergySaid, record_allergy, state_no_allergies
from ward.patients.models import AllergyDetail, Patient
from ward.patients.person import NHS_SYSTEM, Contact, Name, Number, Person, When
from ward.patients.register import register
from ward.work import Work

WAITING = "waiting"
"""Known to the hospital, on no ward: whoever admits can find them."""
COMING = "coming"
"""Not known yet: the simulator brings them."""

NHS_NUMBERS = {"0012345": "9434765919"}  # the one used as an example
NONE_KNOWN = "none"
_FILE = Path(__file__).with_name("people.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One patient of the cast, and where they are when the demo begins."""

    mrn: str
    family: str
    given: str
    prefix: str
    preferred: str
    sex: Sex
    born: date
    bed: str  # spoken, 6E-06; or waiting, or coming
    hours: int  # since the admission
    home: int | None  # days until they should go home
    allergies: str  # "none", nothing (not asked yet) or substance|reaction|criticality; …
    precaution: Precaution | None
    stays: bool  # the simulator leaves them where documents and pictures show them

    @property
    def lies(self) -> bool:
        """Tell whether they have a bed when the demo begins."""
        return self.bed not in {WAITING, COMING}

    @property
    def person(self) -> Person:
        """Give the identity to register."""
        nhs = NHS_NUMBERS.get(self.mrn)
        national = (Number(nhs, "NI", NHS_SYSTEM),) if nhs else ()
        return Person(
            name=Name(self.family, self.given, self.prefix),
            preferred=self.preferred,
            born=When(self.born),
            sex=self.sex,
            numbers=(Number(self.mrn), *national),
            contacts=(Contact(f"+44 20 7946 0{self.mrn[-3:]}"),),
        )


@cache
def everybody() -> tuple[Member, ...]:
    """Read the cast, in the order in which they were written down."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_member(row) for row in csv.DictReader(file))


def member(mrn: str) -> Member:
    """Find one of the cast by the record number."""
    return next(one for one in everybody() if one.mrn == mrn)


async def enter(work: Work, one: Member) -> Patient:
    """Register one of the cast, with what is known of allergies."""
    patient = await register(work, one.person)
    if one.allergies == NONE_KNOWN:
        await state_no_allergies(work, patient.id)
    for line in filter(None, one.allergies.removeprefix(NONE_KNOWN).split(";")):
        await record_allergy(work, patient.id, _said(line))
    return patient


def _said(line: str) -> AllergySaid:
    substance, reaction, criticality = line.strip().split("|")
    return AllergySaid(
        detail=AllergyDetail(substance, tuple(filter(None, [reaction]))),
        criticality=Criticality(criticality) if criticality else None,
        verification=Verification.CONFIRMED,
    )


def _member(row: dict[str, str]) -> Member:
    return Member(
        mrn=row["mrn"],
        family=row["family"],
        given=row["given"],
        prefix=row["prefix"],
        preferred=row["preferred"],
        sex=Sex(row["sex"]),
        born=date.fromisoformat(row["born"]),
        bed=row["bed"],
        hours=int(row["hours"] or 0),
        home=int(row["home"]) if row["home"] else None,
        allergies=row["allergies"],
        precaution=Precaution(row["precaution"]) if row["precaution"] else None,
        stays=bool(row["stays"]),
    )
