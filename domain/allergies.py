"""Allergies: what is known, how bad it can be, and the one sentence a banner shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class AllergyState(StrEnum):
    """What can be said of a patient's allergies; always exactly one of four."""

    KNOWN = "known"
    NONE_KNOWN = "none-known"
    NOT_RECORDED = "not-recorded"
    UNAVAILABLE = "unavailable"


class Criticality(StrEnum):
    """FHIR R4 AllergyIntolerance.criticality: how bad the next reaction can be."""

    HIGH = "high"
    UNABLE_TO_ASSESS = "unable-to-assess"
    LOW = "low"


class Severity(StrEnum):
    """FHIR R4 AllergyIntolerance.reaction.severity: how bad a reaction was."""

    SEVERE = "severe"
    MODERATE = "moderate"
    MILD = "mild"


class Clinical(StrEnum):
    """FHIR R4 AllergyIntolerance.clinicalStatus."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    RESOLVED = "resolved"


class Verification(StrEnum):
    """FHIR R4 AllergyIntolerance.verificationStatus."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    ENTERED_IN_ERROR = "entered-in-error"


class Kind(StrEnum):
    """FHIR R4 AllergyIntolerance.type; what is not typed counts as an allergy."""

    ALLERGY = "allergy"
    INTOLERANCE = "intolerance"


class Category(StrEnum):
    """FHIR R4 AllergyIntolerance.category."""

    FOOD = "food"
    MEDICATION = "medication"
    ENVIRONMENT = "environment"
    BIOLOGIC = "biologic"


@dataclass(frozen=True, slots=True)
class Allergy:
    """One allergy or intolerance."""

    substance: str
    reactions: tuple[str, ...] = ()
    criticality: Criticality | None = None
    severity: Severity | None = None
    clinical: Clinical = Clinical.ACTIVE
    verification: Verification = Verification.UNCONFIRMED
    kind: Kind | None = None

    @property
    def counts(self) -> bool:
        """Tell whether staff must still heed it: active, and nobody has shown it wrong."""
        wrong = {Verification.REFUTED, Verification.ENTERED_IN_ERROR}
        return self.clinical is Clinical.ACTIVE and self.verification not in wrong


# AL1-4, HL7 table 0128 (MI MO SV U)
_SEVERITY_OF_0128 = {"MI": Severity.MILD, "MO": Severity.MODERATE, "SV": Severity.SEVERE}


def severity_from_hl7(code: str) -> Severity | None:
    """Translate AL1-4; None for U, unknown, and for what is not in the table."""
    return _SEVERITY_OF_0128.get(code.strip().upper())


def ordered(allergies: Iterable[Allergy]) -> list[Allergy]:
    """Put the worst first; among equals by name. What is not known counts before what is low."""
    critical = [Criticality.HIGH, Criticality.UNABLE_TO_ASSESS, None, Criticality.LOW]
    severe = [Severity.SEVERE, Severity.MODERATE, None, Severity.MILD]

    def rank(allergy: Allergy) -> tuple[int, int, str]:
        return (
            critical.index(allergy.criticality),
            severe.index(allergy.severity),
            allergy.substance.casefold(),
        )

    return sorted((allergy for allergy in allergies if allergy.counts), key=rank)


def state(allergies: Sequence[Allergy] | None, *, none_known: bool) -> AllergyState:
    """Tell which of the four holds; None means that the record could not be read.

    A recorded allergy outweighs an older "none known".
    """
    if allergies is None:
        return AllergyState.UNAVAILABLE
    if any(allergy.counts for allergy in allergies):
        return AllergyState.KNOWN
    return AllergyState.NONE_KNOWN if none_known else AllergyState.NOT_RECORDED


def sentence(known: AllergyState, allergies: Iterable[Allergy] = ()) -> str:
    """Say it in one sentence: Known allergies penicillin (anaphylaxis), latex."""
    match known:
        case AllergyState.KNOWN:
            return f"Known allergies {', '.join(_line(item) for item in ordered(allergies))}"
        case AllergyState.NONE_KNOWN:
            return "No known allergies"
        case AllergyState.NOT_RECORDED:
            return "Allergies not recorded"
        case AllergyState.UNAVAILABLE:
            return "Allergies unavailable"


def _line(allergy: Allergy) -> str:
    intolerance = [Kind.INTOLERANCE.value] if allergy.kind is Kind.INTOLERANCE else []
    reactions = ", ".join([*intolerance, *allergy.reactions])
    return f"{allergy.substance} ({reactions})" if reactions else allergy.substance
