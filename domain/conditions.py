"""Conditions: what state a problem or diagnosis is in, and how sure anybody is."""

from enum import StrEnum


class ConditionStatus(StrEnum):
    """FHIR R4 Condition.clinicalStatus."""

    ACTIVE = "active"
    RECURRENCE = "recurrence"
    RELAPSE = "relapse"
    INACTIVE = "inactive"
    REMISSION = "remission"
    RESOLVED = "resolved"


class Certainty(StrEnum):
    """FHIR R4 Condition.verificationStatus."""

    UNCONFIRMED = "unconfirmed"
    PROVISIONAL = "provisional"
    DIFFERENTIAL = "differential"
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    ENTERED_IN_ERROR = "entered-in-error"


PRESENT = frozenset({ConditionStatus.ACTIVE, ConditionStatus.RECURRENCE, ConditionStatus.RELAPSE})
WRONG = frozenset({Certainty.REFUTED, Certainty.ENTERED_IN_ERROR})
