"""Users: the commands."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission, Role
from ward.db import new_id
from ward.errors import Invalid, SignedOut
from ward.security import sessions
from ward.security.models import Device, Grant, Session, SessionKind, User
from ward.security.passwords import SHORTEST, hash_password, verify_password
from ward.users.events import RightsChanged
from ward.work import Work

WRONG = "User name or password is not right."
_OWN = Permission.USE_ACCOUNT
_MANAGE = Permission.MANAGE_USERS


async def sign_in(
    work: Work, username: str, password: str, kind: SessionKind, ip: str
) -> tuple[Grant, str]:
    """Begin a session for this person; return the grant it acts under and its token."""
    user = await _called(work, username)
    stored = user.password_hash if user else None
    await work.give_up()  # no connection is held while many passwords wait to be hashed
    known = await verify_password(work.node.vault, stored, password)
    user = await _called(work, username)
    if user is None or not known or user.disabled_at is not None:
        raise SignedOut(WRONG)
    grant = await _grant_of(work, user)
    session, token = sessions.begin(user, grant, kind, ip, work.now)
    work.add(session, _OWN)
    return grant, token


async def _called(work: Work, username: str) -> User | None:
    found = await work.every(select(User).where(User.username == username), _OWN)
    return found[0] if found else None


async def _grant_of(work: Work, user: User) -> Grant:
    grants = await work.every(
        select(Grant).where(Grant.user_id == user.id).order_by(Grant.since), _OWN
    )
    for grant in grants:
        if sessions.standing(grant, work.now):
            return grant
    raise SignedOut("You have no role here at the moment. Ask whoever gives out roles.")


async def sign_out(work: Work, session_id: UUID) -> None:
    """End a session; its open screens are closed and blanked."""
    session = await work.access(Session, session_id, _OWN, lock=True)
    session.ended_at = session.ended_at or work.now
    work.record(RightsChanged(session.user_id))


async def enrol(work: Work, username: str, name: str, password: str) -> User:
    """Add a person who can sign in; they see nothing until they are granted a role."""
    if len(password) < SHORTEST:
        raise Invalid({"password": f"A password needs at least {SHORTEST} characters."})
    hashed = await hash_password(work.node.vault, password)
    user = User(id=new_id(), username=username, password_hash=hashed)
    await work.seal(user, name=name)
    work.add(user, _MANAGE)
    await work.flush()
    return user


async def grant(  # noqa: PLR0913 - a grant has this many sides
    work: Work,
    holder: User | Device,
    role: Role,
    branch_id: UUID,
    *,
    ward_id: UUID | None = None,
    until: datetime | None = None,
) -> Grant:
    """Give a role at a branch, for one ward or for all of them."""
    column = "user_id" if isinstance(holder, User) else "device_id"
    given = Grant(role=role, branch_id=branch_id, ward_id=ward_id, since=work.now, until=until)
    setattr(given, column, holder.id)
    work.add(given, _MANAGE)
    return given


async def revoke(work: Work, grant_id: UUID) -> Grant:
    """Take a role away; screens it explained go blank within a second."""
    taken = await work.access(Grant, grant_id, _MANAGE, lock=True)
    taken.revoked_at = taken.revoked_at or work.now
    if taken.user_id is not None:
        work.record(RightsChanged(taken.user_id))
    return taken


async def hang_wall(
    work: Work, label: str, branch_id: UUID, ward_id: UUID, *, token: str | None = None
) -> str:
    """Enrol a wallboard for a ward and return the token of its link (shown once)."""
    token = token or sessions.new_token()
    device = Device(id=new_id(), label=label, token_hash=sessions.digest(token))
    work.add(device, _MANAGE)
    await work.flush()
    await grant(work, device, Role.WALL, branch_id, ward_id=ward_id)
    return token


async def stay(work: Work, session_id: UUID) -> None:
    """Note real input: the session stays unlocked for its kind's time."""
    session = await work.access(Session, session_id, _OWN, lock=True)
    session.idle_until = work.now + sessions.IDLE[session.kind]
