"""Duty: in which part somebody is on duty, and for how long a shift lasts."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from domain.access import Role
from domain.errors import NotAllowed


class DutyRole(StrEnum):
    """The part somebody plays on a ward during a shift; our own words."""

    NURSE = "nurse"
    IN_CHARGE = "nurse-in-charge"
    REGISTRAR = "registrar"
    CONSULTANT = "consultant"

    @property
    def word(self) -> str:
        """Name the part as the ward says it."""
        return self.value.replace("-", " ").capitalize()


PARTS: dict[Role, tuple[DutyRole, ...]] = {
    Role.NURSE: (DutyRole.NURSE, DutyRole.IN_CHARGE),
    Role.CHARGE: (DutyRole.IN_CHARGE, DutyRole.NURSE),
    Role.DOCTOR: (DutyRole.REGISTRAR, DutyRole.CONSULTANT),
}
NURSING = frozenset({DutyRole.NURSE, DutyRole.IN_CHARGE})

# Ours, no source: what the form offers, the longest it takes, and how late somebody may be.
SHIFT = timedelta(hours=12)
LONGEST = timedelta(hours=26)
GRACE = timedelta(minutes=1)


def parts(role: Role) -> tuple[DutyRole, ...]:
    """List the parts that a role may take, in the order offered."""
    return PARTS.get(role, ())


def take(part: DutyRole, roles: Collection[Role], now: datetime, until: datetime) -> DutyRole:
    """Return the part, or say why nobody of these roles may take it until then."""
    if not any(part in parts(role) for role in roles):
        raise NotAllowed(f"This person cannot be {part.word} here.", "duty.part")
    if until <= now:
        raise NotAllowed("The shift would end before it begins. Choose a later time.", "duty.until")
    if until - now > LONGEST:
        hours = LONGEST // timedelta(hours=1)
        raise NotAllowed(f"Nobody is on duty for more than {hours} hours.", "duty.until")
    return part


def is_over(until: datetime, now: datetime) -> bool:
    """Say whether a shift has ended by itself: a minute after it should have."""
    return now >= until + GRACE


def has_beds(part: DutyRole) -> bool:
    """Say whether somebody in this part may have beds."""
    return part in NURSING
