"""Monitors: values that a device sends count for nothing until a nurse confirms them.

A monitor sends often. Its newest set alone is shown, and what nobody has confirmed within a day
is forgotten: it never counted. The messages themselves are kept where they came in.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from domain.access import Permission
from domain.errors import NotAllowed
from domain.measured import at_chart_step
from domain.oxygen import on_oxygen
from domain.vitals import Vital
from realtime.topics import Topic
from ward import tidy
from ward.vitals import bedside
from ward.vitals.bedside import MAY, Bedside
from ward.vitals.events import MonitorReported, VitalsRecorded
from ward.vitals.models import ObservationSet, Readings, SetSource, SetState
from ward.vitals.observe import put
from ward.vitals.queries import STALE_AFTER, said_again
from ward.vitals.said import Said, checked
from ward.work import Work

KEPT_FOR = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


async def report(work: Work, patient_id: UUID, said: Said, monitor: str) -> ObservationSet:
    """Show what a monitor measured, marked as not confirmed; the score stays what it was.

    More decimals than the chart has are rounded here. The same values told again are one set.
    """
    held = await bedside.hold(work, patient_id, seen=None)
    said = _as_charted(said, held)
    known = select(ObservationSet).where(
        _of(held, monitor), ObservationSet.taken_at == said.taken_at
    )
    for row, stored in await _opened(work, known):
        if stored.values == {vital.value: value for vital, value in said.values.items()}:
            return row
    return await _show(work, held, said, monitor)


async def amend(
    work: Work, patient_id: UUID, said: Said, gone: frozenset[Vital], monitor: str
) -> ObservationSet | None:
    """Correct or take back what a monitor sent for this minute, unless a nurse has confirmed it.

    None: there was nothing (any more) to take back.
    """
    held = await bedside.hold(work, patient_id, seen=None)
    said = _as_charted(said, held)
    sent = await _at(work, held, monitor, said.taken_at)
    if any(row.state is SetState.FINAL for row, _ in sent):
        raise NotAllowed("A nurse has confirmed these values already. Look at the chart.")
    wrong = _concerned(sent, gone | said.values.keys(), said.taken_at)
    if wrong is None:
        return await _show(work, held, said, monitor) if said.values else None
    row, stored = wrong
    before = said_again(stored, row.taken_at)
    left = {vital: value for vital, value in before.values.items() if vital not in gone}
    after = {**left, **said.values}
    if after == before.values:
        return row
    told = replace(before, values=after, source=SetSource.MONITOR)
    if after:
        checked(told, now=work.now, since=held.since)  # nothing is marked if it cannot be
    row.state = SetState.REPLACED if after else SetState.WRONG
    await work.seal(
        row, reason="Corrected by the monitor" if after else "Taken back by the monitor"
    )
    await work.flush()
    if after:
        return await _show(work, held, told, monitor, replaces=row)
    work.record(MonitorReported(patient_id, held.patient.ward_id, row.id))
    return row


async def confirm(
    work: Work, set_id: UUID, said: Said | None, *, seen: int | None
) -> ObservationSet:
    """Have a monitor's values count, as they are or with what a nurse adds (consciousness)."""
    sent = await work.access(ObservationSet, set_id, MAY)
    held = await bedside.hold(work, sent.patient_id, seen=None)
    sent = await work.access(ObservationSet, set_id, MAY, lock=True, seen=seen)
    if sent.state is not SetState.UNVALIDATED:
        raise NotAllowed("These values were confirmed or rejected already. Look at the chart.")
    stored: dict[UUID, Readings] = await work.open([sent], ObservationSet.readings)
    told = said or said_again(stored[sent.id], sent.taken_at)
    sent.state = SetState.REPLACED
    await work.flush()
    told = replace(told, source=SetSource.BEDSIDE)
    made = await put(work, held, told, replaces=sent, monitor=sent.monitor)
    made.source = SetSource.MONITOR
    await bedside.settle(work, held)
    work.record(VitalsRecorded(sent.patient_id, held.patient.ward_id, made.id, made.urgency))
    return made


