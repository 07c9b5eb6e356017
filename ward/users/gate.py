"""Gate: how often a browser may fail to come in, by whether its device or its address is known."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, exists, select
from starlette.requests import Request

from ward import clock
from ward.errors import Busy
from ward.security.limits import (
    SIGN_IN_ADDRESS,
    SIGN_IN_DEVICE,
    SIGN_IN_KNOWN,
    Limit,
    Limits,
)
from ward.security.models import Device, DeviceKind, Session
from ward.security.sessions import digest
from ward.users import browser

KNOWN_FOR = timedelta(days=30)  # engineering default: a hospital's own address is seen each day


@dataclass(frozen=True, slots=True)
class Gate:
    """Whose failures are counted together, and how many there may be."""

    limits: Limits
    limit: Limit
    whom: str

    async def check(self) -> None:
        """Raise Busy when there were too many."""
        await self.limits.check(self.limit, self.whom)

    async def failed(self) -> None:
        """Count one failure; the one too many is told at the next try."""
        with suppress(Busy):
            await self.limits.spend(self.limit, self.whom)


async def gate_of(request: Request) -> Gate:
    """Tell a device of the house and an address that people come from, from any other.

    Behind one address there may be a whole hospital: ten slips of five hundred people must not
    keep the others out. From an address that nobody ever came in from, ten are enough.
    """
    node, ip = request.app.state.node, browser.address(request)
    token, seen = browser.device_token(request), clock.now() - KNOWN_FOR
    async with node.aside.connect() as connection:
        if token is not None:
            device = await connection.scalar(_DEVICE, {"token": digest(token)})
            if device is not None:
                return Gate(node.limits, SIGN_IN_DEVICE, str(device))
        known = await connection.scalar(_SEEN, {"ip": ip, "since": seen})
    return Gate(node.limits, SIGN_IN_KNOWN if known else SIGN_IN_ADDRESS, ip)


_DEVICE = select(Device.id).where(
    Device.token_hash == bindparam("token"),
    Device.kind == DeviceKind.SHARED,
    Device.revoked_at.is_(None),
)
_SEEN = select(
    exists().where(Session.ip == bindparam("ip"), Session.auth_time > bindparam("since"))
)
