"""Users: the commands."""

import re
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.access import Permission, Role
from domain.errors import NotAllowed
from ward.db import new_id
from ward.errors import Invalid, SignedOut, Stale, explain
from ward.security import sessions
from ward.security.factors import Attempt, DevicePin
from ward.security.models import Device, Grant, Session, User
from ward.security.passwords import SHORTEST, hash_password, verify_password
from ward.users import screens
from ward.users.events import RightsChanged, RoleTaken
from ward.work import Work

WRONG = "User name or password is not right."
_OWN = Permission.USE_ACCOUNT
_MANAGE = Permission.MANAGE_USERS
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
OWN_ROLE = "Nobody gives a role to themselves. Ask another administrator."
LONGEST_NAME, LONGEST_PASSWORD, LONGEST_LABEL = 200, 1000, 100

explain("uq_app_user_username", "There is somebody with this user name already.")


async def known(work: Work, username: str, password: str) -> User:
    """Find who gave this password; the row is locked until the work ends."""
    user = await _called(work, username)
    stored = user.password_hash if user else None
    await work.give_up()  # no connection is held while many passwords wait to be hashed
    right = await verify_password(work.node.vault, stored, password)
    user = await _called(work, username, lock=True)
    if user is None or not right or user.disabled_at is not None or user.password_hash != stored:
        if user is not None:  # the trail says at whose door somebody knocked
            knocked = replace(work.intent, resource=User.__tablename__, resource_id=user.id)
            work.intent = knocked
        raise SignedOut(WRONG)
    return user


async def _called(work: Work, username: str, *, lock: bool = False) -> User | None:
    """Find who signs in; locked, so that no session begins beside an order to end them all."""
    called = select(User).where(User.username == username)
    called = called.with_for_update(read=True, of=User) if lock else called
    found = await work.every(called, _OWN)
    return found[0] if found else None


async def sign_out(work: Work, session_id: UUID) -> None:
    """End a session; its open screens are closed and blanked."""
    session = await work.access(Session, session_id, _OWN, lock=True)
    session.ended_at = session.ended_at or work.now
    work.record(RightsChanged(session.user_id))


async def enrol(
    work: Work, username: str, name: str, password: str, *, chosen: bool = False
) -> User:
    """Add a person who can sign in; they see nothing until they are granted a role.

    Unless they have chosen the password themselves, they choose another before anything else.
    """
    name = " ".join(name.split())
    refuse_unfit(username, name)
    hashed = await _hashed(work, password)
    since = None if chosen else work.now
    user = User(id=new_id(), username=username, password_hash=hashed, must_change_since=since)
    await work.seal(user, name=name)
    work.add(user, _MANAGE)
    await work.flush()
    return user


def refuse_unfit(username: str, name: str) -> None:
    """Refuse a user name or a name that cannot stand."""
    wrong = {}
    if not _USERNAME.fullmatch(username):
        wrong["username"] = "A user name begins with a-z or 0-9; . _ - @ may follow; at most 64."
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        wrong["name"] = f"A name has 1 to {LONGEST_NAME} letters."
    if wrong:
        raise Invalid(wrong)


async def _hashed(work: Work, password: str, *, called: str = "password") -> str:
    if len(password) < SHORTEST:
        raise Invalid({called: f"A password needs at least {SHORTEST} characters."})
    if len(password) > LONGEST_PASSWORD:
        raise Invalid({called: f"A password has at most {LONGEST_PASSWORD} characters."})
    return await hash_password(work.node.vault, password)


async def change_password(
    work: Work, user_id: UUID, password: str, *, chosen: bool = False
) -> User:
    """Give a person another password; whoever used the old one is signed out at once.

    Unless they have chosen it themselves, they choose their own before anything else.
    """
    hashed = await _hashed(work, password)
    user = await work.access(User, user_id, _MANAGE, lock=True)
    user.password_hash, user.must_change_since = hashed, None if chosen else work.now
    await end_sessions(work, user_id)
    return user


async def change_own(work: Work, old: str, new: str) -> None:
    """Change one's own password: every other session of theirs ends, and every PIN."""
    stored = (await _me(work)).password_hash
    await work.give_up()  # no connection is held while a password is hashed
    if not await verify_password(work.node.vault, stored, old[:LONGEST_PASSWORD]):
        raise Invalid({"old": "This is not your password."})
    await _keep_own(work, stored, await _hashed(work, new))


async def choose_own(work: Work, new: str) -> None:
    """Choose one's own password in place of one that somebody else chose."""
    me = await _me(work)
    if me.must_change_since is None:
        raise NotAllowed("You have chosen your password. Change it under Account, Signing in.")
    given = me.password_hash
    await work.give_up()
    hashed = await _hashed(work, new, called="new")
    if await verify_password(work.node.vault, given, new):
        raise Invalid({"new": "This is the password you were given. Choose another."})
    await _keep_own(work, given, hashed)


async def _me(work: Work, *, lock: bool = False) -> User:
    assert work.actor.id is not None
    return await work.access(User, work.actor.id, _OWN, lock=lock)


async def _keep_own(work: Work, stored: str, hashed: str) -> None:
    """Keep the new password, unless another came in the place of the old one meanwhile."""
    user = await _me(work, lock=True)
    if user.password_hash != stored:
        raise Stale
    user.password_hash, user.must_change_since = hashed, None
    await end_sessions(work, user.id, but=work.actor.session_id, permission=_OWN)


