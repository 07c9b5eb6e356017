"""Push phones: which browsers may be woken for whom; each belongs to one person at a time."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import delete, select

from domain.access import Permission
from ward.alerts.models import PushSubscription
from ward.alerts.push_message import Phone
from ward.config import Env, Settings
from ward.db import new_id
from ward.errors import Invalid, explain
from ward.patients.queries import among
from ward.security import vapid
from ward.work import Work

OWN = Permission.RESPOND_ALERT
VIEW = Permission.VIEW_ALERTS
MOST = 5  # browsers of one person; the one longest there goes
LONGEST = 2000
SERVICES = {"fcm.googleapis.com", "updates.push.services.mozilla.com"}
FAMILIES = (".push.apple.com", ".notify.windows.com")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
STRANGE = "This browser's push service is not one that Ward knows. Nothing was turned on."

explain(
    "uq_push_subscription_endpoint_hash",
    "This phone is being set up already. Try again in a moment.",
)


async def turn_on(work: Work, phone: Phone) -> PushSubscription:
    """Have this browser woken for whoever asks; for anybody else it no longer is."""
    assert work.actor.id is not None
    refuse_strange(phone, work.node.settings)
    hashed = work.node.vault.hash("push", phone.endpoint)
    connection = await work.connection()
    taken = delete(PushSubscription).where(PushSubscription.endpoint_hash == hashed)
    await connection.execute(taken)  # who names an address that long has the browser in hand
    row = PushSubscription(
        id=new_id(), user_id=work.actor.id, endpoint_hash=hashed, made_at=work.now
    )
    await work.seal(row, endpoint=asdict(phone))
    work.add(row, OWN)
    await work.flush()
    mine = select(PushSubscription).where(PushSubscription.user_id == work.actor.id)
    rows = await work.every(mine.order_by(PushSubscription.id.desc()), OWN)
    await _end(work, [old.id for old in rows[MOST:]])
    return row


async def turn_off(work: Work, subscription_id: UUID | None, permission: Permission = OWN) -> None:
    """Have this browser woken no more; nothing happens when it is not one's own."""
    row = await mine(work, subscription_id, permission)
    if row is not None:
        await _end(work, [row.id])


async def mine(
    work: Work, subscription_id: UUID | None, permission: Permission = OWN
) -> PushSubscription | None:
    """Answer: is this browser woken for whoever asks?"""
    this = select(PushSubscription).where(PushSubscription.id == subscription_id)
    rows = await work.every(this.where(PushSubscription.user_id == work.actor.id), permission)
    return rows[0] if rows else None


async def gone(work: Work, subscription_id: UUID) -> None:
    """Forget a browser that its push service does not know any more."""
    this = select(PushSubscription).where(PushSubscription.id == subscription_id)
    await _end(work, [row.id for row in await work.every(this, Permission.SOUND_ALERT)])


async def phones_of(work: Work, user_ids: Iterable[UUID]) -> list[PushSubscription]:
    """Answer: which browsers may be woken for these people?"""
    theirs = select(PushSubscription).where(among(PushSubscription.user_id, user_ids))
    return await work.every(theirs.order_by(PushSubscription.id), VIEW)


async def opened(work: Work, rows: Iterable[PushSubscription]) -> Mapping[UUID, Phone]:
    """Open where these browsers are reached; those that wait for another key are left out."""
    said = await work.open(rows, PushSubscription.endpoint)
    phones = {one: Phone(**value) for one, value in said.items()}
    server = public_key(work.node.settings)
    return {one: phone for one, phone in phones.items() if phone.server == server}


def public_key(choice: Settings) -> str | None:
    """Give the key that browsers subscribe to; none while push is off."""
    return vapid.public_of(choice.push_key.get_secret_value()) if choice.push_key else None


def refuse_strange(phone: Phone, choice: Settings) -> None:
    """Refuse keys that are none, and any address but those of the known push services."""
    if not reachable(phone.endpoint, choice):
        raise Invalid({"endpoint": STRANGE})
    try:
        point = vapid.bytes_of(phone.p256dh)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        fit = len(point) == 65 and len(vapid.bytes_of(phone.auth)) == 16
    except ValueError:
        fit = False
    if not fit:
        raise Invalid({"keys": "The keys of this browser cannot be read. Nothing was turned on."})


def reachable(endpoint: str, choice: Settings) -> bool:
    """Say whether Ward sends anything to this address."""
    if len(endpoint) > LONGEST or not re.fullmatch(r"https?://[!-~]+", endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if set("@\\#") & set(endpoint):
        return False
    if parts.scheme == "http":
        return choice.env is not Env.PRODUCTION and host in LOOPBACK
    return port in {None, 443} and (host in SERVICES or host.endswith(FAMILIES))


async def _end(work: Work, ids: list[UUID]) -> None:
    """Forget browsers, and the calls to them that are on their way."""
    if ids:
        these = delete(PushSubscription).where(among(PushSubscription.id, ids))
        await (await work.connection()).execute(these)
