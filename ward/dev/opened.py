"""Opened: a record that one of the demo's nurses opened by break-glass, waiting for its review."""

from dataclasses import replace

from sqlalchemy import select

from domain.access import Permission
from domain.breakglass import Reason
from ward.breakglass import service
from ward.dev.demo import FOUNDER, ward_called
from ward.dev.simulator.carers import actor_of
from ward.node import Node
from ward.patients.models import Allergy, Patient
from ward.security import glass, sessions
from ward.security.actors import Actor
from ward.security.glass import BreakGlass
from ward.security.models import Grant, User
from ward.work import Work, work_as

WHO, WHERE = "nurse2", "Six West"
WHY = "Covered Six West during the arrest in bay A; had to know what she must not be given."


async def open_a_record(node: Node) -> bool:
    """Have a nurse open a record of another ward, look into it and give it back; False: it was."""
    async with work_as(node, FOUNDER, "demo.glass", reading=True) as work:
        if await work.every(select(BreakGlass).limit(1), Permission.VIEW_GLASS_CASES):
            return False
        nurse, patient = await _nurse(work), await _patient(work)
    if patient is None:
        return False
    async with work_as(node, nurse, "breakglass.open_record") as work:
        case = await service.open_record(work, patient.id, Reason.COVERING, WHY)
    async with work_as(node, await _holding(node, nurse), "patients.chart", reading=True) as work:
        await work.access(Patient, patient.id, Permission.VIEW_PATIENT)
        known = select(Allergy).where(Allergy.patient_id == patient.id)
        await work.every(known, Permission.VIEW_ALLERGIES)
    async with work_as(node, nurse, "breakglass.end_own") as work:
        await service.end_own(work, case.id)
    return True


async def _nurse(work: Work) -> Actor:
    """Let the nurse act as if signed in; the demo has no session of hers."""
    (user,) = await work.every(select(User).where(User.username == WHO), Permission.MANAGE_USERS)
    mine = select(Grant).where(Grant.user_id == user.id, Grant.revoked_at.is_(None))
    grant = (await work.every(mine, Permission.MANAGE_USERS))[0]
    return actor_of(user, grant, work.now + sessions.LONGEST)


async def _patient(work: Work) -> Patient | None:
    ward = (await ward_called(work, WHERE))[0]
    lying = select(Patient).where(Patient.ward_id == ward.id).order_by(Patient.id)
    rows = await work.every(lying.limit(1), Permission.VIEW_PATIENT)
    return rows[0] if rows else None


async def _holding(node: Node, nurse: Actor) -> Actor:
    """Know what she has open now, as the statement that reads a session does."""
    async with node.aside.connect() as connection:
        return replace(nurse, glass=await glass.of_grant(connection, nurse.grant_id))
