"""Duty: in which part somebody is on duty, and for how long a shift lasts."""

from enum import StrEnum

from domain.access import Role


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


def parts(role: Role) -> tuple[DutyRole, ...]:
    """List the parts that a role may take, in the order offered."""
    return PARTS.get(role, ())
