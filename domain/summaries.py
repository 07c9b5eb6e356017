"""Discharge summaries: drafted, signed, amended; what was signed once stays."""

from enum import StrEnum

from domain.encounters import EncounterStatus
from domain.errors import NotAllowed


class SummaryState(StrEnum):
    """Where a version of the summary of one stay stands."""

    DRAFT = "draft"
    SIGNED = "signed"
    REPLACED = "replaced"

    @property
    def word(self) -> str:
        """Say it in a word."""
        return self.value.capitalize()


def check_amending(why: str, *, signed: bool) -> None:
    """Refuse to write again over what was signed, without a word of why."""
    if signed and not why.strip():
        raise NotAllowed(
            "The summary of this stay is signed. Say why you amend it.", "summary.amend"
        )


def check_signing(state: SummaryState, reason: str, course: str) -> None:
    """Refuse to sign what says nothing, or what was signed before."""
    if state is not SummaryState.DRAFT:
        raise NotAllowed("This version is signed already. Amend it instead.", "summary.signed")
    if not reason.strip() or not course.strip():
        raise NotAllowed(
            "Write why the patient was admitted and what was done, then sign.", "summary.empty"
        )


def released(state: SummaryState, stay: EncounterStatus) -> bool:
    """Tell whether the patient reads a version themselves: signed, and they have left.

    Until then it may be amended at the bedside, by who can tell them what it says.
    """
    return state is not SummaryState.DRAFT and stay is EncounterStatus.FINISHED
