"""Doors: how people come in, lock, unlock, and prove once more who they are."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission, Role
from domain.errors import NotAllowed
from ward.errors import SignedOut
from ward.security import sessions
from ward.security.factors import Attempt, Purpose
from ward.security.models import Device, Grant, Session, User
from ward.security.passwords import verify_password
from ward.security.sessions import Entry
from ward.users import attempts, factors
from ward.users.events import RightsChanged
from ward.work import Lock, Work

OWN = Permission.USE_ACCOUNT
NO_ROLE = "You have no role here at the moment. Ask whoever gives out roles."


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody is in: the role they act under, and the token of their session."""

    user_id: UUID
    role: Role
    ward_id: UUID | None
    token: str
    owes: bool = False
    chooses: bool = False  # a password of their own, before anything else


@dataclass(frozen=True, slots=True)
class Owed:
    """The password was right; the second factor is awaited under this token."""

    token: str


async def return_or_enter(
    work: Work,
    user: User,
    entry: Entry,
    device: Device | None,
    browser: tuple[str | None, str | None],
) -> Entered | Owed:
    """Open the session that waits in this browser for who gave the password, or begin one.

    Whoever else was here is locked out, or their session ends.
    """
    token, onward = browser
    back = await reopen(work, user, token)
    if back is not None:
        return back
    came = await enter(work, user, entry, onward)
    if isinstance(came, Entered):
        await leave_behind(work, token, device)
    return came


async def enter(work: Work, user: User, entry: Entry, onward: str | None) -> Entered | Owed:
    """Let in who gave the password, or ask for the second factor that they have."""
    held = await factors.factors_of(work, user.id)
    if held.any:
        _, token = await attempts.begin(work, Purpose.SECOND, user_id=user.id, onward=onward)
        return Owed(token)
    grant = await grant_of(work, user.id)
    owes = await factors.demanded(work, grant.role)
    return await admit(work, user, grant, replace(entry, owes=owes))


async def admit(work: Work, user: User, grant: Grant, entry: Entry) -> Entered:
    """Begin a session; who has one that is locked on this device goes on with a new one."""
    session, token = sessions.begin(user, grant, entry, work.now)
    work.add(session, OWN)
    return _entered(user, grant, token, owes=entry.owes)


def _entered(user: User, grant: Grant, token: str, *, owes: bool) -> Entered:
    chooses = user.must_change_since is not None
    return Entered(user.id, grant.role, grant.ward_id, token, owes, chooses)


async def reopen(work: Work, user: User, token: str | None) -> Entered | None:
    """Open the locked session of this browser to whose it is; None where there is none.

    The password opens it. It signs for nothing where the person has a second factor.
    """
    left = await found(work, token)
    if left is None or left.user_id != user.id or not sessions.is_locked(left, work.now):
        return None
    grant = await work.access(Grant, left.grant_id, OWN)
    if not sessions.standing(grant, work.now):
        return None
    second = (await factors.factors_of(work, user.id)).any
    left.proved_at = None if second else work.now  # what was proved before the lock is over
    fresh = sessions.renew(left, work.now)
    return _entered(user, grant, fresh, owes=left.owes)


async def end_locked(work: Work, user_id: UUID, device_id: UUID) -> None:
    """End the sessions that somebody left locked on a device: a new one takes their place."""
    left = select(Session).where(
        Session.user_id == user_id, Session.device_id == device_id, Session.ended_at.is_(None)
    )
    for session in await work.every(left.with_for_update(of=Session), OWN):
        session.ended_at = work.now
        work.record(RightsChanged(user_id))


async def grant_of(work: Work, user_id: UUID) -> Grant:
    """Choose the role a person acts under: the oldest that is in force."""
    mine = select(Grant).where(Grant.user_id == user_id).order_by(Grant.since, Grant.id)
    for grant in await work.every(mine, OWN):
        if sessions.standing(grant, work.now):
            return grant
    raise SignedOut(NO_ROLE)


async def awaited(work: Work, token: str, *, lock: Lock = "share") -> tuple[Attempt, User]:
    """Find whose second factor is awaited."""
    attempt = await attempts.waiting(work, token, Purpose.SECOND)
    assert attempt.user_id is not None
    return attempt, await who(work, attempt.user_id, lock=lock)


async def who(work: Work, user_id: UUID, *, lock: Lock = "share") -> User:
    """Find a person who may come in, locked against being barred meanwhile."""
    user = await work.access(User, user_id, OWN, lock=lock)
    if user.disabled_at is not None:
        raise SignedOut("This account is closed. Ask whoever gives out roles.")
    return user


async def second(work: Work, attempt: Attempt, user: User, code: str, entry: Entry) -> Entered:
    """Let in who gave the password and then this code."""
    amr = await factors.prove(work, user.id, code)
    await attempts.spend(work, attempt)
    return await after_first(work, attempt, user, replace(entry, amr=amr))


async def after_first(work: Work, attempt: Attempt, user: User, entry: Entry) -> Entered:
    """Begin the session of who has now proved themselves twice: first by what the step keeps."""
    kept = (await work.open([attempt], Attempt.data))[attempt.id] or {}
    first, session = kept.get("amr", "pwd"), kept.get("outside")
    whole = replace(
        entry,
        amr=f"{first} {entry.amr}",
        outside=bytes.fromhex(session) if session else entry.outside,
    )
    return await admit(work, user, await grant_of(work, user.id), whole)


# -- one's own session -----------------------------------------------------------------


async def lock(work: Work, session_id: UUID) -> None:
    """Lock a session: its screens go blank, and only its person opens it again."""
    session = await work.access(Session, session_id, OWN, lock=True)
    session.locked_at = session.locked_at or work.now
    work.record(RightsChanged(session.user_id))


async def found(work: Work, token: str | None) -> Session | None:
    """Find the session this browser still carries, open or locked; None when it has ended."""
    if token is None:
        return None
    mine = select(Session).where(
        Session.token_hash == sessions.digest(token),
        Session.ended_at.is_(None),
        Session.abs_until > work.now,
    )
    standing = await work.every(mine, OWN)
    return standing[0] if standing else None


async def leave_behind(work: Work, token: str | None, device: Device | None) -> None:
    """Lock the session that somebody leaves on a shared device; elsewhere it ends."""
    left = await found(work, token)
    if left is None:
        return
    if device is not None:
        left.locked_at = left.locked_at or work.now
    else:
        left.ended_at = work.now
    work.record(RightsChanged(left.user_id))


async def prove_again(work: Work, session_id: UUID, password: str, code: str) -> str:
    """Take a fresh proof from who is signed in: the second factor they have, or the password.

    Return the new token of the session; the old one opens nothing more.
    """
    session = await work.access(Session, session_id, OWN)
    user = await work.access(User, session.user_id, OWN)
    held = await factors.factors_of(work, user.id)
    if held.any:
        amr = await factors.prove(work, user.id, code or password)
    else:
        stored = user.password_hash
        await work.give_up()
        if not await verify_password(work.node.vault, stored, password):
            raise SignedOut("The password is not right.")
        amr = "pwd"
    return await proven(work, session_id, amr)


async def proven(work: Work, session_id: UUID, amr: str) -> str:
    """Note a fresh proof, and give the session a new token."""
    session = await work.access(Session, session_id, OWN, lock=True)
    if session.ended_at is not None or session.locked_at is not None:
        raise NotAllowed("This session has ended meanwhile. Sign in again.")
    session.proved_at, session.auth_time = work.now, work.now
    session.amr = " ".join(dict.fromkeys([*session.amr.split(), amr]))
    return sessions.renew(session, work.now)
