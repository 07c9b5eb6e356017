"""Settings: what a ward sets about medicines; without a row the defaults of the house hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import select

from domain import frequencies, wallclock
from domain.access import D0, Permission
from domain.errors import NotAllowed
from domain.formulary import Drug
from domain.frequencies import Code, Frequency
from domain.orders import CriticalDose
from domain.second_checks import CONTROLLED, SecondCheck
from domain.windows import Tolerances
from ward.db import new_id
from ward.errors import Stale
from ward.medications.house import WardMedicines
from ward.patients.queries import among
from ward.security.actors import Actor, System
from ward.work import Work

_READER = System("job:medicines", frozenset())
NEW = 0  # the version of settings that nobody has set yet


@dataclass(frozen=True, slots=True)
class PharmacyHours:
    """When a pharmacist is there to verify; engineering default, a ward sets its own."""

    opens: time = time(8)
    closes: time = time(18)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)  # 0 is Monday

    def __post_init__(self) -> None:
        """Refuse hours that end before they begin, and days that no week has."""
        if self.closes <= self.opens or set(self.weekdays) - set(range(7)):
            raise NotAllowed("The pharmacy closes after it opens.", "settings.hours")

    def open_at(self, local: datetime) -> bool:
        """Tell whether somebody is there; `local` is the time on the clock of the ward."""
        return local.weekday() in self.weekdays and self.opens <= local.time() < self.closes

    def next_open(self, now: datetime, zone: tzinfo) -> datetime:
        """Tell when somebody is there next; now, while somebody is."""
        local = now.astimezone(zone)
        if self.open_at(local) or not self.weekdays:
            return now
        days = (local.date() + timedelta(days=ahead) for ahead in range(8))
        opens = (wallclock.first(day, self.opens, zone) for day in days if self._open_on(day))
        return next(at for at in opens if at > now)

    def _open_on(self, day: date) -> bool:
        return day.weekday() in self.weekdays


@dataclass(frozen=True, slots=True)
class Widths:
    """Half widths of the windows, in minutes; never wider than the guideline."""

    time_critical: int = 30
    several_daily: int = 60
    daily_or_less: int = 120
    once: int = 30

    @property
    def tolerances(self) -> Tolerances:
        """Give them as the rules count; refused where they are looser than the guideline."""
        return Tolerances(
            time_critical=timedelta(minutes=self.time_critical),
            several_daily=timedelta(minutes=self.several_daily),
            daily_or_less=timedelta(minutes=self.daily_or_less),
            once=timedelta(minutes=self.once),
        )


@dataclass(frozen=True, slots=True)
class WardSettings:
    """What holds on one ward."""

    times: Mapping[Code, tuple[time, ...]] = field(default_factory=dict)
    widths: Widths = Widths()
    second_checks: tuple[SecondCheck, ...] = tuple(SecondCheck)
    controlled: tuple[str, ...] = tuple(sorted(CONTROLLED))
    critical: tuple[str, ...] = ()  # generic names, beyond those of the formulary
    pharmacy: PharmacyHours = PharmacyHours()

    def __post_init__(self) -> None:
        """Refuse times that a frequency cannot have, and windows wider than the guideline."""
        for code, own in self.times.items():
            frequencies.of(code).at(*own)
        _ = self.widths.tolerances

    def frequency(self, code: Code, own: tuple[time, ...] = ()) -> Frequency:
        """Give a frequency at the times of an order, else of the ward, else of the house."""
        return frequencies.of(code, {code: own} if own else self.times)

    def timing(self, drug: Drug) -> CriticalDose:
        """Tell whether minutes matter for the doses of this medicine."""
        hint = drug.time_critical
        critical = hint.startswith(_CRITICAL) or drug.generic in self.critical
        return CriticalDose.TIME_CRITICAL if critical else CriticalDose.ROUTINE


#: Hints of the formulary that hold for every scheduled dose; the others are about a first one.
_CRITICAL = ("yes", "if scheduled", "STAT drug")

DEFAULTS = WardSettings()
_CODEC: TypeAdapter[WardSettings] = TypeAdapter(WardSettings)


async def settings_of(work: Work, ward_id: UUID | None) -> WardSettings:
    """Answer: what holds on this ward?"""
    found = await settings_on(work, [ward_id] if ward_id else [])
    return found.get(ward_id, DEFAULTS) if ward_id else DEFAULTS


async def settings_on(work: Work, ward_ids: Iterable[UUID]) -> dict[UUID, WardSettings]:
    """Answer: what holds on each of these wards? Whoever gives there must know, so all may."""
    wanted = list(ward_ids)
    if not wanted:
        return {}
    aside = work.watched(_READER, frozenset({D0}))
    mine = select(WardMedicines).where(among(WardMedicines.ward_id, wanted))
    rows = await aside.every(mine, Permission.VIEW_FORMULARY)
    return dict.fromkeys(wanted, DEFAULTS) | {row.ward_id: read(row.settings) for row in rows}


def read(stored: Mapping[str, object]) -> WardSettings:
    """Read settings as they are stored; what a row does not say is as the house has it."""
    return _CODEC.validate_python(dict(stored))


async def version_of(work: Work, ward_id: UUID) -> int:
    """Tell the version that a form must bring back."""
    row = await _row(work, ward_id)
    return row.version if row else NEW


async def put_settings(
    work: Work, ward_id: UUID, settings: WardSettings, *, seen: int | None
) -> WardMedicines:
    """Set what holds on a ward from now on; doses that are planned already keep their times."""
    row = await _row(work, ward_id)
    if seen is not None and seen != (row.version if row else NEW):
        raise Stale
    stored = _CODEC.dump_python(settings, mode="json")
    by = work.actor.id if isinstance(work.actor, Actor) else None
    if row is None:
        row = WardMedicines(
            id=new_id(), ward_id=ward_id, settings=stored, set_at=work.now, set_by=by
        )
        work.add(row, Permission.SET_FORMULARY)
    else:
        row.settings, row.set_at, row.set_by = stored, work.now, by
    await work.flush()
    return row


async def _row(work: Work, ward_id: UUID) -> WardMedicines | None:
    mine = select(WardMedicines).where(WardMedicines.ward_id == ward_id)
    return next(iter(await work.every(mine, Permission.SET_FORMULARY)), None)
