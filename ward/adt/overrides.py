"""Overrides: in which function a person sets a rule aside."""

from domain.access import Role
from domain.errors import NotAllowed
from domain.overrides import Approver, Override
from ward.security.actors import Actor
from ward.work import Work

FUNCTIONS = {Role.CHARGE: Approver.CHARGE_NURSE, Role.DOCTOR: Approver.DOCTOR}


def override_of(work: Work, reason: str | None, second: Approver | None = None) -> Override | None:
    """Make the override this person may give; None without a reason, refused without the role."""
    if not reason or not reason.strip():
        return None
    role = work.actor.role if isinstance(work.actor, Actor) else None
    if role not in FUNCTIONS:
        raise NotAllowed(
            "Only the charge nurse or a doctor can set this rule aside.", "override.role"
        )
    return Override(FUNCTIONS[role], reason.strip(), second)
