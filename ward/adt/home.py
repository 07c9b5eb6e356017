"""Home: the day on which a patient should leave, and the screens that must hear of midnight."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access import Permission
from realtime.topics import Topic
from ward.adt import steps
from ward.adt.events import HomeExpected
from ward.adt.held import Held, hold
from ward.adt.models import Encounter, Step
from ward.beds.models import Bed
from ward.beds.queries import zone_of
from ward.patients.events import charts
from ward.work import Work

WEEK = 6  # days ahead that are called by their weekday
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


async def expect_home(
    work: Work,
    encounter_id: UUID,
    on: date | None,
    *,
    reason: str | None = None,
    seen: int | None = None,
) -> Held:
    """Set the day on which a patient should go home; earlier days stay in the history."""
    held = await hold(work, encounter_id, Permission.TRANSFER, seen=seen)
    zone = ZoneInfo(held.bed.zone) if held.bed else await zone_of(work, held.encounter.branch_id)
    await expect(work, held.encounter, on, Permission.TRANSFER, zone=zone, reason=reason)
    if held.bed:
        remind(work, held.encounter, held.bed)
    return held


async def expect(  # noqa: PLR0913 - whose day, which, and whose midnight counts
    work: Work,
    encounter: Encounter,
    on: date | None,
    may: Permission,
    *,
    zone: ZoneInfo,
    reason: str | None = None,
) -> None:
    """Note the day on an encounter that is locked already."""
    encounter.home_on = on
    await steps.take(work, encounter, Step.HOME_EXPECTED, may, home_on=on, note=reason)
    if encounter.ward_id:
        _midnights(work, encounter, encounter.ward_id, zone)
    work.record(
        HomeExpected(
            patient_id=encounter.patient_id,
            encounter_id=encounter.id,
            wards=(encounter.ward_id,) if encounter.ward_id else (),
            branches=(encounter.branch_id,),
            home_on=on,
        )
    )


def remind(work: Work, encounter: Encounter, bed: Bed) -> None:
    """Have the board of the bed's ward drawn again when what it says of the day changes."""
    if encounter.home_on is not None and bed.ward_id != encounter.ward_id:
        _midnights(work, encounter, bed.ward_id, ZoneInfo(bed.zone))


def _midnights(work: Work, encounter: Encounter, ward_id: UUID, zone: ZoneInfo) -> None:
    for instant in changes(encounter.home_on, zone):
        if instant > work.now:
            work.due(Topic("beds", ward_id), instant)
            for page in charts(encounter.patient_id):
                work.due(page, instant)


def label(on: date | None, today: date) -> str | None:
    """Say the day as a card does: Today, Sat, 05-Jan; a day gone by says so."""
    if on is None:
        return None
    ahead = (on - today).days
    if ahead < 0:
        return "Overdue"
    if ahead == 0:
        return "Today"
    return _DAYS[on.weekday()] if ahead <= WEEK else f"{on:%d-%b}"


def changes(on: date | None, zone: ZoneInfo) -> list[datetime]:
    """List the midnights at which `label` says something else."""
    if on is None:
        return []
    days = (on - timedelta(days=WEEK), on, on + timedelta(days=1))
    return [datetime.combine(day, time(), zone).astimezone(UTC) for day in days]
