"""Joining: reception gives a code, the patient makes an account with it; and how one ends."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from domain import join_codes
from domain.access import Permission, Role
from domain.errors import NotAllowed
from ward.db import new_id
from ward.errors import Invalid
from ward.patients.models import Life, Patient, PatientAccount
from ward.patients.person import Person
from ward.portal.models import JoinCode
from ward.security.actors import Actor, System
from ward.security.models import User
from ward.security.sessions import digest
from ward.users import factors, service
from ward.work import Work

MAY = Permission.INVITE_PATIENT
ENDING = System("job:portal-end", frozenset({Permission.MANAGE_USERS}))


class Problem(StrEnum):
    """Why a code opens nothing."""

    UNKNOWN = "This code is not good, or no longer. Ask at reception for a new one."
    BORN = "The code and the birth date do not belong together. Check both."


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """What somebody entered to join."""

    code: str
    born: date
    username: str
    password: str


async def account_of(work: Work, patient_id: UUID) -> PatientAccount | None:
    """Find the account that stands for a patient."""
    standing = select(PatientAccount).where(
        PatientAccount.patient_id == patient_id, PatientAccount.ended_at.is_(None)
    )
    found = await work.every(standing.order_by(PatientAccount.since), MAY)
    return found[0] if found else None


async def code_of(work: Work, patient_id: UUID) -> JoinCode | None:
    """Find the code that a patient was given and has not used."""
    found = await _standing(work, patient_id)
    return next((one for one in found if one.until > work.now), None)


async def _standing(work: Work, patient_id: UUID) -> list[JoinCode]:
    standing = select(JoinCode).where(
        JoinCode.patient_id == patient_id,
        JoinCode.used_at.is_(None),
        JoinCode.revoked_at.is_(None),
    )
    return await work.every(standing, MAY)


async def invite(work: Work, patient_id: UUID) -> tuple[str, JoinCode]:
    """Make a code for a patient; it is shown this once, and an earlier one is void."""
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    if patient.life is Life.DEAD:
        raise NotAllowed("This patient has died. No account is opened.", "join.dead")
    person = (await work.open([patient], Patient.identity))[patient.id]
    if person.born is None or not person.born.exact:
        raise NotAllowed(
            "The birth date is not known to the day. Record it first: the patient is asked for it.",
            "join.born",
        )
    if not isinstance(work.actor, Actor):
        raise NotAllowed("Only a person can give a patient a code.", "join.person")
    for earlier in await _standing(work, patient_id):
        earlier.revoked_at = work.now
    await work.flush()
    code = join_codes.new()
    row = JoinCode(
        id=new_id(),
        patient_id=patient_id,
        branch_id=work.actor.branch_id,
        code_hash=digest(code),
        made_at=work.now,
        made_by=work.actor.id,
        until=work.now + join_codes.GOOD_FOR,
    )
    work.add(row, MAY)
    return code, row


async def join(work: Work, said: Said) -> User | Problem:
    """Make an account for who has the code and knows the birth date; say what is wrong otherwise.

    Who has an account already gives it another password, and sets up a second factor anew: that is
    how a lost one is replaced. The desk has checked who they are.
    A wrong birth date is counted, so the work must be finished and not given up.
    """
    code = join_codes.read(said.code)
    row = await _by_code(work, code) if code else None
    if row is None or row.used_at or row.revoked_at or row.until <= work.now:
        return Problem.UNKNOWN
    patient = await work.access(Patient, row.patient_id, MAY, lock="share")
    person = (await work.open([patient], Patient.identity))[patient.id]
    if person.born is None or person.born.on != said.born:
        row.tries += 1
        if row.tries >= join_codes.TRIES:
            row.revoked_at = work.now
        return Problem.BORN
    row.used_at = work.now
    known = await account_of(work, patient.id)
    if known is not None:
        await factors.take_away(work, known.user_id)
        return await service.change_password(work, known.user_id, said.password, chosen=True)
    if await work.every(
        select(User).where(User.username == said.username), Permission.MANAGE_USERS
    ):
        raise Invalid({"username": "There is somebody with this user name already."})
    user = await service.enrol(work, said.username, _called(person), said.password, chosen=True)
    await service.grant(work, user, Role.PATIENT, row.branch_id)
    account = PatientAccount(id=new_id(), user_id=user.id, patient_id=patient.id, since=work.now)
    work.add(account, MAY)
    await work.flush()
    return user


def _called(person: Person) -> str:
    return f"{person.name.given} {person.name.family}".strip() or "Patient"


async def _by_code(work: Work, code: str) -> JoinCode | None:
    called = select(JoinCode).where(JoinCode.code_hash == digest(code))
    found = await work.every(called.with_for_update(of=JoinCode), MAY)
    return found[0] if found else None


async def end(work: Work, patient_id: UUID) -> None:
    """End a patient's account: they are signed out at once, and their feeds lead nowhere."""
    await work.access(Patient, patient_id, MAY, lock="share")
    for code in await _standing(work, patient_id):
        code.revoked_at = work.now
    account = await account_of(work, patient_id)
    if account is None:
        raise NotAllowed("This patient has no account.", "join.none")
    account.ended_at = work.now
    await service.disable(work.also(ENDING, "portal.end_account"), account.user_id)
