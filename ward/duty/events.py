"""What happened to the roster: told by ids; board, roster, alerts and tasks of the ward hear."""

from dataclasses import dataclass
from uuid import UUID

from domain.duty import DutyRole
from realtime.events import Event
from realtime.topics import Topic

SHOWN = ("alerts", "beds", "bell", "care", "duty", "tasks")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDuty(Event):
    """A fact about who works on a ward."""

    ward_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Whoever asks whose patient this is sees it change."""
        return tuple(Topic(kind, self.ward_id) for kind in SHOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyBegan(OfDuty):
    """Somebody came on duty."""

    user_id: UUID
    part: DutyRole


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyProlonged(OfDuty):
    """Somebody stays for longer, or for less long, than was said."""

    user_id: UUID
    part: DutyRole


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyEnded(OfDuty):
    """Somebody went off duty; their beds have no nurse until given to another."""

    user_id: UUID
    part: DutyRole


@dataclass(frozen=True, slots=True, kw_only=True)
class BedsGiven(OfDuty):
    """Beds went to a nurse (or to none): alerts and tasks of who lies there go along."""

    bed_ids: tuple[UUID, ...]
    user_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BedsFilled(Event):
    """Patients came, went or changed beds: what each nurse has to do is another by now."""

    wards: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The rosters of these wards."""
        return tuple(Topic("duty", ward) for ward in self.wards)
