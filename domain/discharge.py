"""Discharge checklist: what must be settled before a patient goes home."""

from collections.abc import Mapping
from enum import StrEnum

from domain.errors import NotAllowed
from domain.overrides import Approver, Override


class Item(StrEnum):
    """One line of the checklist; the text is what is missing when it is not settled."""

    NO_CRITICAL_ALERT = "critical-alert"
    NO_OPEN_ORDERS = "open-orders"
    NO_DUE_DOSES = "due-doses"
    RECONCILED = "reconciled"
    NO_UNBILLED = "unbilled"
    DESTINATION = "destination"
    NOTE = "note"
    SUMMARY = "summary"

    @property
    def missing(self) -> str:
        """Say what is in the way."""
        return _MISSING[self]


_MISSING = {
    Item.NO_CRITICAL_ALERT: "a critical alert is open",
    Item.NO_OPEN_ORDERS: "orders are open",
    Item.NO_DUE_DOSES: "doses are due",
    Item.RECONCILED: "medicines from home are undecided",
    Item.NO_UNBILLED: "items are not billed",
    Item.DESTINATION: "the destination is not recorded",
    Item.NOTE: "the discharge note is not signed",
    Item.SUMMARY: "the summary is not made",
}


class Answer(StrEnum):
    """What somebody, or the system itself, answered to one line."""

    DONE = "done"
    NOT_DONE = "not-done"
    NOT_APPLICABLE = "not-applicable"


#: Who may discharge although something is open; the reason is recorded with the role.
MAY_OVERRIDE = frozenset({Approver.CHARGE_NURSE, Approver.DOCTOR, Approver.SITE_MANAGER})


def blocking(answers: Mapping[Item, Answer]) -> list[Item]:
    """List what stands in the way: asked, and not settled. What no module asks blocks nothing."""
    return [item for item in Item if answers.get(item) is Answer.NOT_DONE]


def check(answers: Mapping[Item, Answer], override: Override | None = None) -> list[Item]:
    """Return the lines that were overridden, or refuse and say all that is in the way."""
    open_items = blocking(answers)
    if open_items and not override:
        listed = ", ".join(item.missing for item in open_items)
        raise NotAllowed(f"Not discharged: {listed}.", "discharge.checklist")
    if open_items and override and override.by not in MAY_OVERRIDE:
        raise NotAllowed("Only a doctor or the charge nurse can discharge now.", "discharge.role")
    return open_items
