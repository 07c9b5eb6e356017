"""Reactions: shifts end by themselves, and wards beyond the first follow."""

from domain import duty as rules
from domain.access import Permission
from ward import jobs
from ward.adt.events import MOVES, OfStay
from ward.duty import queries, service
from ward.duty.errands import DutyDue, DutyLeft, DutyOver
from ward.duty.events import BedsFilled
from ward.duty.models import Duty
from ward.places.models import Ward
from ward.users.events import RoleTaken
from ward.work import Work

MAY = {
    Permission.TAKE_DUTY,
    Permission.GIVE_BEDS,
    Permission.VIEW_DUTY,
}


@jobs.at(DutyOver, may=MAY)
async def duty_over(work: Work, errand: DutyOver) -> None:
    """End a shift whose time is over, unless it was prolonged or has ended."""
    duty = await work.access(Duty, errand.duty_id, Permission.VIEW_DUTY, lock=True)
    if duty.ended_at is None and rules.is_over(duty.until, work.now):
        await service.end_duty(work, duty.id)


@jobs.at(DutyDue, may=MAY)
async def duty_due(work: Work, errand: DutyDue) -> None:
    """Put somebody on duty on one more ward of the same form."""
    await service.begin(work, errand.ward_id, errand.user_id, errand.part, errand.until)


@jobs.at(DutyLeft, may=MAY)
async def duty_left(work: Work, errand: DutyLeft) -> None:
    """Send somebody off duty on one more ward."""
    await service.end_duty(work, errand.duty_id)


@jobs.when(RoleTaken, may=MAY)
async def role_taken(work: Work, event: RoleTaken) -> None:
    """Send off duty whose role on a ward was taken away: nobody must wait for them."""
    for duty in await work.every(
        queries.standing(Duty.user_id == event.user_id), Permission.VIEW_DUTY
    ):
        ward = await work.access(Ward, duty.ward_id, Permission.VIEW_DUTY)
        roles = await queries.roles_of(work, duty.user_id, ward)
        if not any(duty.part in rules.parts(role) for role in roles):
            work.later(DutyLeft(duty.id), work.now)


@jobs.when(*MOVES, may=MAY)
async def beds_filled(work: Work, event: OfStay) -> None:
    """Have the rosters count again who lies where."""
    work.record(BedsFilled(wards=event.wards))
