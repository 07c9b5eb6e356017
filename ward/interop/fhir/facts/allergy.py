"""Allergy: what an AllergyIntolerance resource says."""

from dataclasses import dataclass

from domain.allergies import Category, Clinical, Criticality, Severity, Verification
from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.values import Concept, Moment, When


@dataclass(frozen=True, slots=True, repr=False)
class Reaction:
    """One time the body reacted, and how."""

    manifestations: tuple[Concept, ...]
    substance: Concept | None = None
    severity: Severity | None = None
    onset: Moment | None = None
    route: Concept | None = None
    description: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Allergy:
    """An AllergyIntolerance; `kind` is allergy or intolerance.

    `status` is None for an entry made in error, and only then unless its sender gave no certainty.
    """

    patient: SourceKey
    substance: Concept
    status: Clinical | None
    certainty: Verification | None = None
    kind: str | None = None
    categories: tuple[Category, ...] = ()
    criticality: Criticality | None = None
    reactions: tuple[Reaction, ...] = ()
    onset: When | None = None
    last_seen: Moment | None = None  # lastOccurrence
    recorded: Moment | None = None
    recorder: SourceKey | None = None
    notes: tuple[str, ...] = ()
