"""Condition: what a Condition resource says."""

from dataclasses import dataclass
from enum import StrEnum

from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.values import Concept, Moment, When


class ConditionStatus(StrEnum):
    """FHIR condition-clinical."""

    ACTIVE = "active"
    RECURRENCE = "recurrence"
    RELAPSE = "relapse"
    INACTIVE = "inactive"
    REMISSION = "remission"
    RESOLVED = "resolved"


class ConditionCertainty(StrEnum):
    """FHIR condition-ver-status."""

    UNCONFIRMED = "unconfirmed"
    PROVISIONAL = "provisional"
    DIFFERENTIAL = "differential"
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    ENTERED_IN_ERROR = "entered-in-error"


@dataclass(frozen=True, slots=True, repr=False)
class Condition:
    """A Condition: a problem, diagnosis or other state of health.

    `categories` hold problem-list-item or encounter-diagnosis where the sender said which.
    """

    patient: SourceKey
    code: Concept
    status: ConditionStatus | None = None
    certainty: ConditionCertainty | None = None
    categories: tuple[Concept, ...] = ()
    severity: Concept | None = None
    body_sites: tuple[Concept, ...] = ()
    onset: When | None = None
    abated: When | None = None
    recorded: Moment | None = None
    recorder: SourceKey | None = None
    notes: tuple[str, ...] = ()
