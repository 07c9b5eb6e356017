"""Waits: why a readable message cannot have its effect yet, and waits for a person."""

from dataclasses import dataclass

from domain.errors import NotAllowed
from ward.db import cause_of
from ward.errors import SENTENCES
from ward.interop.hl7.models import ReviewReason

_R = ReviewReason
_OF_CODE = {
    "stay.open": _R.OPEN_VISIT,
    "encounter.number": _R.OPEN_VISIT,
    "stay.overlap": _R.BED_TAKEN,
    "cancel.bed": _R.BED_TAKEN,
    "cancel.overlap": _R.BED_TAKEN,
    "stay.none": _R.UNKNOWN_VISIT,
}

_CLOSED = frozenset({"ward_stands", "branch_stands"})
"""By these the database refuses whatever would hang on a closed place (migrations 0047, 0058)."""


class Waits(Exception):
    """A person must decide; the sentence is sealed with the message, the reason is not."""

    def __init__(
        self,
        reason: ReviewReason,
        sentence: str,
        *,
        place: str | None = None,
        worst: int | None = None,
    ) -> None:
        """Keep why, the place that nobody has mapped yet, and how grave results are that wait."""
        super().__init__(reason.value)
        self.reason, self.sentence, self.place = reason, sentence, place
        self.worst = worst


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of a message; `rest` is what of it must wait although the other part is done."""

    remarks: tuple[str, ...] = ()
    kept: bool = False
    rest: Waits | None = None


def of_rule(refused: NotAllowed) -> Waits:
    """Make a rule's no into a wait: the rule speaks of a bed, a stay or a visit."""
    bed = refused.code.startswith("bed.")
    reason = _R.BED_TAKEN if bed else _OF_CODE.get(refused.code, _R.REFUSED)
    return Waits(reason, refused.sentence)


def of_place(error: BaseException) -> Waits | None:
    """Make the database's no to a closed place into a wait; None where it refused by another."""
    name = getattr(cause_of(error), "constraint_name", None)
    return Waits(_R.NO_PLACE, SENTENCES[name]) if name in _CLOSED else None
