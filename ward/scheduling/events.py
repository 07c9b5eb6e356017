"""What happened to a calendar: told by ids; the days it touches, and the patient's chart, hear."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from realtime.events import Event
from realtime.topics import Topic

AT_ONCE = 7  # days that hear of a name in the same moment; the others a moment later


def day_of(ward_id: UUID, day: date) -> str:
    """Name one day of a clinic's calendar, as its topic does."""
    return f"{ward_id}/{day.isoformat()}"


def series_of(patient_id: UUID, series_id: UUID | None) -> str:
    """Name a series, as its topic does: whoever may see the patient may watch it."""
    return f"{patient_id}/{series_id}"


@dataclass(frozen=True, slots=True)
class OnCalendar(Event):
    """A fact that days of calendars show; `days` are keys that `day_of` gave."""

    days: tuple[str, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The days, each once, and what patients who choose a time there look at."""
        return (*(Topic("calendar", day) for day in sorted(set(self.days))), *self.free)

    @property
    def free(self) -> tuple[Topic, ...]:
        """What is free in these clinics has changed."""
        clinics = sorted({UUID(day.partition("/")[0]) for day in self.days})
        return tuple(Topic("free", one) for one in clinics)


@dataclass(frozen=True, slots=True)
class OfAppointment(OnCalendar):
    """A fact about one appointment; `clinic_id` is where it is.

    One of `many` that change together tells its days a moment later: each topic is a lock.
    """

    appointment_id: UUID
    patient_id: UUID
    clinic_id: UUID
    series_id: UUID | None = None
    many: bool = False

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The days, the clinic's queue and list of moves, the patient's pages, and the series."""
        days = () if self.many else tuple(Topic("calendar", day) for day in sorted(set(self.days)))
        of_series = [Topic("series", series_of(self.patient_id, self.series_id))]
        around = (
            Topic("queue", self.clinic_id),
            Topic("chart", self.patient_id),
            Topic("own", self.patient_id),
        )
        around += (Topic("conflicts", self.clinic_id), *(of_series if self.series_id else ()))
        return (*days, *self.free, *around)

    @property
    def soon(self) -> tuple[Topic, ...]:
        """The days of what changed together with others."""
        return tuple(Topic("calendar", day) for day in self.days) if self.many else ()


@dataclass(frozen=True, slots=True)
class AppointmentBooked(OfAppointment):
    """A patient has an appointment; HL7 S12."""


@dataclass(frozen=True, slots=True)
class AppointmentRescheduled(OfAppointment):
    """It is at another time, or with others; HL7 S13."""


@dataclass(frozen=True, slots=True)
class AppointmentAmended(OfAppointment):
    """Its details changed, or the patient confirmed it; HL7 S14."""


@dataclass(frozen=True, slots=True)
class AppointmentCancelled(OfAppointment):
    """It will not be; what it had taken is free; HL7 S15."""


@dataclass(frozen=True, slots=True)
class AppointmentMissed(OfAppointment):
    """Nobody came; HL7 S26."""


@dataclass(frozen=True, slots=True)
class AppointmentMoved(OfAppointment):
    """The patient arrived, went in, was seen or left; or such a step was undone."""


@dataclass(frozen=True, slots=True)
class SeriesChanged(Event):
    """A series ends earlier, goes on at another time, or such a change was taken back."""

    series_id: UUID
    patient_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Its own page."""
        return (Topic("series", series_of(self.patient_id, self.series_id)),)


@dataclass(frozen=True, slots=True)
class HoldBegan(OnCalendar):
    """Somebody is booking: others see it until it ends."""

    hold_id: UUID


@dataclass(frozen=True, slots=True)
class HoldEnded(OnCalendar):
    """The time is free again, or booked."""

    hold_id: UUID


@dataclass(frozen=True, slots=True)
class NameFollowed(OnCalendar):
    """A patient on these days is called otherwise; the first days hear at once."""

    patient_id: UUID
    clinics: tuple[UUID, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The days that come next."""
        return tuple(Topic("calendar", day) for day in self.days[:AT_ONCE])

    @property
    def soon(self) -> tuple[Topic, ...]:
        """All other days, and the queues."""
        queues = tuple(Topic("queue", clinic) for clinic in self.clinics)
        return (*(Topic("calendar", day) for day in self.days[AT_ONCE:]), *queues)


@dataclass(frozen=True, slots=True)
class HoursChanged(OnCalendar):
    """When somebody or something is there changed: hours, a closure, a resource."""

    clinic_id: UUID


@dataclass(frozen=True, slots=True)
class ClinicChanged(Event):
    """What a clinic has, offers, or when it is there changed."""

    clinic_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Its pages: what it has, its hours, and who has to be moved."""
        return tuple(Topic(kind, self.clinic_id) for kind in ("clinic", "hours", "conflicts"))


@dataclass(frozen=True, slots=True)
class WaitlistChanged(Event):
    """Somebody waits, was offered a time, answered, or no longer waits."""

    entry_id: UUID
    patient_id: UUID
    clinic_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The waiting list of the clinic, the patient's chart, and the patient's own page."""
        mine = Topic("chart", self.patient_id), Topic("own", self.patient_id)
        return (Topic("waitlist", self.clinic_id), *mine)


@dataclass(frozen=True, slots=True)
class OfferMade(WaitlistChanged):
    """A time is kept for somebody who waits, and they are to be told."""

    offer_id: UUID
