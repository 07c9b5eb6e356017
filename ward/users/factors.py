"""Factors: what a person proves themselves with beyond a password, set up and used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update

from domain.access import Permission, Role
from domain.errors import NotAllowed
from ward.config import Env
from ward.db import Model, new_id
from ward.errors import Invalid, SignedOut
from ward.security.factors import Passkey, RecoveryCode, RoleRule, Totp
from ward.security.models import Grant, Session, User
from ward.security.totp import hash_code, new_codes, new_secret, step_of
from ward.work import Work

LAST = "Your role needs a second factor. Set up another one first, then take this one away."
WRONG = "This code is not right, or was used already."
_OWN = Permission.USE_ACCOUNT
STRICT = frozenset({Role.ADMIN, Role.PRIVACY, Role.DOCTOR, Role.PHARMACIST})
"""Roles that a production asks a second factor of until an administrator says otherwise."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has set up."""

    app_since: datetime | None
    codes: int  # recovery codes that were not used yet
    passkeys: int

    @property
    def any(self) -> bool:
        """Say whether a second factor is asked at sign-in; recovery codes alone are none."""
        return self.app_since is not None or self.passkeys > 0


async def factors_of(work: Work, user_id: UUID) -> Factors:
    """Tell what a person has set up."""
    app = await _standing(work, user_id)
    connection = await work.connection()
    return Factors(
        app_since=app.confirmed_at if app else None,
        codes=await connection.scalar(_count(_unspent(user_id))) or 0,
        passkeys=await connection.scalar(
            _count((Passkey.user_id == user_id) & Passkey.ended_at.is_(None))
        )
        or 0,
    )


def _count(which: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).where(which)


def _unspent(user_id: UUID) -> ColumnElement[bool]:
    return (RecoveryCode.user_id == user_id) & RecoveryCode.spent_at.is_(None)


async def _standing(work: Work, user_id: UUID) -> Totp | None:
    mine = select(Totp).where(
        Totp.user_id == user_id, Totp.confirmed_at.is_not(None), Totp.ended_at.is_(None)
    )
    found = await work.every(mine, _OWN)
    return found[0] if found else None


# -- the app on a phone --------------------------------------------------------------


async def begin_app(work: Work, user_id: UUID) -> tuple[UUID, str]:
    """Make a secret for a phone; it counts once a code of it was entered."""
    begun = (Totp.user_id == user_id) & Totp.confirmed_at.is_(None) & Totp.ended_at.is_(None)
    await _set(work, Totp, begun, ended_at=work.now)
    row, secret = Totp(id=new_id(), user_id=user_id, made_at=work.now), new_secret()
    await work.seal(row, secret=secret)
    work.add(row, _OWN)
    return row.id, secret


async def pending_app(work: Work, totp_id: UUID) -> tuple[Totp, str]:
    """Give the secret that a phone is being told, until it is confirmed."""
    row = await work.access(Totp, totp_id, _OWN)
    if row.confirmed_at is not None or row.ended_at is not None:
        raise Invalid({"code": "This was set up already. Begin again."})
    return row, (await work.open([row], Totp.secret))[row.id]


async def confirm_app(work: Work, totp_id: UUID, code: str) -> list[str]:
    """Take the app into use, in place of an earlier one; return fresh recovery codes."""
    row, secret = await pending_app(work, totp_id)
    step = step_of(secret, plain(code), work.now)
    if step is None:
        raise Invalid({"code": WRONG})
    await end_app(work, row.user_id)
    row.confirmed_at, row.last_step = work.now, step
    return await renew_codes(work, row.user_id)


async def end_app(work: Work, user_id: UUID) -> None:
    """Take the app out of use."""
    earlier = await _standing(work, user_id)
    if earlier is not None:
        earlier.ended_at = work.now
        await work.flush()


async def keep_one(work: Work, user_id: UUID) -> None:
    """Refuse to go on when the last factor has just gone that a role of this person takes."""
    await work.access(User, user_id, _OWN, lock=True)  # two factors are not taken away at once
    mine = select(Grant).where(Grant.user_id == user_id, Grant.revoked_at.is_(None))
    roles = {
        grant.role
        for grant in await work.every(mine, _OWN)
        if grant.until is None or grant.until > work.now
    }
    needed = await rules(work)
    if any(needed[role] for role in roles) and not (await factors_of(work, user_id)).any:
        raise NotAllowed(LAST, "users.last-factor")


