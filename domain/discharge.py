"""Discharge checklist: what must be settled before a patient goes home."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from domain.encounters import Disposition
from domain.errors import NotAllowed
from domain.overrides import Approver, Override


class Item(StrEnum):
    """One line of the checklist; the text is what is missing when it is not settled."""

    NO_CRITICAL_ALERT = "critical-alert"
    CRITICAL_SEEN = "critical-results"
    NO_OPEN_ORDERS = "open-orders"
    NO_DUE_DOSES = "due-doses"
    RECONCILED = "reconciled"
    ALLERGIES_KNOWN = "allergies"
    IDENTITY = "identity"
    DEPARTURE = "departure"
    NO_UNBILLED = "unbilled"
    DESTINATION = "destination"
    NOTE = "note"
    SUMMARY = "summary"
    RESULTS_SEEN = "results"
    NO_TASKS = "tasks"
    NO_MEDICINES = "medicines"
    NO_APPOINTMENTS = "appointments"
    NOBODY_STAYS = "mother-or-infant"

    @property
    def blocks(self) -> bool:
        """Tell whether nobody leaves while it is open; of the others whoever discharges is told."""
        return self not in _TOLD

    def stops(self, to: Disposition | None) -> bool:
        """Tell whether who goes there does not go while it is open."""
        return self.blocks and not (to is Disposition.DIED and self in _FOR_LATER)

    @property
    def missing(self) -> str:
        """Say what is in the way."""
        return _MISSING[self]


_MISSING = {
    Item.NO_CRITICAL_ALERT: "a critical alert is open",
    Item.CRITICAL_SEEN: "nobody has acknowledged a critical result",
    Item.NO_OPEN_ORDERS: "orders are open",
    Item.NO_DUE_DOSES: "doses are due",
    Item.RECONCILED: "medicines from home are undecided",
    Item.ALLERGIES_KNOWN: "nobody has recorded whether there are allergies",
    Item.IDENTITY: "nobody has confirmed who leaves",
    Item.DEPARTURE: "the time of departure is not recorded",
    Item.NO_UNBILLED: "items are not billed",
    Item.DESTINATION: "the destination is not recorded",
    Item.NOTE: "the discharge note is not signed",
    Item.SUMMARY: "the discharge summary is not signed",
    Item.RESULTS_SEEN: "nobody has acknowledged a result",
    Item.NO_TASKS: "tasks are open",
    Item.NO_MEDICINES: "medicines of the ward end with the stay",
    Item.NO_APPOINTMENTS: "appointments are to come",
    Item.NOBODY_STAYS: "the mother or infant stays",
}

#: Said, and no reason to stay. Not among them, after clinical/handover.md, section 7: "Blocking
#: items: medicines reconciled, allergy status known, identity confirmed, departure time".
_TOLD = frozenset(
    {
        Item.SUMMARY,
        Item.RESULTS_SEEN,
        Item.NO_TASKS,
        Item.NO_MEDICINES,
        Item.NO_APPOINTMENTS,
        Item.NOBODY_STAYS,
    }
)
#: What matters to who goes on living: section 7 has a separate list for who has died.
_FOR_LATER = frozenset({Item.RECONCILED, Item.ALLERGIES_KNOWN})


class Answer(StrEnum):
    """What somebody, or the system itself, answered to one line."""

    DONE = "done"
    NOT_DONE = "not-done"
    NOT_APPLICABLE = "not-applicable"


#: Who may discharge although something is open; the reason is recorded with the role.
MAY_OVERRIDE = frozenset({Approver.CHARGE_NURSE, Approver.DOCTOR, Approver.SITE_MANAGER})


def blocking(answers: Mapping[Item, Answer], to: Disposition | None = None) -> list[Item]:
    """List what stands in the way: asked, and not settled. What no module asks blocks nothing."""
    return [item for item in Item if item.stops(to) and answers.get(item) is Answer.NOT_DONE]


def confirmed(*, identity: bool, departure: bool) -> dict[Item, Answer]:
    """Tell what only the person who discharges can say: who leaves, and when."""
    said = {Item.IDENTITY: identity, Item.DEPARTURE: departure}
    return {item: Answer.DONE if done else Answer.NOT_DONE for item, done in said.items()}


#: What a form of the ward tells a time by.
MINUTE = timedelta(minutes=1)


def departure(at: datetime, now: datetime, came: datetime | None) -> datetime:
    """Read the time of departure, of which a form tells the minute: the one that runs means now.

    Whoever came within it has left when they came, at the earliest.
    """
    if at.second or at.microsecond:
        return at
    if at <= now < at + MINUTE:
        return now
    return came if came and at < came < at + MINUTE else at


def merged(answers: Iterable[tuple[Item, Answer]]) -> dict[Item, Answer]:
    """Put the answers of several modules together: what one of them misses is missing."""
    found: dict[Item, Answer] = {}
    for item, answer in answers:
        if found.get(item) is not Answer.NOT_DONE:
            found[item] = answer
    return found


def check(
    answers: Mapping[Item, Answer],
    override: Override | None = None,
    to: Disposition | None = None,
) -> list[Item]:
    """Return the lines that were overridden, or refuse and say all that is in the way."""
    open_items = blocking(answers, to)
    if open_items and not override:
        listed = ", ".join(item.missing for item in open_items)
        raise NotAllowed(f"Not discharged: {listed}.", "discharge.checklist")
    if open_items and override and override.by not in MAY_OVERRIDE:
        raise NotAllowed("Only a doctor or the charge nurse can discharge now.", "discharge.role")
    return open_items
