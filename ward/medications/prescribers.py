"""Prescribers: who may have said an order that a nurse writes down."""

from uuid import UUID

from domain.access import Permission, may
from domain.duty import NURSING, DutyRole
from ward.duty.queries import grants_on, names, on_duty
from ward.places.models import Ward
from ward.work import Work


async def offered(work: Work, ward: Ward) -> list[tuple[UUID, str]]:
    """List the prescribers of a ward, by name: those on duty first."""
    parts = [part for part in DutyRole if part not in NURSING]
    here = [user for part in parts for user in await on_duty(work, ward.id, part)]
    grants = await grants_on(work, ward)
    may_sign = [grant for grant in grants if may(grant.role, Permission.PRESCRIBE)]
    others = [grant.user_id for grant in may_sign if grant.user_id]
    allowed = [one for one in dict.fromkeys([*here, *others]) if one in set(others)]
    called = await names(work, allowed)
    on = set(here)
    listed = [(one, _words(called[one].name, on=one in on)) for one in allowed if one in called]
    return sorted(listed, key=lambda pair: (pair[0] not in on, pair[1]))


def _words(name: str, *, on: bool) -> str:
    return f"{name}, on duty" if on else name