async def reject(work: Work, set_id: UUID, reason: str, *, seen: int | None) -> ObservationSet:
    """Say that a monitor's values are not the patient's: an artefact, a wrong lead."""
    if not reason.strip():
        raise NotAllowed("Say why the values are wrong.", "vitals.reason")
    sent = await work.access(ObservationSet, set_id, MAY)
    held = await bedside.hold(work, sent.patient_id, seen=None)
    sent = await work.access(ObservationSet, set_id, MAY, lock=True, seen=seen)
    if sent.state is not SetState.UNVALIDATED:
        raise NotAllowed("These values were confirmed or rejected already. Look at the chart.")
    sent.state = SetState.WRONG
    await work.seal(sent, reason=reason.strip())
    work.record(MonitorReported(sent.patient_id, held.patient.ward_id, sent.id))
    return sent


@tidy.forgets
async def forget(connection: AsyncConnection, now: datetime) -> int:
    """Forget what monitors sent a day ago and nobody confirmed or rejected; return how many."""
    later = aliased(ObservationSet)
    old = delete(ObservationSet).where(
        ObservationSet.state == SetState.UNVALIDATED,
        ObservationSet.source == SetSource.MONITOR,
        ObservationSet.replaces_id.is_(None),
        ObservationSet.recorded_at < now - KEPT_FOR,
        ~exists().where(later.replaces_id == ObservationSet.id),
    )
    return (await connection.execute(old)).rowcount


def _as_charted(said: Said, held: Bedside) -> Said:
    """Round to the steps of the chart, by the scale that this patient is scored with."""
    values = said.values
    oxygen = on_oxygen(values.get(Vital.O2_FLOW), values.get(Vital.FIO2), said.device)
    rounded = {
        vital: at_chart_step(vital, value, scale=held.scale.value, oxygen=oxygen)
        for vital, value in values.items()
    }
    return replace(said, values=rounded, source=SetSource.MONITOR)


async def _show(
    work: Work,
    held: Bedside,
    said: Said,
    monitor: str,
    replaces: ObservationSet | None = None,
) -> ObservationSet:
    """Add the set, and have screens say by themselves when it has become stale."""
    made = await put(
        work, held, said, replaces=replaces, monitor=monitor, state=SetState.UNVALIDATED
    )
    for screen in ("observations", "chart"):
        work.due(Topic(screen, held.patient.id), made.taken_at + STALE_AFTER)
    work.record(MonitorReported(held.patient.id, held.patient.ward_id, made.id))
    return made


Sent = tuple[ObservationSet, Readings]


def _of(held: Bedside, monitor: str) -> ColumnElement[bool]:
    return (
        (ObservationSet.patient_id == held.patient.id)
        & (ObservationSet.source == SetSource.MONITOR)
        & (ObservationSet.monitor == monitor)
    )


async def _opened(work: Work, wanted: Select[ObservationSet]) -> list[Sent]:
    rows = await work.every(wanted, Permission.VIEW_VITALS)
    opened: dict[UUID, Readings] = await work.open(rows, ObservationSet.readings)
    return [(row, opened[row.id]) for row in rows]


async def _at(work: Work, held: Bedside, monitor: str, at: datetime) -> list[Sent]:
    """List what this monitor sent for the minute, oldest first, whatever became of it."""
    minute = at.replace(second=0, microsecond=0)
    sets = select(ObservationSet).where(
        _of(held, monitor),
        ObservationSet.taken_at >= minute,
        ObservationSet.taken_at < minute + MINUTE,
    )
    return await _opened(work, sets.order_by(ObservationSet.taken_at, ObservationSet.id))


def _concerned(sent: Sequence[Sent], vitals: Collection[Vital], at: datetime) -> Sent | None:
    """Find the waiting set that holds a value of this instant: a set is dated by its newest."""
    for row, stored in sent:
        holds = any(vital.value in stored.values for vital in vitals)
        if row.state is SetState.UNVALIDATED and row.taken_at >= at and holds:
            return row, stored
    return None
