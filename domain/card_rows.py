"""Card rows: what a ward may leave off its cards, and what no ward may."""

from collections.abc import Iterable
from enum import StrEnum


class CardRow(StrEnum):
    """A part of a bed's card that a ward can do without; our own words, no standard has codes.

    Name and number (two identifiers), allergies, early warning, what is critical and what is
    overdue are no such parts: they are on every card, always.
    """

    AGE = "age"
    NURSE = "nurse"
    RESULTS = "results"
    NO_NURSE = "no_nurse"
    NEXT = "next"
    SINCE = "since"
    HOME = "home"

    @property
    def word(self) -> str:
        """Name the part as the page of settings does."""
        return _WORDS[self]

    @property
    def hint(self) -> str:
        """Say what of it stays, whatever is set."""
        return _HINTS.get(self, "")


_WORDS = {
    CardRow.AGE: "Age and sex",
    CardRow.NURSE: "Nurse",
    CardRow.RESULTS: "Abnormal results to see",
    CardRow.NO_NURSE: "No nurse",
    CardRow.NEXT: "What is due next",
    CardRow.SINCE: "Admitted, and time on the ward",
    CardRow.HOME: "Expected to go home",
}
_HINTS = {
    CardRow.RESULTS: "A critical result always stands there.",
    CardRow.NO_NURSE: "The counter over the board stays.",
    CardRow.NEXT: "What is overdue always stands there.",
    CardRow.SINCE: "Where nothing is due.",
    CardRow.HOME: "Who is moving or leaving is always said.",
}
#: Chips a ward can do without, by their codes. A chip that is not named here always stands.
_CHIPS = frozenset({CardRow.RESULTS, CardRow.NO_NURSE})


def chip_stays(code: str, tone: str, off: Iterable[str]) -> bool:
    """Say whether a chip stands on the card; a critical one always does."""
    return tone == "critical" or code not in off or code not in _CHIPS
