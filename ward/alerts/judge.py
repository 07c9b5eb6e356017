"""Judge: what a set of observations, or the want of one, is to the alerts of its patient."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import Permission
from domain.alerts import NEWS, Cause, Outcome, cause_of, holds
from domain.monitoring import TREND, Scored, risen
from ward.alerts.calling import changed
from ward.alerts.ending import settle, withdraw
from ward.alerts.history import note
from ward.alerts.models import Alert, Happening
from ward.alerts.sound import MAY, sound, standing
from ward.patients.models import Patient
from ward.places.models import Branch, Ward
from ward.vitals.queries import SetView, bedside, between, last_of, set_of
from ward.work import Work

OF_A_SCORE = (*NEWS, Cause.NOT_RECORDABLE)
FAR = timedelta(days=14)  # how far back the last complete set is looked for
_PLACES = Permission.VIEW_BEDS


async def judge(work: Work, patient_id: UUID, set_id: UUID, *, told: int | None = None) -> None:
    """Sound what is new in a set; `told`: what was told of it before it was corrected."""
    now = await set_of(work, set_id)
    if not now.counts:
        return
    earlier = await _earlier(work, patient_id, now)
    reasons = risen(
        [Scored(one.taken_at, one.result) for one in earlier], Scored(now.taken_at, now.result)
    )
    cause = cause_of(reasons, now.urgency)
    if cause is None or await _better_since(work, patient_id, now):
        return
    what = " ".join(reason.sentence for reason in reasons)
    worse = told is None or now.at_least > told
    await sound(work, patient_id, cause, what, source_id=set_id, worse=worse)


async def _earlier(work: Work, patient_id: UUID, now: SetView) -> Sequence[SetView]:
    """Read the last day, and further back when no complete set lies in it."""
    found: list[SetView] = []
    for back in (TREND, FAR):
        sets = await between(work, patient_id, now.taken_at - back, now.taken_at)
        found = [one for one in sets if one.counts and one.id != now.id]
        if any(one.total is not None for one in found):
            break
    return found


async def _better_since(work: Work, patient_id: UUID, now: SetView) -> bool:
    """Say whether a later set, charted before this one was judged, is calmer."""
    last = (await last_of(work, [patient_id])).get(patient_id)
    if last is None or last.set_id == now.id or last.taken_at <= now.taken_at:
        return False
    return last.result.complete and last.result.at_least < now.at_least


async def judge_again(work: Work, patient_id: UUID, wrong_id: UUID, set_id: UUID | None) -> None:
    """Withdraw what a wrong set raised, unless what is true now gives the same reason."""
    wrong = await set_of(work, wrong_id)
    last = (await last_of(work, [patient_id])).get(patient_id)
    for alert in await standing(work, patient_id, OF_A_SCORE):
        if alert.source_id != wrong_id:
            continue
        if last is not None and holds(alert.cause, last.result):
            await _keep(work, alert, set_id, "The set that raised this was corrected.")
        elif alert.times > 1:
            await _keep(work, alert, set_id, "The last set that raised this was corrected.")
        else:
            await withdraw(work, alert, "The observations that raised this were wrong.")
            await _give_back(work, alert, patient_id)
    if set_id is not None:
        await judge(work, patient_id, set_id, told=wrong.at_least)


async def _keep(work: Work, alert: Alert, set_id: UUID | None, text: str) -> None:
    alert.source_id = set_id or alert.source_id
    await note(work, alert, Happening.MERGED, text=text)
    changed(work, alert)


async def _give_back(work: Work, withdrawn: Alert, patient_id: UUID) -> None:
    """Sound again what had been closed because the withdrawn alert was worse."""
    last = (await last_of(work, [patient_id])).get(patient_id)
    closed = select(Alert).where(
        Alert.patient_id == patient_id,
        Alert.outcome == Outcome.OVERTAKEN,
        Alert.closed_at == withdrawn.raised_at,
    )
    rows = await work.every(closed.order_by(Alert.id), MAY)
    words: dict[UUID, str] = await work.open(rows, Alert.what)
    for row in rows:
        if last is not None and holds(row.cause, last.result):
            await sound(work, patient_id, row.cause, words[row.id], source_id=row.source_id)


async def judge_lateness(work: Work, patient_id: UUID) -> None:
    """Sound that nobody has looked; close it by itself as soon as somebody has."""
    now = await bedside(work, patient_id)
    if now.overdue and now.due_at is not None and now.encounter_id is not None:
        if not await standing(work, patient_id, [Cause.OBS_OVERDUE]):
            at = now.due_at.astimezone(await _zone(work, patient_id)).strftime("%H:%M")
            what = f"Observations due {at}"
            await sound(work, patient_id, Cause.OBS_OVERDUE, what, worse=False)
        return
    for alert in await standing(work, patient_id, [Cause.OBS_OVERDUE]):
        await settle(work, alert, Outcome.DONE)


async def _zone(work: Work, patient_id: UUID) -> ZoneInfo:
    """Tell by which clock the patient's ward lives."""
    patient = await work.access(Patient, patient_id, Permission.VIEW_PATIENT)
    if patient.ward_id is None:
        return ZoneInfo("UTC")
    ward = await work.access(Ward, patient.ward_id, _PLACES)
    return ZoneInfo((await work.access(Branch, ward.branch_id, _PLACES)).zone)
