"""Overrides: who may set a rule aside, and the reason they give."""

from dataclasses import dataclass
from enum import StrEnum

from domain.errors import NotAllowed


class Approver(StrEnum):
    """A function somebody holds at the moment; the site says who holds it."""

    CHARGE_NURSE = "charge"
    DOCTOR = "doctor"
    INFECTION_CONTROL = "infection_control"
    SITE_MANAGER = "site_manager"

    @property
    def word(self) -> str:
        """Name the function."""
        return self.value.replace("_", " ").replace("charge", "charge nurse").capitalize()


#: "not by the ward": these two may let a patient into a bed that needs a terminal clean.
OUTSIDE_THE_WARD = frozenset({Approver.INFECTION_CONTROL, Approver.SITE_MANAGER})


@dataclass(frozen=True, slots=True)
class Override:
    """A rule set aside by one person, for a stated reason, perhaps with a second approver."""

    by: Approver
    reason: str
    second: Approver | None = None

    def __post_init__(self) -> None:
        """Refuse an override that gives no reason: nobody could review it."""
        if not self.reason.strip():
            raise NotAllowed("An override needs a reason.", "override.reason")
