"""Reconciliation: every medicine from home is decided about at admission, transfer, discharge."""

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.errors import NotAllowed

#: From admission. clinical/handover.md, admission bundle: "medicines reconciliation within 24 h".
WITHIN = timedelta(hours=24)


class Stage(StrEnum):
    """When somebody decides: whenever a patient comes under other hands."""

    ADMISSION = "admission"
    TRANSFER = "transfer"
    DISCHARGE = "discharge"

    @property
    def word(self) -> str:
        """Name the stage as a column does."""
        return self.value.capitalize()


class Decision(StrEnum):
    """What becomes of a medicine."""

    CONTINUE = "continue"
    CHANGE = "change"
    STOP = "stop"
    PAUSE = "pause"  # not now; decided again at the next stage

    @property
    def word(self) -> str:
        """Say what becomes of it."""
        return _WORDS[self]

    @property
    def wants_reason(self) -> bool:
        """Tell whether whoever reads it later must learn why."""
        return self is not Decision.CONTINUE


_WORDS = MappingProxyType(
    {
        Decision.CONTINUE: "Continue",
        Decision.CHANGE: "Change",
        Decision.STOP: "Stop",
        Decision.PAUSE: "Not for now",
    }
)


class ListState(StrEnum):
    """Whether anybody has asked what a patient takes at home; a blank says nothing."""

    RECORDED = "recorded"
    NONE_TAKEN = "none-taken"  # asked: takes nothing


class HomeSource(StrEnum):
    """Who or what told us."""

    PATIENT = "patient"
    CARER = "carer"
    OWN_PACKS = "own-packs"
    PRACTICE = "practice"  # the list of the family doctor
    PHARMACY = "pharmacy"
    LETTER = "letter"

    @property
    def word(self) -> str:
        """Name the source as a form does."""
        return _SOURCES[self]


_SOURCES = MappingProxyType(
    {
        HomeSource.PATIENT: "The patient",
        HomeSource.CARER: "A carer or relative",
        HomeSource.OWN_PACKS: "Own packs",
        HomeSource.PRACTICE: "Family doctor's list",
        HomeSource.PHARMACY: "Pharmacy",
        HomeSource.LETTER: "Letter",
    }
)


def choices(stage: Stage) -> list[Decision]:
    """List what can be decided: nobody goes home with a medicine left undecided."""
    if stage is Stage.DISCHARGE:
        return [Decision.CONTINUE, Decision.CHANGE, Decision.STOP]
    return list(Decision)


def check(stage: Stage, decision: Decision, reason: str) -> None:
    """Refuse what cannot be decided now, and a change or stop that nobody explains."""
    if decision not in choices(stage):
        raise NotAllowed(
            "At discharge a medicine is continued, changed or stopped.", "reconciliation.pause"
        )
    if decision.wants_reason and not reason.strip():
        raise NotAllowed("Give a reason.", "reconciliation.reason")


def is_clean(medicines: Collection[object], decided: Collection[object]) -> bool:
    """Tell whether every medicine was decided about."""
    return set(medicines) <= set(decided)
