"""Pumps: infusions that were ordered are started, and taken off when they have run in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from domain.doses import Status
from domain.orders import STANDING, OrderKind, RequestStatus
from ward.dev.simulator.dosing import EYES, SEE, Here
from ward.dev.simulator.hands import Act
from ward.dev.simulator.pace import Pace
from ward.medications import infuse
from ward.medications.line import Line, selected
from ward.medications.models import (
    MedicationAdministration,
    MedicationRequest,
    ScheduledDose,
)
from ward.medications.said import GivenSaid
from ward.node import Node
from ward.work import Work, work_watching

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Next:
    """What is to be done at a pump."""

    key: UUID
    code: str
    do: Act


async def next_act(node: Node, here: Mapping[UUID, Here], pace: Pace) -> Next | None:
    """Say what somebody should do at a pump now, if anything."""
    async with work_watching(node, "simulator.pumps", EYES) as work:
        ours = select(MedicationRequest).where(
            MedicationRequest.patient_id.in_(here), MedicationRequest.kind == OrderKind.INFUSION
        )
        lines = {one.request.id: one for one in await selected(work, ours, SEE)}
        runs = select(MedicationAdministration).where(
            MedicationAdministration.request_id.in_(lines),
            MedicationAdministration.status == Status.RUNNING,
            MedicationAdministration.voided_at.is_(None),
        )
        for run in await work.every(runs, SEE):
            line = lines[run.request_id]
            if line.request.status not in STANDING:
                return _off(run, line)
            if work.now - run.occurred_at >= _lasts(line) / pace.speed:
                return _complete(run, line)
        waiting = select(ScheduledDose).where(
            ScheduledDose.request_id.in_(
                [key for key, one in lines.items() if one.request.status is RequestStatus.ACTIVE]
            ),
            ScheduledDose.status == Status.PLANNED,
            ScheduledDose.due_at <= work.now,
            ScheduledDose.closes_at > work.now,
        )
        for dose in await work.every(waiting, SEE):
            if lines[dose.request_id].request.verified_at is not None:
                return _start(dose, lines[dose.request_id])
    return None


def _lasts(line: Line) -> timedelta:
    infused = line.detail.infusion
    assert infused is not None
    return _HOUR * float(infused.volume_ml / infused.rate)


def _start(dose: ScheduledDose, line: Line) -> Next:
    async def act(work: Work) -> None:
        await infuse.start(work, dose.id, GivenSaid(), revision=line.request.revision)

    return Next(dose.id, "start_infusion", act)


def _complete(run: MedicationAdministration, line: Line) -> Next:
    infused = line.detail.infusion
    assert infused is not None

    async def act(work: Work) -> None:
        await infuse.complete(work, run.id, infused.volume_ml)

    return Next(run.id, "complete_infusion", act)


def _off(run: MedicationAdministration, line: Line) -> Next:
    """Stop a pump whose order has ended."""
    infused = line.detail.infusion
    assert infused is not None

    async def act(work: Work) -> None:
        hours = (work.now - run.occurred_at) / _HOUR
        ran = min(infused.volume_ml, infused.rate * round(hours))
        await infuse.stop_pump(work, run.id, "The order has ended", ran)

    return Next(run.id, "stop_pump", act)
