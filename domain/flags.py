"""Flags: what everybody must know before going to a patient, and whether to resuscitate."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from domain.errors import NotAllowed

UNDO, ON_ITS_WAY = timedelta(seconds=10), timedelta(seconds=5)  # ours, as for tasks
LONGEST = timedelta(days=3)  # how far ahead "nil by mouth until" may lie; ours, against a slip
FURTHEST = timedelta(days=366)  # how far ahead a review may lie; ours, against a slip

# The order of the chips on a bed card, whoever brings them; what is not named here stands last.
ORDER = (
    "critical_result",
    "alert",
    "medicines_overdue",
    "similar_name",
    "allergy",
    "isolation",
    "leave",
    "falls",
    "nil_by_mouth",
    "pressure_area",
    "language",
    "safeguarding",
)
_RANK = MappingProxyType({code: at for at, code in enumerate(ORDER)})


def rank(code: str) -> int:
    """Give a chip's place in the fixed order."""
    return _RANK.get(code.lower().replace("-", "_"), len(ORDER))


class FlagKind(StrEnum):
    """What a standing flag warns of. Local codes of Ward: FHIR R4 gives Flag.code no list."""

    FALLS = "falls"
    NIL_BY_MOUTH = "nil-by-mouth"
    PRESSURE_AREA = "pressure-area"
    LANGUAGE = "language"
    SAFEGUARDING = "safeguarding"

    @property
    def word(self) -> str:
        """Name the flag as its chip does."""
        return self.value.replace("-", " ").capitalize()

    @property
    def category(self) -> str:
        """Give the FHIR R4 code of http://terminology.hl7.org/CodeSystem/flag-category."""
        return _CATEGORY[self]

    @property
    def of_stay(self) -> bool:
        """Tell whether it belongs to the stay and ends with it, or to the person."""
        return self in _OF_STAY

    @property
    def timed(self) -> bool:
        """Tell whether an end may be set beforehand."""
        return self is FlagKind.NIL_BY_MOUTH

    @property
    def guarded(self) -> bool:
        """Tell whether its words open only for whoever asks for them, and are never printed."""
        return self is FlagKind.SAFEGUARDING


_K = FlagKind
_OF_STAY = frozenset({_K.FALLS, _K.NIL_BY_MOUTH, _K.PRESSURE_AREA})
_CATEGORY = MappingProxyType(
    {
        _K.FALLS: "safety",
        _K.NIL_BY_MOUTH: "diet",
        _K.PRESSURE_AREA: "clinical",
        _K.LANGUAGE: "contact",
        _K.SAFEGUARDING: "safety",
    }
)


class Ending(StrEnum):
    """Why a flag no longer stands."""

    NO_LONGER = "no-longer"
    CHANGED = "changed"
    TIME = "time"
    ERROR = "entered-in-error"

    @property
    def word(self) -> str:
        """Name the end in the history."""
        return _ENDED[self]

    @property
    def status(self) -> str:
        """Give the FHIR R4 Flag.status; without an end it is active."""
        return "entered-in-error" if self is Ending.ERROR else "inactive"


_ENDED = MappingProxyType(
    {
        Ending.NO_LONGER: "Ended",
        Ending.CHANGED: "Changed",
        Ending.TIME: "Its time was over",
        Ending.ERROR: "Entered in error",
    }
)
OFFERED = (Ending.NO_LONGER, Ending.ERROR)  # what a person may say; the others happen


def until(kind: FlagKind, ends_at: datetime | None, now: datetime) -> None:
    """Refuse an end that this flag cannot have."""
    if ends_at is None:
        return
    if not kind.timed:
        raise NotAllowed(f"{kind.word} has no end beforehand. End it when it is over.", "flag.ends")
    if ends_at <= now:
        raise NotAllowed("This end is past already. Give a later one, or none.", "flag.ends")
    if ends_at > now + LONGEST:
        raise NotAllowed("An end lies at most three days ahead. Set it again then.", "flag.ends")


def standing(ended_at: datetime | None, ends_at: datetime | None, now: datetime) -> bool:
    """Tell whether a flag warns of something now."""
    return ended_at is None and (ends_at is None or ends_at > now)


def undo(ending: Ending | None, ended_at: datetime | None, now: datetime) -> None:
    """Refuse to take an end back that was not made just now."""
    if ended_at is None or ending not in OFFERED:
        raise NotAllowed("Only what was just ended can be undone.", "flag.undo")
    if now > ended_at + UNDO + ON_ITS_WAY:
        raise NotAllowed("This ended more than 10 seconds ago. Set the flag again.", "flag.undo")


class Resuscitation(StrEnum):
    """Whether to attempt it. Local codes of Ward; without a decision nothing is recorded."""

    ATTEMPT = "attempt"
    NOT_ATTEMPT = "not-attempt"

    @property
    def word(self) -> str:
        """Say it as the banner does."""
        return _SPOKEN[self]


_SPOKEN = MappingProxyType(
    {
        Resuscitation.ATTEMPT: "For resuscitation",
        Resuscitation.NOT_ATTEMPT: "Not for resuscitation (DNACPR)",
    }
)
UNSAID = "Resuscitation status not recorded"


class Review(StrEnum):
    """Why a decision about resuscitation must be looked at again; until then it stands."""

    ADMISSION = "admission"
    DATE = "date"

    @property
    def word(self) -> str:
        """Say it as the banner does."""
        return _REVIEWS[self]


_REVIEWS = MappingProxyType(
    {
        Review.ADMISSION: "Review: decided before this stay",
        Review.DATE: "Review due",
    }
)


@dataclass(frozen=True, slots=True)
class Decided:
    """What the rules need of a decision: in which stay it was made, and when to look again."""

    encounter_id: UUID | None
    review_on: date | None


def review(decided: Decided, stay: UUID | None, today: date) -> Review | None:
    """Tell whether to review a decision: at each admission, and on its day."""
    if stay is not None and decided.encounter_id != stay:
        return Review.ADMISSION
    if decided.review_on is not None and decided.review_on <= today:
        return Review.DATE
    return None


def decide(
    status: Resuscitation, reason: str, review_on: date | None, today: date, *, again: bool
) -> None:
    """Refuse a decision that says too little."""
    if not reason.strip() and (again or status is Resuscitation.NOT_ATTEMPT):
        raise NotAllowed("Reason is missing. Say why this was decided.", "resuscitation.reason")
    if review_on is not None and not today < review_on <= today + FURTHEST:
        raise NotAllowed("The day of the review lies ahead, within a year.", "resuscitation.review")
