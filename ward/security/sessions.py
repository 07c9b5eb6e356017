"""Sessions: server-side rows, read at every request."""

import hashlib
import json
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, Uuid, bindparam, column, func, or_, select, table, type_coerce
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from domain.access import Role
from ward.crypto import Place, SubjectKey, Vault, unseal
from ward.errors import SignedOut
from ward.security.actors import Actor
from ward.security.models import Device, Grant, Session, SessionKind, User

WALL_COOKIE = "ward_wall"
LONGEST = timedelta(hours=12)
FAR = timedelta(days=3650)
IDLE = {
    SessionKind.TABLET: timedelta(minutes=2),
    SessionKind.PHONE: timedelta(minutes=5),
    SessionKind.DESKTOP: timedelta(minutes=15),
}


def cookie_name(connection: HTTPConnection) -> str:
    """Name the cookie: with the host prefix under https, plain in a demo over http."""
    return "__Host-ward_session" if connection.url.scheme in {"https", "wss"} else "ward_session"


def token_of(connection: HTTPConnection) -> str | None:
    """Read the session's token from the cookie."""
    return connection.cookies.get(cookie_name(connection))


def digest(token: str) -> bytes:
    """Hash a token; the token itself is never stored."""
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    """Make a token of 256 random bits."""
    return secrets.token_urlsafe(32)


def begin(
    user: User, grant: Grant, kind: SessionKind, ip: str, now: datetime
) -> tuple[Session, str]:
    """Make a session's row and its token; the caller adds the row."""
    token = new_token()
    session = Session(
        token_hash=digest(token),
        user_id=user.id,
        grant_id=grant.id,
        kind=kind,
        ip=ip,
        auth_time=now,
        amr="pwd",
        idle_until=now + IDLE[kind],
        abs_until=now + LONGEST,
    )
    return session, token


async def read(db: AsyncSession, vault: Vault, token: str | None, ip: str, now: datetime) -> Actor:
    """Return who is signed in, or raise SignedOut with the reason in words."""
    if token is None:
        raise SignedOut
    found = await db.execute(_SIGNED_IN, {"token": digest(token)})
    row = found.one_or_none()
    if row is None:
        raise SignedOut
    session, grant, user, key, wards = row
    _stands(session, grant, user.disabled_at, now)
    return Actor(
        kind="person",
        id=session.user_id,
        role=grant.role,
        grant_id=grant.id,
        branch_id=grant.branch_id,
        ward_id=grant.ward_id,
        wards=tuple(wards or ()),
        session_id=session.id,
        until=min(session.abs_until, grant.until or session.abs_until),
        ip=ip,
        display=_name(vault, user, key, db),
    )


_WARD = table(
    "ward", column("id", Uuid), column("branch_id", Uuid), column("label"), column("kind")
)
_WARDS = (
    select(type_coerce(func.array_agg(aggregate_order_by(_WARD.c.id, _WARD.c.label)), ARRAY(Uuid)))
    .where(_WARD.c.branch_id == Grant.branch_id, _WARD.c.kind == "ward")
    .where(or_(Grant.ward_id.is_(None), Grant.ward_id == _WARD.c.id))
    .correlate(Grant)
    .scalar_subquery()
)
_SIGNED_IN = (
    select(Session, Grant, User, SubjectKey, _WARDS)
    .join(Grant, Grant.id == Session.grant_id)
    .join(User, User.id == Session.user_id)
    .join(SubjectKey, SubjectKey.subject_id == User.id)
    .where(Session.token_hash == bindparam("token"))
)


def _name(vault: Vault, user: User, key: SubjectKey, db: AsyncSession) -> str:
    """Open the person's name; their key stays with the transaction, which often needs it again."""
    place, opened = Place(User.__tablename__, "name", user.id, user.id), vault.unwrap(key.wrapped)
    db.info.setdefault("keys", {})[user.id] = (opened, key.key_version)
    return str(json.loads(unseal(opened, place, user.name)))


def _stands(session: Session, grant: Grant, disabled_at: datetime | None, now: datetime) -> None:
    if session.ended_at is not None or session.abs_until <= now or disabled_at is not None:
        raise SignedOut("Your session has ended. Sign in to go on.")
    if session.idle_until <= now:
        raise SignedOut("Locked because nobody used it for a while. Sign in to go on.")
    if not standing(grant, now):
        raise SignedOut("Your role here has ended. Sign in to go on.")


def standing(grant: Grant, now: datetime) -> bool:
    """Say whether a grant is in force."""
    return (
        grant.revoked_at is None
        and grant.since <= now
        and (grant.until is None or grant.until > now)
    )


async def read_device(db: AsyncSession, token: str, ip: str, now: datetime) -> Actor:
    """Return the wallboard this token belongs to, or raise SignedOut."""
    found = await db.execute(
        select(Device, Grant)
        .join(Grant, Grant.device_id == Device.id)
        .where(
            Device.token_hash == digest(token), Device.revoked_at.is_(None), Grant.role == Role.WALL
        )
    )
    row = found.one_or_none()
    if row is None or not standing(row[1], now):
        raise SignedOut("This screen is no longer enrolled.")
    device, grant = row
    return Actor(
        kind="device",
        id=device.id,
        role=grant.role,
        grant_id=grant.id,
        branch_id=grant.branch_id,
        ward_id=grant.ward_id,
        session_id=None,
        until=grant.until or now + FAR,
        ip=ip,
    )
