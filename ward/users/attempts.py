"""Attempts: a step of signing in that waits for the next one, known by a cookie, good for once."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.access import Permission
from ward.crypto import SubjectKey
from ward.db import new_id
from ward.errors import SignedOut
from ward.security.factors import Attempt, Draft, Purpose, SpentToken
from ward.security.sessions import digest, new_token
from ward.tidy import forgets
from ward.work import Work

HOLDS = timedelta(minutes=5)
KEPT_FOR = timedelta(days=1)
CHALLENGE = 32  # bytes; WebAuthn asks for at least 16 (section 13.4.3)
LATE = "This took too long, or was done already. Sign in again."
_OWN = Permission.USE_ACCOUNT


async def begin(
    work: Work,
    purpose: Purpose,
    *,
    user_id: UUID | None = None,
    onward: str | None = None,
    data: dict[str, Any] | None = None,
) -> tuple[Attempt, str]:
    """Open a step; return it, and the token that its cookie carries."""
    token = new_token()
    attempt = Attempt(
        id=new_id(),
        token_hash=digest(token),
        purpose=purpose,
        user_id=user_id,
        challenge=secrets.token_bytes(CHALLENGE),
        onward=onward,
        until=work.now + HOLDS,
    )
    if data is not None:
        await work.seal(attempt, data=data)
    work.add(attempt, _OWN)
    return attempt, token


async def waiting(work: Work, token: str, purpose: Purpose) -> Attempt:
    """Find the step that waits, or say that it is over."""
    found = await work.every(
        select(Attempt).where(
            Attempt.token_hash == digest(token),
            Attempt.purpose == purpose,
            Attempt.spent_at.is_(None),
            Attempt.until > work.now,
        ),
        _OWN,
    )
    if not found:
        raise SignedOut(LATE)
    return found[0]


async def spend(work: Work, attempt: Attempt) -> None:
    """Go on from a step; whoever comes second with it is refused."""
    done = await (await work.connection()).execute(
        update(Attempt)
        .where(Attempt.id == attempt.id, Attempt.spent_at.is_(None))
        .values(spent_at=work.now)
    )
    if done.rowcount != 1:
        raise SignedOut(LATE)


@forgets
async def forget(connection: AsyncConnection, now: datetime) -> int:
    """Drop steps of yesterday with their keys, drafts nobody came back to, tokens run out."""
    old = select(Attempt.id).where(Attempt.until < now - KEPT_FOR)
    await connection.execute(delete(SubjectKey).where(SubjectKey.subject_id.in_(old)))
    rows = 0
    for table, over in (
        (Attempt, Attempt.until < now - KEPT_FOR),
        (Draft, Draft.until < now),
        (SpentToken, SpentToken.until < now),
    ):
        rows += (await connection.execute(delete(table).where(over))).rowcount
    return rows
