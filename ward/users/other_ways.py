"""Other ways: passkeys and linked accounts let in without a password, whoever changes that."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from ward.errors import Invalid
from ward.security.factors import OutsideIdentity, Passkey
from ward.work import Work

ASK = "Say whether passkeys and linked accounts go on letting this person in."


class Others(StrEnum):
    """What becomes of them when a password is changed."""

    KEEP = "keep"
    END = "end"


async def settle(work: Work, user_id: UUID, said: Others | None, may: Permission) -> None:
    """End the other ways in, or keep them, as was said; whoever has some is asked."""
    keys = select(Passkey).where(Passkey.user_id == user_id, Passkey.ended_at.is_(None))
    links = select(OutsideIdentity).where(
        OutsideIdentity.user_id == user_id, OutsideIdentity.ended_at.is_(None)
    )
    found: list[Passkey | OutsideIdentity] = [
        *await work.every(keys, may),
        *await work.every(links, may),
    ]
    if found and said is None:
        raise Invalid({"others": ASK})
    for one in found if said is Others.END else ():
        one.ended_at = work.now
    await work.flush()
