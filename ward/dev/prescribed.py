"""Prescribed: the demo's patients have orders, and doses that were given before the demo began."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from domain import schedules, windows
from domain.access import Permission
from domain.doses import NotGiven, Status
from domain.errors import NotAllowed
from domain.orders import Act, OrderKind
from ward.adt.models import Stay
from ward.db import new_id
from ward.dev import orders
from ward.dev.demo import FOUNDER
from ward.dev.people import Member
from ward.dev.simulator.look import Marks, marks_of
from ward.medications import dose_rows, held, history, infuse, planning
from ward.medications.change import change
from ward.medications.details import GivenAmount, GivenDetail, OrderDetail
from ward.medications.dose_rows import Wanted
from ward.medications.held import Held
from ward.medications.line import Line, opened
from ward.medications.models import (
    Identified,
    MedicationAdministration,
    MedicationChange,
    MedicationRequest,
    ScheduledDose,
)
from ward.medications.prescribe import Ordered, prescribe
from ward.medications.said import GivenSaid
from ward.node import Node
from ward.patients.models import Patient
from ward.security.models import User
from ward.work import Work, work_as

BACK = timedelta(hours=48)
LEFT_OPEN = timedelta(hours=1)  # what was due since then, the simulator or a nurse may give
_UNVERIFIED = 0.12  # of all orders; these began today
_LEFT_OUT = 0.05  # of all doses
_BY_EYE = 0.1
_REASONS = (NotGiven.REFUSED, NotGiven.ABSENT, NotGiven.ASLEEP, NotGiven.NBM)
_SEE, _MAY = Permission.VIEW_MEDICATIONS, Permission.PRESCRIBE
NURSES = ("nurse", "nurse2")


@dataclass(frozen=True, slots=True)
class _Story:
    """How one dose was given, and by whom; None: a nurse who does not sign in here."""

    dice: Random
    nurse: UUID | None


async def prescribe_for_cast(node: Node) -> int:
    """Prescribe for everybody of the cast who lies in a bed and has no order; return how many."""
    marks = marks_of(node)
    async with work_as(node, FOUNDER, "demo.look") as work:
        found = await _without_orders(work, marks)
        users = await _users(work)
    return sum([await _patient(node, patient, one, users) for patient, one in found])


async def _without_orders(work: Work, marks: Marks) -> list[tuple[UUID, Member]]:
    lying = select(Stay.patient_id).where(Stay.ended_at.is_(None), Stay.voided_at.is_(None))
    treated = select(MedicationRequest.patient_id)
    wanted = select(Patient).where(
        Patient.mrn_hash.in_(marks), Patient.id.in_(lying), Patient.id.not_in(treated)
    )
    rows = await work.every(wanted.order_by(Patient.id), Permission.VIEW_PATIENT)
    return [(row.id, marks[row.mrn_hash]) for row in rows]


async def _users(work: Work) -> dict[str, UUID]:
    named = select(User).where(User.username.in_(("doctor", "pharmacist", *NURSES)))
    return {user.username: user.id for user in await work.every(named, Permission.MANAGE_USERS)}


async def _patient(node: Node, patient: UUID, one: Member, users: dict[str, UUID]) -> int:
    """Prescribe all that the rules let pass, in one commit; from the last line on, less."""
    wanted = orders.lines(one)
    while wanted:
        try:
            async with work_as(node, FOUNDER, "demo.orders") as work:
                made = await _sign(work, patient, wanted, users)
                await _past(work, patient, one, made, users)
                if one.mrn == orders.JOAN:
                    await _as_drawn(work, patient, made, users)
                return len(made)
        except NotAllowed:  # an allergy, or two that do not go together
            wanted = wanted[:-1]
    return 0


async def _sign(
    work: Work, patient: UUID, wanted: Sequence[OrderDetail], users: dict[str, UUID]
) -> list[MedicationRequest]:
    signed = [Ordered(detail=detail, starts_at=work.now) for detail in wanted]
    return await prescribe(work, patient, signed, prescriber=users["doctor"])


async def _past(
    work: Work,
    patient: UUID,
    one: Member,
    made: Sequence[MedicationRequest],
    users: dict[str, UUID],
) -> None:
    """Have orders begin in the past, verified, with what was given since; a few began just now."""
    where = await held.hold(work, patient, _MAY, lock=True)
    admitted = where.encounter.admitted_at or work.now
    for line in await opened(work, made):
        dice = Random(f"past:{one.mrn}:{line.detail.generic}")  # noqa: S311 - a story
        if dice.random() < _UNVERIFIED:
            continue
        hours = timedelta(hours=dice.uniform(0, 2))
        since = max(admitted + hours / 2, work.now - BACK - hours)
        await _verified(work, line, min(since, work.now), users)
        if line.detail.kind is OrderKind.REGULAR:
            await _given(work, where, line, dice, users)


async def _verified(work: Work, line: Line, since: datetime, users: dict[str, UUID]) -> None:
    request = line.request
    request.starts_at = request.prescribed_at = since
    acts = select(MedicationChange).where(MedicationChange.request_id == request.id)
    for row in await work.every(acts, _SEE):
        row.at, row.by, row.by_role = since, users["doctor"], "doctor"
    request.verified_at = min(since + timedelta(minutes=20), work.now)
    request.verified_by = users["pharmacist"]
    act = await history.note(work, request, Act.VERIFY, _MAY)
    act.at, act.by, act.by_role = request.verified_at, request.verified_by, "pharmacist"


async def _given(work: Work, where: Held, line: Line, dice: Random, users: dict[str, UUID]) -> None:
    """Write down the doses of the past and what was done with them."""
    coming = await planning.doses_of(work, line.request.id)
    standing = {dose.due_at for dose in coming}
    plan = planning.plan_of(line.request, line.detail, where)
    past = [one for one in schedules.doses(plan, work.now) if one.at not in standing]
    ends = [*(one.at for one in past[1:]), coming[0].due_at if coming else None]
    wanted = [Wanted(one, until) for one, until in zip(past, ends, strict=False)]
    rows = await dose_rows.put(work, where, line, wanted)
    await work.flush()
    for row in rows:
        if row.due_at < work.now - LEFT_OPEN:
            nurse = users[dice.choice(NURSES)] if where.ward.label == "Six East" else None
            await _done(work, where, line, row, _Story(dice, nurse))


async def _done(work: Work, where: Held, line: Line, dose: ScheduledDose, story: _Story) -> None:
    dice = story.dice
    late = timedelta(minutes=dice.uniform(-12, 28))
    at = min(dose.due_at + late, work.now - timedelta(minutes=2))
    left_out = dice.random() < _LEFT_OUT
    detail = line.detail
    said = GivenDetail(amount=GivenAmount(detail.dose, detail.unit), route=detail.route)
    if left_out:
        said = GivenDetail(reason=dice.choice(_REASONS))
    dose.status = Status.NOT_GIVEN if left_out else Status.GIVEN
    look = Identified.NO_CODE if dice.random() < _BY_EYE else Identified.SCANNED
    made = MedicationAdministration(
        id=new_id(),
        patient_id=dose.patient_id,
        encounter_id=where.encounter.id,
        ward_id=where.ward.id,
        request_id=dose.request_id,
        dose_id=dose.id,
        status=dose.status,
        timing=None if left_out else windows.timing(dose.due_at, at, dose.due_at - dose.opens_at),
        occurred_at=at,
        recorded_at=at,
        recorded_by=story.nurse,
        recorded_as="nurse",
        band=None if left_out else look,
        pack=None if left_out else look,
    )
    await work.seal(made, detail=said)
    work.add(made, Permission.GIVE_MEDICATION)


async def _as_drawn(
    work: Work, patient: UUID, made: Sequence[MedicationRequest], users: dict[str, UUID]
) -> None:
    """Halve the metoprolol, which a nurse has to read first, and have an infusion run."""
    for line in _named(await opened(work, made), "metoprolol"):
        detail = replace(line.detail, dose=orders.LESS)
        act = await change(work, line.request.id, detail, "Pulse 52 overnight", seen=None)
        act.by, act.by_role = users["doctor"], "doctor"
    (request,) = await _sign(work, patient, [orders.SALINE], users)
    (line,) = await opened(work, [request])
    await _verified(work, line, work.now, users)
    (dose,) = await planning.doses_of(work, request.id)
    await infuse.start(work, dose.id, GivenSaid(), revision=request.revision)


def _named(found: Sequence[Line], generic: str) -> Iterator[Line]:
    return (line for line in found if line.detail.generic == generic)
