"""Passkeys: made, used and taken away by the person whose they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from ward.db import new_id
from ward.errors import Invalid, SignedOut, explain
from ward.security import passkeys
from ward.security.factors import Attempt, Passkey, Purpose
from ward.security.passkeys import Party
from ward.users import attempts
from ward.work import Work

LONGEST = 60
_OWN = Permission.USE_ACCOUNT

explain("uq_passkey_credential_id", "This passkey is known already.")


@dataclass(frozen=True, slots=True)
class Kept:
    """One passkey, as its person reads of it."""

    id: UUID
    label: str
    made_at: datetime
    used_at: datetime | None


async def mine(work: Work, user_id: UUID) -> list[Kept]:
    """List a person's passkeys, oldest first."""
    rows = await _standing(work, user_id)
    labels = await work.open(rows, Passkey.label)
    return [Kept(row.id, labels[row.id], row.made_at, row.used_at) for row in rows]


async def _standing(work: Work, user_id: UUID) -> Sequence[Passkey]:
    theirs = select(Passkey).where(Passkey.user_id == user_id, Passkey.ended_at.is_(None))
    return await work.every(theirs.order_by(Passkey.made_at), _OWN)


async def begin(work: Work, party: Party, user_id: UUID, names: tuple[str, str]) -> tuple[str, str]:
    """Ask a browser to make a key; return the question, and the token of this step."""
    attempt, token = await attempts.begin(work, Purpose.REGISTER, user_id=user_id)
    has = [row.credential_id for row in await _standing(work, user_id)]
    return passkeys.to_register(party, attempt.challenge, user_id, names, has), token


async def keep(work: Work, party: Party, token: str, credential: Any, label: str) -> Passkey:
    """Keep the public half of a key that was made."""
    label = " ".join(label.split())[:LONGEST]
    if not label:
        raise Invalid({"label": "Give the passkey a name, as Phone."})
    attempt = await attempts.waiting(work, token, Purpose.REGISTER)
    if attempt.user_id != work.actor.id:
        raise SignedOut(attempts.LATE)
    await attempts.spend(work, attempt)
    made = passkeys.registered(party, attempt.challenge, credential)
    row = Passkey(
        id=new_id(),
        user_id=attempt.user_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        made_at=work.now,
    )
    await work.seal(row, label=label)
    work.add(row, _OWN)
    await work.flush()
    return row


async def question(work: Work, party: Party, user_id: UUID | None = None) -> tuple[str, str]:
    """Ask a browser to sign; return the question, and the token of this step."""
    attempt, token = await attempts.begin(work, Purpose.PASSKEY, user_id=user_id)
    return await asked(work, party, attempt), token


async def asked(work: Work, party: Party, attempt: Attempt) -> str:
    """Put the question of a step: to anybody, or to the one whose step it is."""
    keys = await _standing(work, attempt.user_id) if attempt.user_id else []
    return passkeys.to_sign(party, attempt.challenge, [row.credential_id for row in keys])


async def check(work: Work, party: Party, attempt: Attempt, credential: Any) -> UUID:
    """Check who signed, and go on from the step; a signature counts once."""
    named = select(Passkey).where(
        Passkey.credential_id == passkeys.name_of(credential), Passkey.ended_at.is_(None)
    )
    found = await work.every(named.with_for_update(of=Passkey), _OWN)
    if not found or attempt.user_id not in {None, found[0].user_id}:
        raise SignedOut(passkeys.REFUSED)
    row = found[0]
    done = passkeys.signed(party, attempt.challenge, credential, row.public_key, row.sign_count)
    await attempts.spend(work, attempt)
    row.sign_count, row.used_at = done.new_sign_count, work.now
    return row.user_id


async def end(work: Work, passkey_id: UUID) -> None:
    """Take a passkey away; it opens nothing more."""
    row = await work.access(Passkey, passkey_id, _OWN, lock=True)
    row.ended_at = row.ended_at or work.now
