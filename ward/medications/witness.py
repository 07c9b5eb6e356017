"""Witness: a second person signs for a dose on the same device, with their own password or PIN.

The second person types what they worked out without seeing the first value. What they sign is one
dose, one revision of its order and one value; it holds for a few minutes and never as a session.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission, may
from domain.errors import NotAllowed
from ward.duty.queries import grants_on
from ward.errors import Invalid, SignedOut
from ward.node import Node
from ward.places.models import Ward
from ward.security.actors import Actor, System
from ward.security.limits import SIGN_IN_USER
from ward.security.models import User
from ward.security.passwords import verify_password
from ward.users.devices import DIGITS, check_pin
from ward.work import Work, work_as

HOLDS = timedelta(minutes=5)  # engineering default
WRONG = "The second person's user name or password is not right."
GIVEN = (
    "Somebody else chose this person's password."
    " They sign in once and choose their own, then they can sign here."
)
_DOOR = System("witness", frozenset({Permission.USE_ACCOUNT}))
_OWN = Permission.USE_ACCOUNT


@dataclass(frozen=True, slots=True)
class Witnessed:
    """Who signed for what, and when; `value` is what they typed, unseen."""

    user_id: UUID
    at: datetime
    about: str
    value: str


def about(kind: str, key: UUID, revision: int) -> str:
    """Name what is signed for: one dose (or pump), as its order stands."""
    return f"{kind}/{key}/{revision}"


async def attest(asked: Work, username: str, password: str, what: str, value: str) -> str:
    """Check a second person like a sign-in, and give what the form brings back; no session begins.

    On an enrolled device their PIN there is enough. No transaction is held while a password is
    hashed, and tries are counted as those of the door.
    """
    node = asked.node
    name = username.strip().lower()[:100]
    if not name or not password:
        raise Invalid({"witness_name": "The second person signs with user name and password."})
    found = _typed(value)
    await node.limits.spend(SIGN_IN_USER, name)
    async with work_as(node, _DOOR, "medications.witness", reading=True) as work:
        user = await _called(work, name)
        stored = user.password_hash if user and user.disabled_at is None else None
    if not await _proved(asked, user if stored else None, stored, password[:1000]) or user is None:
        raise NotAllowed(WRONG, "witness.wrong")
    await node.limits.forget(SIGN_IN_USER, name)
    if user.must_change_since is not None:  # whoever chose it could sign in their name
        raise NotAllowed(GIVEN, "witness.given")
    return _signed(node, Witnessed(user.id, work.now, what, found))


async def _proved(asked: Work, user: User | None, stored: str | None, password: str) -> bool:
    """Check what was typed: a PIN where one can hold, else the password."""
    device = asked.actor.device_id if isinstance(asked.actor, Actor) else None
    if device is None or user is None or not (len(password) == DIGITS and password.isdigit()):
        return await verify_password(asked.node.vault, stored, password)
    try:
        await check_pin(asked.node, device, user.id, password)
    except SignedOut:
        return False
    return True


def number(value: Decimal) -> str:
    """Write a value so that two who mean the same write the same: 5.0 and 5."""
    return f"{value.normalize():f}"


def _typed(value: str) -> str:
    """Read what the second person worked out; some things are only signed for."""
    text = value.strip().replace(",", "")
    if not text:
        return ""
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise Invalid({"witness_value": "Enter a number, as 2.5."}) from None
    if not found.is_finite():
        raise Invalid({"witness_value": "Enter a number, as 2.5."})
    return number(found)


async def _called(work: Work, username: str) -> User | None:
    found = await work.every(select(User).where(User.username == username), _OWN)
    return found[0] if found else None


def _signed(node: Node, one: Witnessed) -> str:
    plain = json.dumps([str(one.user_id), one.at.isoformat(), one.about, one.value])
    text = base64.urlsafe_b64encode(plain.encode()).decode()
    return f"{text}.{node.vault.hash('witness', text).hex()}"


def read(node: Node, token: str, what: str, now: datetime) -> Witnessed:
    """Read what a second person signed, or refuse what is forged, for another dose, or old."""
    text, _, mark = token.partition(".")
    signed = node.vault.hash("witness", text).hex()
    if not compare_digest(signed.encode(), mark.encode()):
        raise NotAllowed("The second person has to sign again.", "witness.forged")
    user, at, said, value = json.loads(base64.urlsafe_b64decode(text))
    one = Witnessed(UUID(user), datetime.fromisoformat(at), said, value)
    if one.about != what:
        raise NotAllowed(
            "The second person signed for another dose. They have to sign again.", "witness.other"
        )
    if not timedelta(0) <= now - one.at <= HOLDS:
        raise NotAllowed("The second person signed too long ago. Sign again.", "witness.old")
    return one


def compare(one: Witnessed, value: Decimal) -> None:
    """Refuse where two people came to different values."""
    if one.value != number(value):
        raise NotAllowed(
            "The second person came to another value. Work it out again, both of you.",
            "witness.mismatch",
        )


async def check(work: Work, one: Witnessed, ward: Ward) -> UUID:
    """Refuse a witness who is the same person, or may not give medicines on this ward."""
    if one.user_id == work.actor.id:
        raise NotAllowed("The witness must be somebody else than you.", "witness.same")
    grants = await grants_on(work, ward)
    here = [grant for grant in grants if grant.user_id == one.user_id]
    if not any(may(grant.role, Permission.GIVE_MEDICATION) for grant in here):
        raise NotAllowed("The witness may not give medicines on this ward.", "witness.role")
    return one.user_id
