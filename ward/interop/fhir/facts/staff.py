"""Staff: what Practitioner and PractitionerRole resources say."""

from dataclasses import dataclass

from domain.sexes import Sex
from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.values import Address, Concept, Contact, Identifier, Moment, Name


@dataclass(frozen=True, slots=True, repr=False)
class Qualification:
    """A diploma or licence of a practitioner."""

    code: Concept
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Practitioner:
    """A Practitioner: a person who works in care, in whatever role."""

    name: Name | None
    other_names: tuple[Name, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    sex: Sex = Sex.UNKNOWN
    born: Moment | None = None
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    languages: tuple[Concept, ...] = ()
    qualifications: tuple[Qualification, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Engagement:
    """A PractitionerRole: what a practitioner does, for whom, where, and how long."""

    practitioner: SourceKey | None
    organization: SourceKey | None
    locations: tuple[SourceKey, ...] = ()
    roles: tuple[Concept, ...] = ()
    specialties: tuple[Concept, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    contacts: tuple[Contact, ...] = ()
    start: Moment | None = None
    end: Moment | None = None
    active: bool = True