async def renew_codes(work: Work, user_id: UUID) -> list[str]:
    """Give a person new recovery codes; the old ones open nothing more."""
    await _set(work, RecoveryCode, _unspent(user_id), spent_at=work.now)
    codes = new_codes()
    for code in codes:
        hashed = hash_code(work.node.vault, user_id, code)
        work.add(RecoveryCode(user_id=user_id, code_hash=hashed, made_at=work.now), _OWN)
    return codes


async def take_away(work: Work, user_id: UUID) -> None:
    """Forget a person's second factors: the phone was lost, and they set up another."""
    await _set(work, Totp, (Totp.user_id == user_id) & Totp.ended_at.is_(None), ended_at=work.now)
    theirs = (Passkey.user_id == user_id) & Passkey.ended_at.is_(None)
    await _set(work, Passkey, theirs, ended_at=work.now)
    await _set(work, RecoveryCode, _unspent(user_id), spent_at=work.now)


# -- proving ---------------------------------------------------------------------------


def plain(code: str) -> str:
    """Read a code as people type it: with spaces, in capitals."""
    return code.replace(" ", "").strip().lower()[:40]


async def prove(work: Work, user_id: UUID, code: str) -> str:
    """Use a code of the app, or a recovery code, once: how it was proved, or a refusal."""
    code, app = plain(code), await _standing(work, user_id)
    if app is not None:
        secret = (await work.open([app], Totp.secret))[app.id]
        step = step_of(secret, code, work.now)
        if step is not None:
            later = (Totp.id == app.id) & (Totp.last_step < step)
            if await _set(work, Totp, later, last_step=step):
                return "otp"
            raise SignedOut(WRONG)
    hashed = hash_code(work.node.vault, user_id, code)
    mine = _unspent(user_id) & (RecoveryCode.code_hash == hashed)
    if await _set(work, RecoveryCode, mine, spent_at=work.now):
        return "rcv"
    raise SignedOut(WRONG)


async def _set(work: Work, kind: type[Model], which: ColumnElement[bool], **values: object) -> int:
    """Change rows where they stand as asked: of many who try at once, one finds them so."""
    change = update(kind).where(which).values(version=kind.version + 1, **values)
    return (await (await work.connection()).execute(change)).rowcount


# -- what roles need -------------------------------------------------------------------


async def demanded(work: Work, role: Role) -> bool:
    """Say whether signing in as this role takes a second factor."""
    return (await rules(work))[role]


async def missing(work: Work, user_id: UUID, role: Role) -> bool:
    """Say whether the role takes a second factor, and the person has none."""
    return await demanded(work, role) and not (await factors_of(work, user_id)).any


async def rules(work: Work) -> dict[Role, bool]:
    """Tell which roles need a second factor: as set, or as this installation begins."""
    strict = STRICT if work.node.settings.env is Env.PRODUCTION else frozenset[Role]()
    said: Sequence[RoleRule] = await work.every(select(RoleRule), _OWN)
    told = {one.role: one.second_factor for one in said}
    return {role: told.get(role, role in strict) for role in Role}


async def set_rule(work: Work, role: Role, *, second_factor: bool) -> None:
    """Ask a second factor of everybody in a role, from their next sign-in on; or no longer."""
    found = await work.every(select(RoleRule).where(RoleRule.role == role), Permission.MANAGE_USERS)
    rule = found[0] if found else RoleRule(role=role)
    rule.second_factor, rule.set_at, rule.set_by = second_factor, work.now, work.actor.id
    if not found:
        work.add(rule, Permission.MANAGE_USERS)


async def owe_nothing(work: Work) -> None:
    """Note that who is signed in has now set up what their role asks for."""
    assert work.actor.session_id is not None
    mine = Session.id == work.actor.session_id
    await _set(work, Session, mine, owes=False, proved_at=work.now)
