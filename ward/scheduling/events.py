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


@dataclass(frozen=True, slots=True)
class OnCalendar(Event):
    """A fact that days of calendars show; `days` are keys that `day_of` gave."""

    days: tuple[str, ...]

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The days, each once."""
        return tuple(Topic("calendar", day) for day in sorted(set(self.days)))


@dataclass(frozen=True, slots=True)
class OfAppointment(OnCalendar):
    """A fact about one appointment; `clinic_id` is where it is."""

    appointment_id: UUID
    patient_id: UUID
    clinic_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The days, the clinic's queue, and the chart, which lists what is coming."""
        days = OnCalendar.topics.fget(self)  # type: ignore[attr-defined]
        return (*days, Topic("queue", self.clinic_id), Topic("chart", self.patient_id))


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
class WaitlistChanged(Event):
    """Somebody waits, was offered a time, answered, or no longer waits."""

    entry_id: UUID
    patient_id: UUID
    clinic_id: UUID

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The waiting list of the clinic, and the patient's chart."""
        return (Topic("waitlist", self.clinic_id), Topic("chart", self.patient_id))
