"""Devices: tablets and desks that many people use in turn, and the PINs that hold on each."""

from sqlalchemy import select

from domain.access import Permission
from ward.security.models import Device, DeviceKind
from ward.security.sessions import digest
from ward.work import Work

_OWN = Permission.USE_ACCOUNT


async def here(work: Work, token: str | None) -> Device | None:
    """Find the enrolled device that this browser is on, if it is one."""
    if token is None:
        return None
    mine = select(Device).where(
        Device.token_hash == digest(token),
        Device.kind == DeviceKind.SHARED,
        Device.revoked_at.is_(None),
    )
    found = await work.every(mine, _OWN)
    return found[0] if found else None
