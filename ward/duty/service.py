"""Commands: somebody comes on duty, stays longer, goes off duty."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain import duty as rules
from domain.access import Permission, Role
from domain.duty import DutyRole
from ward.db import new_id
from ward.duty import queries
from ward.duty.errands import DutyDue, DutyLeft, DutyOver
from ward.duty.events import DutyBegan, DutyEnded, DutyProlonged
from ward.duty.give import hand_on
from ward.duty.models import Duty
from ward.errors import Forbidden
from ward.places.models import Ward
from ward.security.actors import Actor
from ward.work import Work

MAY = Permission.TAKE_DUTY
OTHERS = "Only the nurse in charge decides for others who is on duty."


async def begin(work: Work, ward_id: UUID, user_id: UUID, part: DutyRole, until: datetime) -> Duty:
    """Put somebody on duty until an instant; whoever is on duty already stays until then."""
    await _may_take(work, ward_id, user_id, part, until)
    known = queries.standing(
        Duty.user_id == user_id, Duty.ward_id == ward_id, Duty.part == part
    ).with_for_update(of=Duty)
    duty = next(iter(await work.every(known, MAY)), None)
    fact: type[DutyBegan | DutyProlonged] = DutyProlonged
    if duty is None:
        fact = DutyBegan
        duty = Duty(
            id=new_id(), user_id=user_id, ward_id=ward_id, part=part, since=work.now, until=until
        )
        work.add(duty, MAY)
        await work.flush()
    duty.until = until
    work.later(DutyOver(duty.id, until), until + rules.GRACE)
    work.record(fact(ward_id=ward_id, user_id=user_id, part=part))
    return duty


async def begin_on(
    work: Work, ward_ids: Sequence[UUID], user_id: UUID, part: DutyRole, until: datetime
) -> Duty:
    """Put somebody on duty on several wards: the first now, the others in the same breath."""
    first, *others = ward_ids
    for ward_id in others:
        await _may_take(work, ward_id, user_id, part, until)
        work.later(DutyDue(user_id, ward_id, part, until), work.now)
    return await begin(work, first, user_id, part, until)


async def end_duty(
    work: Work, duty_id: UUID, *, to: UUID | None = None, seen: int | None = None
) -> Duty:
    """Send somebody off duty; beds go to `to`, or have no nurse and say so."""
    first = await work.access(Duty, duty_id, MAY)
    await _decides(work, first.user_id, first.ward_id)
    heir = await queries.nurse_on(work, first.ward_id, to) if to else None
    for one in sorted({duty_id, *([heir.id] if heir else [])}):  # no two of these wait in a ring
        await work.access(Duty, one, MAY, lock=True, seen=seen if one == duty_id else None)
    duty = first
    if duty.ended_at is not None:
        return duty
    duty.ended_at = max(work.now, duty.since)
    await work.flush()
    if rules.has_beds(duty.part):
        await hand_on(work, duty.ward_id, duty.user_id, to)
    work.record(DutyEnded(ward_id=duty.ward_id, user_id=duty.user_id, part=duty.part))
    return duty


async def leave_all(work: Work, user_id: UUID) -> None:
    """Send somebody off duty wherever they still are, each ward in a commit of its own."""
    for duty in await work.every(queries.standing(Duty.user_id == user_id), MAY):
        work.later(DutyLeft(duty.id), work.now)


async def _may_take(
    work: Work, ward_id: UUID, user_id: UUID, part: DutyRole, until: datetime
) -> None:
    """Check who decides, and whether this person's roles on the ward include the part."""
    ward = await work.access(Ward, ward_id, MAY)
    await _decides(work, user_id, ward_id)
    roles = await queries.roles_of(work, user_id, ward)
    rules.take(part, roles, work.now, until)


async def _decides(work: Work, user_id: UUID, ward_id: UUID) -> None:
    """Let people decide for themselves, and who is in charge for everybody."""
    actor = work.actor
    if not isinstance(actor, Actor) or actor.id == user_id or actor.role is Role.CHARGE:
        return
    if actor.id not in await queries.on_duty(work, ward_id, DutyRole.IN_CHARGE):
        raise Forbidden(OTHERS)
