"""Sound: an alert calls for the first time, or its cause is seen again."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from domain import alerts
from domain.access import Permission
from domain.alerts import STANDING, AlertState, Cause, Outcome, Verb
from ward.alerts.calling import call, changed, reopen
from ward.alerts.ending import settle
from ward.alerts.history import note
from ward.alerts.models import Alert, Happening
from ward.alerts.policies import policy_for
from ward.db import new_id
from ward.patients.models import Patient
from ward.work import Work

MAY = Permission.SOUND_ALERT
WORSE = "worse"


async def sound(  # noqa: PLR0913 - whose, why, in which words, and what was measured
    work: Work,
    patient_id: UUID,
    cause: Cause,
    what: str,
    *,
    source_id: UUID | None = None,
    worse: bool = True,
    ward_id: UUID | None = None,
) -> Alert | None:
    """Call for somebody; the same cause again joins the alert that stands.

    `worse`: more than what an owner has been told of, so that it calls again although somebody has
    it. Nobody is called for who lies on no ward, unless what is left there concerns `ward_id`.
    """
    patient = await work.access(Patient, patient_id, MAY, lock=True)  # one alert of a cause
    ward_id = patient.ward_id or ward_id
    if ward_id is None:
        return None
    known = await standing(work, patient_id, [cause])
    if known:
        return await _merge(work, known[0], what, source_id, worse=worse)
    for milder in await standing(work, patient_id, alerts.overtaken_by(cause)):
        await settle(work, milder, Outcome.OVERTAKEN)
    alert = await _fresh(work, patient_id, ward_id, cause)
    alert.source_id = source_id
    await work.seal(alert, what=what)
    work.add(alert, MAY)
    await note(work, alert, Happening.RAISED, text=what)
    await work.flush()
    await call(work, alert, 0)
    return alert


async def _fresh(work: Work, patient_id: UUID, ward_id: UUID, cause: Cause) -> Alert:
    """Make an alert that begins now, at the first step of its ward's policy."""
    policy = await policy_for(work, ward_id, cause)
    return Alert(
        id=new_id(),
        patient_id=patient_id,
        ward_id=ward_id,
        policy_id=policy.id,
        cause=cause,
        tier=policy.tier,
        state=AlertState.OPEN,
        raised_at=work.now,
        again_at=work.now,
        times=1,
        step=0,
        place=0,
        called=policy.steps[0][0],
        called_at=work.now,
        escalates_at=work.now,
    )


async def standing(work: Work, patient_id: UUID, causes: Iterable[Cause]) -> list[Alert]:
    """List the alerts of a patient that stand for these causes, locked."""
    wanted = select(Alert.id).where(
        Alert.patient_id == patient_id,
        Alert.cause.in_(list(causes)),
        Alert.state.in_(STANDING),
    )
    found = await work.every(select(Alert).where(Alert.id.in_(wanted)).order_by(Alert.id), MAY)
    rows = [await work.access(Alert, row.id, MAY, lock=True) for row in found]
    return [row for row in rows if row.state in STANDING]


async def _merge(
    work: Work, alert: Alert, what: str, source_id: UUID | None, *, worse: bool
) -> Alert:
    again = alerts.calls_again(alert.state, worse=worse)
    alerts.after(alert.state, Verb.MERGE)
    alert.times += 1
    alert.again_at = work.now
    alert.source_id = source_id or alert.source_id
    await work.seal(alert, what=what)
    await note(work, alert, Happening.MERGED, text=what)
    if again:
        await reopen(work, alert, WORSE, place=0)
    else:
        changed(work, alert)
    return alert
