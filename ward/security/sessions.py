"""Sessions: server-side rows, read at every request."""

import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, column, func, or_, select, table, type_coerce
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection, Request

from domain.access import Role
from ward import clock
from ward.crypto import Place, SubjectKey, Vault, unseal
from ward.db import new_id
from ward.errors import Locked, SignedOut
from ward.security import glass
from ward.security.actors import Actor
from ward.security.models import Device, Grant, Session, SessionKind, User

WALL_COOKIE = "ward_wall"
LONGEST = timedelta(hours=12)
PROOF_HOLDS = timedelta(minutes=10)  # engineering default: then a signature asks again who signs
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


def step_cookie(connection: HTTPConnection) -> str:
    """Name the cookie of a step of signing in that waits for the next."""
    return cookie_name(connection).replace("session", "step")


def device_cookie(connection: HTTPConnection) -> str:
    """Name the cookie by which an enrolled device is known."""
    return cookie_name(connection).replace("session", "device")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How somebody came in: where, by which proof (RFC 8176), and whether that was all of it."""

    kind: SessionKind
    ip: str
    amr: str
    whole: bool = True  # a PIN lets in, and signs for nothing
    owes: bool = False  # the role needs a second factor, and there is none yet
    device_id: UUID | None = None
    outside: bytes | None = None


def begin(user: User, grant: Grant, entry: Entry, now: datetime) -> tuple[Session, str]:
    """Make a session's row and its token; the caller adds the row."""
    token = new_token()
    session = Session(
        id=new_id(),
        token_hash=digest(token),
        user_id=user.id,
        grant_id=grant.id,
        kind=entry.kind,
        ip=entry.ip,
        auth_time=now,
        amr=entry.amr,
        proved_at=now if entry.whole else None,
        owes=entry.owes,
        device_id=entry.device_id,
        outside=entry.outside,
        idle_until=now + IDLE[entry.kind],
        abs_until=now + LONGEST,
    )
    return session, token


def renew(session: Session, now: datetime) -> str:
    """Open a session again under a new token; the old one opens nothing more."""
    token = new_token()
    session.token_hash, session.locked_at = digest(token), None
    session.idle_until = now + IDLE[session.kind]
    return token


async def of(request: Request, db: AsyncSession, vault: Vault) -> Actor:
    """Return who is behind a request, as far as its policy lets them be."""
    ip = request.client.host if request.client else ""
    token, locked = token_of(request), request.state.policy.locked
    return await read(db, vault, token, ip, clock.now(), locked=locked)


async def read(  # noqa: PLR0913 - whose token, from where, when, and what a lock means
    db: AsyncSession,
    vault: Vault,
    token: str | None,
    ip: str,
    now: datetime,
    *,
    locked: bool = False,
) -> Actor:
    """Return who is signed in, or raise SignedOut with the reason in words.

    With `locked` a session counts that only a PIN or a password would open again.
    """
    if token is None:
        raise SignedOut
    found = await db.execute(_SIGNED_IN, {"token": digest(token)})
    row = found.one_or_none()
    if row is None:
        raise SignedOut
    session, grant, user, key, wards, revoked_at, opened = row
    _stands(session, grant, user.disabled_at or revoked_at, now)
    if not locked and is_locked(session, now):
        raise Locked
    await vault.ready(await db.connection(), [key.wrapped])
    actor = _actor(session, grant, tuple(wards or ()), ip, user, _name(vault, user, key, db))
    return replace(actor, glass=glass.opened(opened)) if opened else actor


def _actor(  # noqa: PLR0913, PLR0917 - a person has this many sides
    session: Session, grant: Grant, wards: tuple[UUID, ...], ip: str, user: User, display: str
) -> Actor:
    return Actor(
        kind="person",
        id=session.user_id,
        role=grant.role,
        grant_id=grant.id,
        branch_id=grant.branch_id,
        ward_id=grant.ward_id,
        wards=wards,
        session_id=session.id,
        until=min(session.abs_until, grant.until or session.abs_until),
        ip=ip,
        display=display,
        username=user.username,
        proved_at=session.proved_at,
        amr=session.amr,
        owes=session.owes,
        chooses=user.must_change_since is not None,
        device_id=session.device_id,
        idle=IDLE[session.kind],
    )


_WARD = table(
    "ward",
    column("id", Uuid),
    column("branch_id", Uuid),
    column("label"),
    column("kind"),
    column("ended_at"),
)
_WARDS = (
    select(type_coerce(func.array_agg(aggregate_order_by(_WARD.c.id, _WARD.c.label)), ARRAY(Uuid)))
    .where(_WARD.c.branch_id == Grant.branch_id, _WARD.c.kind == "ward", _WARD.c.ended_at.is_(None))
    .where(or_(Grant.ward_id.is_(None), Grant.ward_id == _WARD.c.id))
    .correlate(Grant)
    .scalar_subquery()
)
_SIGNED_IN = (
    select(Session, Grant, User, SubjectKey, _WARDS, Device.revoked_at, glass.OF_GRANT)
    .join(Grant, Grant.id == Session.grant_id)
    .join(User, User.id == Session.user_id)
    .join(SubjectKey, SubjectKey.subject_id == User.id)
    .outerjoin(Device, Device.id == Session.device_id)
    .where(Session.token_hash == bindparam("token"))
)


def _name(vault: Vault, user: User, key: SubjectKey, db: AsyncSession) -> str:
    """Open the person's name; their key stays with the transaction, which often needs it again."""
    place, opened = Place(User.__tablename__, "name", user.id, user.id), vault.unwrap(key.wrapped)
    db.info.setdefault("keys", {})[user.id] = (opened, key.key_version)
    return str(json.loads(unseal(opened, place, user.name)))


def _stands(session: Session, grant: Grant, barred_at: datetime | None, now: datetime) -> None:
    if session.ended_at is not None or session.abs_until <= now or barred_at is not None:
        raise SignedOut("Your session has ended. Sign in to go on.")
    if not standing(grant, now):
        raise SignedOut("Your role here has ended. Sign in to go on.")


def is_locked(session: Session, now: datetime) -> bool:
    """Say whether a session waits to be unlocked: by a press, or because nobody used it."""
    return session.locked_at is not None or session.idle_until <= now


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
