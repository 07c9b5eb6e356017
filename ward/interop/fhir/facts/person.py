"""Person: what a Patient resource says."""

from dataclasses import dataclass
from enum import StrEnum

from domain.sexes import Sex
from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.values import Address, Concept, Contact, Identifier, Moment, Name


class LinkKind(StrEnum):
    """FHIR link-type: how two records of one person hang together."""

    REPLACED_BY = "replaced-by"
    REPLACES = "replaces"
    REFER = "refer"
    SEE_ALSO = "seealso"


@dataclass(frozen=True, slots=True, repr=False)
class Link:
    """Another record of the same person."""

    other: SourceKey
    kind: LinkKind


@dataclass(frozen=True, slots=True, repr=False)
class NextOfKin:
    """Somebody to turn to for a patient (Patient.contact)."""

    relationships: tuple[Concept, ...]
    name: Name | None
    contacts: tuple[Contact, ...]
    address: Address | None


@dataclass(frozen=True, slots=True, repr=False)
class Language:
    """A language a person can be spoken to in (BCP 47 code in `language`)."""

    language: Concept
    preferred: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A Patient. `name` is the official one, else the usual, else the first that is still used.

    `deceased` is None where nothing was said; `died` is set where the time was told.
    `born_as` is the place in a multiple birth, `multiple_birth` whether there was one.
    """

    name: Name | None
    other_names: tuple[Name, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    sex: Sex = Sex.UNKNOWN  # administrative
    born: Moment | None = None
    deceased: bool | None = None
    died: Moment | None = None
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    marital_status: Concept | None = None
    languages: tuple[Language, ...] = ()
    multiple_birth: bool | None = None
    born_as: int | None = None
    next_of_kin: tuple[NextOfKin, ...] = ()
    links: tuple[Link, ...] = ()
    keeper: SourceKey | None = None  # Patient.managingOrganization
    active: bool = True