async def disable(work: Work, user_id: UUID) -> User:
    """Let a person in no more; their sessions end and their screens go blank within a second."""
    user = await work.access(User, user_id, _MANAGE, lock=True)
    user.disabled_at = user.disabled_at or work.now
    await end_sessions(work, user_id)
    work.record(RoleTaken(user_id))
    return user


async def enable(work: Work, user_id: UUID) -> User:
    """Let a disabled person sign in again, with the roles they hold."""
    user = await work.access(User, user_id, _MANAGE, lock=True)
    user.disabled_at = None
    work.record(RightsChanged(user_id))
    return user


async def end_sessions(
    work: Work, user_id: UUID, *, but: UUID | None = None, permission: Permission = _MANAGE
) -> None:
    """End every session of a person (`but` one), and every PIN; their screens go blank at once."""
    standing = select(Session).where(
        Session.user_id == user_id, Session.ended_at.is_(None), Session.abs_until > work.now
    )
    for session in await work.every(standing.with_for_update(of=Session), permission):
        session.ended_at = None if session.id == but else work.now
    begun = update(Attempt).where(Attempt.user_id == user_id, Attempt.spent_at.is_(None))
    await (await work.connection()).execute(begun.values(spent_at=work.now))  # half-way in
    pins = update(DevicePin).where(DevicePin.user_id == user_id, DevicePin.void_at.is_(None))
    if (await (await work.connection()).execute(pins.values(void_at=work.now))).rowcount:
        await screens.told(work)
    work.record(RightsChanged(user_id))


async def grant(  # noqa: PLR0913 - a grant has this many sides
    work: Work,
    holder: User | Device,
    role: Role,
    branch_id: UUID,
    *,
    ward_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Grant:
    """Give a role at a branch, for one ward or for all of them, from now on or for a period."""
    since = since or work.now
    if holder.id == work.actor.id:
        raise Invalid({"role": OWN_ROLE})
    if until is not None and until <= max(since, work.now):
        raise Invalid({"until": "A role ends after it begins, and not in the past."})
    column = "user_id" if isinstance(holder, User) else "device_id"
    given = Grant(role=role, branch_id=branch_id, ward_id=ward_id, since=since, until=until)
    setattr(given, column, holder.id)
    work.add(given, _MANAGE)
    work.record(RightsChanged(holder.id))
    return given


async def holds(
    work: Work, user_id: UUID, role: Role, branch_id: UUID, ward_id: UUID | None
) -> bool:
    """Say whether a person holds this role there now, or will."""
    mine = select(Grant).where(
        Grant.user_id == user_id,
        Grant.role == role,
        Grant.branch_id == branch_id,
        Grant.ward_id.is_not_distinct_from(ward_id),
        Grant.revoked_at.is_(None),
    )
    found = await work.every(mine, _MANAGE)
    return any(one.until is None or one.until > work.now for one in found)


async def end_session(work: Work, session_id: UUID) -> UUID:
    """End anybody's session; return whose it was."""
    session = await work.access(Session, session_id, _MANAGE, lock=True)
    session.ended_at = session.ended_at or work.now
    work.record(RightsChanged(session.user_id))
    return session.user_id


async def revoke(work: Work, grant_id: UUID) -> Grant:
    """Take a role away; screens it explained go blank within a second."""
    taken = await work.access(Grant, grant_id, _MANAGE, lock=True)
    taken.revoked_at = taken.revoked_at or work.now
    if taken.user_id is not None:
        work.record(RoleTaken(taken.user_id))
    return taken


async def hang_wall(
    work: Work, label: str, branch_id: UUID, ward_id: UUID, *, token: str | None = None
) -> str:
    """Enrol a wallboard for a ward and return the token of its link (shown once)."""
    token = token or sessions.new_token()
    digest = sessions.digest(token)
    device = Device(id=new_id(), label=said(label), token_hash=digest, enrolled_at=work.now)
    work.add(device, _MANAGE)
    await work.flush()
    await grant(work, device, Role.WALL, branch_id, ward_id=ward_id)
    await screens.told(work)
    return token


async def call_device(work: Work, device_id: UUID, label: str, *, seen: int) -> Device:
    """Say where a wallboard or a tablet hangs or lies now."""
    device = await work.access(Device, device_id, _MANAGE, lock=True, seen=seen)
    device.label = said(label)
    await screens.told(work)
    return device


def said(label: str) -> str:
    """Return what a screen is called, or ask for it."""
    label = " ".join(label.split())[:LONGEST_LABEL]
    if not label or not label.isprintable():
        raise Invalid({"label": "Say where the screen hangs, as Corridor."})
    return label


async def take_down(work: Work, device_id: UUID) -> Device:
    """End a wallboard: its link opens nothing more, and its screen goes blank within a second."""
    device = await work.access(Device, device_id, _MANAGE, lock=True)
    device.revoked_at = device.revoked_at or work.now
    work.record(RightsChanged(device_id))
    await screens.told(work)
    return device


async def stay(work: Work, session_id: UUID) -> None:
    """Note real input: the session stays unlocked for its kind's time."""
    session = await work.access(Session, session_id, _OWN, lock=True)
    session.idle_until = work.now + sessions.IDLE[session.kind]
