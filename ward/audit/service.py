"""Commands: have the trail verified, stop that, and judge what looked odd."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.errors import NotAllowed
from ward.audit.models import AuditRun, AuditSignal, Honeytoken, RunState, SignalState, Watch
from ward.audit.running import NEWEST, stale
from ward.patients.models import Patient
from ward.work import Work

_VERIFY = Permission.VERIFY_TRAIL
LONGEST = 2_000


async def begin_verification(work: Work) -> AuditRun:
    """Write down that the trail is verified from now on; the caller sets it going."""
    last = await work.every(NEWEST, _VERIFY)
    if last and last[0].state is RunState.RUNNING and not stale(last[0], work.now):
        raise NotAllowed("The trail is being verified already.")
    run = AuditRun(
        state=RunState.RUNNING, began_at=work.now, began_by=work.actor.id, seen_at=work.now
    )
    work.add(run, _VERIFY)
    return run


async def stop_verification(work: Work, run_id: UUID) -> AuditRun:
    """Stop it; what it found so far is forgotten."""
    run = await work.access(AuditRun, run_id, _VERIFY, lock=True)
    if run.state is RunState.RUNNING:
        run.state = RunState.STOPPED
    return run


async def judge(
    work: Work, signal_id: UUID, state: SignalState, reason: str, *, seen: int | None
) -> AuditSignal:
    """Close a signal: it was fine, or it is a concern; in either case with a reason."""
    signal = await work.access(
        AuditSignal, signal_id, Permission.JUDGE_SIGNALS, lock=True, seen=seen
    )
    if signal.state is not SignalState.OPEN:
        raise NotAllowed("This was decided already.")
    if signal.actor_id == work.actor.id:
        raise NotAllowed("This is about you. Somebody else decides it.")
    if state is SignalState.OPEN:
        raise NotAllowed("Say whether it was fine or a concern.")
    signal.state, signal.decided_by, signal.decided_at = state, work.actor.id, work.now
    await work.seal(signal, reason=reason[:LONGEST])
    return signal


async def set_honeytoken(work: Work, patient_id: UUID, watch: Watch = Watch.NOBODY) -> None:
    """Have it told when anybody opens this record: at once where it is an invented patient's."""
    await work.access(Patient, patient_id, Permission.VIEW_PATIENT)
    known = await work.every(
        select(Honeytoken).where(Honeytoken.patient_id == patient_id), Permission.JUDGE_SIGNALS
    )
    if known:
        known[0].ended_at, known[0].set_at, known[0].set_by = None, work.now, work.actor.id
        known[0].watch = watch
        return
    row = Honeytoken(patient_id=patient_id, watch=watch, set_at=work.now, set_by=work.actor.id)
    work.add(row, Permission.JUDGE_SIGNALS)


async def end_honeytoken(work: Work, token_id: UUID, *, seen: int | None) -> None:
    """Make it a record like any other again."""
    row = await work.access(Honeytoken, token_id, Permission.JUDGE_SIGNALS, lock=True, seen=seen)
    row.ended_at = work.now
