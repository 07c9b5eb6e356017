"""Lab plans: what somebody who has seen a report says will be done; our own words."""

from enum import StrEnum

from domain.errors import NotAllowed
from domain.labs import CRITICAL


class Plan(StrEnum):
    """What follows from a report."""

    GOING = "going-to-see"
    TREATED = "treatment-changed"
    REPEAT = "repeat-ordered"
    DISCUSSED = "discussed"
    KNOWN = "known-expected"
    NOTHING = "nothing-needed"
    OTHER = "other"

    @property
    def word(self) -> str:
        """Say what is done."""
        return _WORDS[self]


_WORDS = {
    Plan.GOING: "I am going to see the patient",
    Plan.TREATED: "Treatment changed",
    Plan.REPEAT: "Test is repeated",
    Plan.DISCUSSED: "Discussed with a senior",
    Plan.KNOWN: "Known and expected",
    Plan.NOTHING: "Nothing needed",
    Plan.OTHER: "Something else",
}
_WITH_WORDS = frozenset({Plan.KNOWN, Plan.NOTHING})


def check(plan: Plan, note: str, worst: int) -> None:
    """Refuse what says too little: something else always, doing nothing about a critical result."""
    if note.strip():
        return
    if plan is Plan.OTHER:
        raise NotAllowed("Say what is done.", "labs.plan")
    if worst >= CRITICAL and plan in _WITH_WORDS:
        raise NotAllowed("This result is critical. Say why nothing more is done.", "labs.plan")
