"""Content: what is recorded of one resource."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from ward.interop.fhir.keys import SourceKey
from ward.patients.allergies import AllergySaid
from ward.patients.conditions import ConditionSaid
from ward.patients.person import Person
from ward.staff.intake import OrganizationSaid, StaffSaid


@dataclass(frozen=True, slots=True)
class NoneKnown:
    """Somebody asked, and the patient has no known allergies."""


Content: TypeAlias = Person | AllergySaid | NoneKnown | ConditionSaid | StaffSaid | OrganizationSaid


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """What to record, of which patient, and the elements Ward has no place for."""

    content: Content
    patient: SourceKey | None = None
    lost: tuple[str, ...] = ()


class Unkept(Exception):
    """A sound resource of which Ward keeps nothing; the message says why."""


def present(kind: str, elements: Iterable[tuple[str, object]]) -> tuple[str, ...]:
    """Name the elements that were given."""
    return tuple(f"{kind}.{name}" for name, value in elements if value)
