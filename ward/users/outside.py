"""Outside: people whom the hospital's identity provider vouches for; roles stay our own."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.access import Permission
from ward.db import new_id
from ward.errors import SignedOut, explain
from ward.security.factors import OutsideIdentity, Purpose, SpentToken
from ward.security.models import Session
from ward.security.outside import REFUSED, Goodbye, Told
from ward.security.sessions import Entry, digest
from ward.users import attempts, doors, factors
from ward.users.doors import Entered, Owed
from ward.users.events import RightsChanged
from ward.work import Work

UNKNOWN = (
    "Nobody here is linked to that account. Sign in with your password once, and link it under"
    " Account, Signing in."
)
KEPT_FOR = timedelta(hours=1)  # longer than a logout token counts
_OWN = Permission.USE_ACCOUNT

explain("uq_outside_identity_standing", "That account is linked to somebody already.")


def _hash(work: Work, what: str, issuer: str, name: str) -> bytes:
    return work.node.vault.hash(f"outside.{what}", f"{issuer}\n{name}")


def _session_of(work: Work, told: Told | Goodbye) -> bytes:
    """Name the provider's session; one that has none is its subject's."""
    if told.session is not None:
        return _hash(work, "session", told.issuer, told.session)
    return _hash(work, "subject-session", told.issuer, told.subject or "")


async def link(work: Work, user_id: UUID, told: Told) -> None:
    """Let a person come in by this account from now on."""
    subject = _hash(work, "subject", told.issuer, told.subject)
    standing = await _identity(work, told.issuer, subject)
    if standing is not None and standing.user_id == user_id:
        return
    row = OutsideIdentity(
        user_id=user_id, issuer=told.issuer, subject_hash=subject, linked_at=work.now
    )
    work.add(row, _OWN)
    await work.flush()


async def unlink(work: Work, user_id: UUID) -> None:
    """Let a person come in by no outside account any more."""
    mine = select(OutsideIdentity).where(
        OutsideIdentity.user_id == user_id, OutsideIdentity.ended_at.is_(None)
    )
    for one in await work.every(mine, _OWN):
        one.ended_at = work.now


async def linked(work: Work, user_id: UUID, may: Permission = _OWN) -> bool:
    """Say whether a person can come in by an outside account."""
    mine = select(OutsideIdentity).where(
        OutsideIdentity.user_id == user_id, OutsideIdentity.ended_at.is_(None)
    )
    return bool(await work.every(mine, may))


async def _identity(work: Work, issuer: str, subject: bytes) -> OutsideIdentity | None:
    known = select(OutsideIdentity).where(
        OutsideIdentity.issuer == issuer,
        OutsideIdentity.subject_hash == subject,
        OutsideIdentity.ended_at.is_(None),
    )
    found = await work.every(known, _OWN)
    return found[0] if found else None


async def come_in(work: Work, told: Told, entry: Entry, onward: str | None) -> Entered | Owed:
    """Let in whom the provider vouches for, under the role that stands here.

    Where the role takes a second factor and the provider does not say that it asked for one,
    ours is asked for; who has none sets one up before anything else.
    """
    identity = await _identity(work, told.issuer, _hash(work, "subject", told.issuer, told.subject))
    if identity is None:
        raise SignedOut(UNKNOWN)
    user = await doors.who(work, identity.user_id)
    grant = await doors.grant_of(work, user.id)
    session = _session_of(work, told)
    if told.twice or not await factors.demanded(work, grant.role):
        return await doors.admit(work, user, grant, replace(entry, outside=session))
    if (await factors.factors_of(work, user.id)).any:
        kept = {"amr": entry.amr, "outside": session.hex()}
        _, token = await attempts.begin(
            work, Purpose.SECOND, user_id=user.id, onward=onward, data=kept
        )
        return Owed(token)
    return await doors.admit(work, user, grant, replace(entry, outside=session, owes=True))


async def leave(work: Work, told: Goodbye) -> None:
    """End the sessions that the provider says are over; the same token is heeded once."""
    once = insert(SpentToken).values(
        id=new_id(), version=1, token_hash=digest(told.name), until=work.now + KEPT_FOR
    )
    connection = await work.connection()
    if (await connection.execute(once.on_conflict_do_nothing())).rowcount != 1:
        raise SignedOut(REFUSED)
    over = select(Session).where(Session.ended_at.is_(None), Session.outside.is_not(None))
    if told.session is not None:
        over = over.where(Session.outside == _session_of(work, told))
    else:
        subject = _hash(work, "subject", told.issuer, told.subject or "")
        identity = await _identity(work, told.issuer, subject)
        if identity is None:
            return
        over = over.where(Session.user_id == identity.user_id)
    for session in await work.every(over.with_for_update(of=Session), _OWN):
        session.ended_at = work.now
        work.record(RightsChanged(session.user_id))
