"""Doses: the life of one dose, from planned to given or not, and nothing in between lost.

Status is what is stored or, for an untouched dose, what the clock says (`domain.windows`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from domain.errors import NotAllowed

LOCK = timedelta(minutes=10)  # of a preparation; engineering default
CLAIM = timedelta(seconds=90)  # how long a station shows somebody at a bedside who goes silent
CORRECT_WITHIN = timedelta(hours=24)  # of its recording, at the bedside; engineering default
WRITE_WITHIN = timedelta(hours=24)  # of the end of its order or stay; engineering default
LATE_ENTRY = timedelta(minutes=30)  # written down this long after; engineering default


class Status(StrEnum):
    """Where a dose is."""

    PLANNED = "planned"
    DUE = "due"
    OVERDUE = "overdue"
    PREPARING = "preparing"
    HELD = "held"
    RUNNING = "running"
    PAUSED = "paused"
    GIVEN = "given"
    GIVEN_PARTIAL = "given_partial"
    NOT_GIVEN = "not_given"
    MISSED = "missed"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered_in_error"

    @property
    def word(self) -> str:
        """Name the status as a cell of the chart does."""
        return self.value.replace("_", " ").replace("given partial", "partly given")

    @property
    def untouched(self) -> bool:
        """Tell whether the clock alone decides what it is called."""
        return self in {Status.PLANNED, Status.DUE, Status.OVERDUE, Status.MISSED}

    @property
    def went_in(self) -> bool:
        """Tell whether the patient has had some of it, so that it counts for limits."""
        return self in _WENT_IN


_WENT_IN = frozenset(
    {Status.RUNNING, Status.PAUSED, Status.GIVEN, Status.GIVEN_PARTIAL, Status.STOPPED}
)


class Event(StrEnum):
    """What happens to a dose."""

    WINDOW_OPENS = "window-opens"
    WINDOW_CLOSES = "window-closes"
    NEXT_DUE = "next-due"  # the next dose of the order became due
    HOLD = "hold"  # a prescriber holds the order
    LIFT = "lift"
    PREPARE = "prepare"
    ABANDON = "abandon"  # or the lock of the preparation ends
    GIVE = "give"
    GIVE_PARTLY = "give-partly"
    START = "start"  # an infusion
    PAUSE = "pause"
    RESUME = "resume"
    CHANGE_RATE = "change-rate"
    COMPLETE = "complete"
    STOP = "stop"  # early; also how a nurse confirms that the pump is off
    NOT_GIVE = "not-give"
    REFUSE = "refuse"  # the patient does
    CANCEL = "cancel"  # order stopped or cancelled, patient discharged or died
    CORRECT = "correct"  # entered in error; a corrected copy may follow


class Guard(StrEnum):
    """What must be true at the moment of an event; the value ends the code of the refusal."""

    MAY_ADMINISTER = "not-permitted"
    ADMITTED = "discharged"  # or a late entry of what was done before
    ORDER_ACTIVE = "order-not-active"
    ORDER_UNCHANGED = "order-changed"
    ORDER_VERIFIED = "order-not-verified"  # or an exception
    EARLY_OVERRIDE = "too-early"
    IDENTIFIED = "not-identified"
    SECOND_CHECK = "second-check"
    NO_HARD_STOP = "hard-stop"
    LESS_THAN_ORDERED = "not-less"
    REASON = "reason"
    RATE = "rate"
    VOLUME = "volume"
    IN_TIME = "too-late-to-correct"

    @property
    def sentence(self) -> str:
        """Say what is missing."""
        return _GUARDS[self]


_GUARDS = MappingProxyType(
    {
        Guard.MAY_ADMINISTER: "You may not give medicines here.",
        Guard.ADMITTED: "The patient has been discharged. Write down only what was given before.",
        Guard.ORDER_ACTIVE: "The order is not active. Do not give this dose.",
        Guard.ORDER_UNCHANGED: "The order changed since you began. Read it again.",
        Guard.ORDER_VERIFIED: "A pharmacist has not verified this order yet.",
        Guard.EARLY_OVERRIDE: "This dose is not due yet. Say why it is given early.",
        Guard.IDENTIFIED: "Identify the patient and the medicine first.",
        Guard.SECOND_CHECK: "This medicine needs the check of a second person.",
        Guard.NO_HARD_STOP: "A warning forbids this dose.",
        Guard.LESS_THAN_ORDERED: "Partly given is less than the ordered dose, and more than none.",
        Guard.REASON: "Give a reason.",
        Guard.RATE: "Enter the rate of the pump.",
        Guard.VOLUME: "Enter the volume that was given.",
        Guard.IN_TIME: "It is too late to correct this entry here.",
    }
)

_G = Guard
_GIVING = frozenset(
    {_G.MAY_ADMINISTER, _G.ADMITTED, _G.ORDER_ACTIVE, _G.ORDER_UNCHANGED, _G.ORDER_VERIFIED}
    | {_G.IDENTIFIED, _G.NO_HARD_STOP}
)
_NEEDS: Mapping[Event, frozenset[Guard]] = MappingProxyType(
    {
        Event.LIFT: frozenset({_G.ORDER_ACTIVE}),
        Event.PREPARE: frozenset(
            {_G.MAY_ADMINISTER, _G.ADMITTED, _G.ORDER_ACTIVE, _G.ORDER_VERIFIED}
        ),
        Event.GIVE: _GIVING,
        Event.GIVE_PARTLY: _GIVING | {_G.LESS_THAN_ORDERED, _G.REASON},
        Event.START: _GIVING | {_G.RATE},
        Event.PAUSE: frozenset({_G.MAY_ADMINISTER, _G.REASON}),
        Event.RESUME: frozenset({_G.MAY_ADMINISTER, _G.ORDER_ACTIVE}),
        Event.CHANGE_RATE: frozenset({_G.MAY_ADMINISTER, _G.ORDER_ACTIVE, _G.RATE}),
        Event.COMPLETE: frozenset({_G.MAY_ADMINISTER, _G.VOLUME}),
        Event.STOP: frozenset({_G.MAY_ADMINISTER, _G.REASON, _G.VOLUME}),
        Event.NOT_GIVE: frozenset({_G.MAY_ADMINISTER, _G.REASON}),
        Event.REFUSE: frozenset({_G.MAY_ADMINISTER}),
        Event.CORRECT: frozenset({_G.REASON, _G.IN_TIME}),
    }
)
#: Events that a second person checks where the medicine asks for it (a list of the ward).
_CHECKED_TWICE = frozenset({Event.GIVE, Event.GIVE_PARTLY, Event.START, Event.CHANGE_RATE})


class _Back(StrEnum):
    """Where the clock decides."""

    CLOCK = "clock"


_S = Status
_STEPS: Mapping[Event, Mapping[Status, Status | _Back]] = MappingProxyType(
    {
        Event.WINDOW_OPENS: {_S.PLANNED: _S.DUE},
        Event.WINDOW_CLOSES: {_S.DUE: _S.OVERDUE},
        Event.NEXT_DUE: {_S.OVERDUE: _S.MISSED},
        Event.HOLD: dict.fromkeys((_S.PLANNED, _S.DUE, _S.OVERDUE, _S.PREPARING), _S.HELD),
        Event.LIFT: {_S.HELD: _Back.CLOCK},
        Event.PREPARE: dict.fromkeys((_S.PLANNED, _S.DUE, _S.OVERDUE), _S.PREPARING),
        Event.ABANDON: {_S.PREPARING: _Back.CLOCK},
        Event.GIVE: dict.fromkeys((_S.DUE, _S.OVERDUE, _S.PREPARING), _S.GIVEN),
        Event.GIVE_PARTLY: dict.fromkeys((_S.DUE, _S.OVERDUE, _S.PREPARING), _S.GIVEN_PARTIAL),
        Event.START: dict.fromkeys((_S.DUE, _S.OVERDUE, _S.PREPARING), _S.RUNNING),
        Event.PAUSE: {_S.RUNNING: _S.PAUSED},
        Event.RESUME: {_S.PAUSED: _S.RUNNING},
        Event.CHANGE_RATE: dict.fromkeys((_S.RUNNING, _S.PAUSED), _S.RUNNING),
        Event.COMPLETE: {_S.RUNNING: _S.GIVEN},
        Event.STOP: dict.fromkeys((_S.RUNNING, _S.PAUSED), _S.STOPPED),
        Event.NOT_GIVE: dict.fromkeys((_S.DUE, _S.OVERDUE, _S.PREPARING, _S.MISSED), _S.NOT_GIVEN),
        Event.REFUSE: dict.fromkeys((_S.DUE, _S.OVERDUE), _S.NOT_GIVEN),
        Event.CANCEL: {
            **dict.fromkeys((_S.PLANNED, _S.DUE, _S.OVERDUE, _S.PREPARING, _S.HELD), _S.CANCELLED),
            # The system never assumes that a pump is off: a nurse confirms it, by STOP.
            _S.RUNNING: _S.RUNNING,
            _S.PAUSED: _S.PAUSED,
        },
        Event.CORRECT: dict.fromkeys(
            (_S.GIVEN, _S.GIVEN_PARTIAL, _S.NOT_GIVEN, _S.STOPPED), _S.ENTERED_IN_ERROR
        ),
    }
)


def events(status: Status) -> tuple[Event, ...]:
    """List what may happen to a dose; the buttons of a line are made of it."""
    return tuple(event for event, steps in _STEPS.items() if status in steps)


def needs(event: Event, status: Status, *, second_check: bool = False) -> frozenset[Guard]:
    """List what must be true; `second_check` is whether the medicine asks for one."""
    found = _NEEDS.get(event, frozenset())
    if event is Event.PREPARE and status is Status.PLANNED:
        found |= {Guard.EARLY_OVERRIDE}
    return found | ({Guard.SECOND_CHECK} if second_check and event in _CHECKED_TWICE else set())


def move(
    status: Status,
    event: Event,
    met: frozenset[Guard] = frozenset(),
    *,
    clock: Status = Status.PLANNED,
    second_check: bool = False,
) -> Status:
    """Return the status after an event, or say why it cannot happen.

    `met` is what was found true at this moment, not when a form was drawn; `clock` is what an
    untouched dose would be called now. What is written down later moves from the status the dose
    had when it happened.
    """
    to = _STEPS[event].get(status)
    if to is None:
        raise _impossible(status, event)
    lacking = needs(event, status, second_check=second_check) - met
    for guard in Guard:
        if guard in lacking:
            raise NotAllowed(guard.sentence, f"dose.{guard.value}")
    return clock if isinstance(to, _Back) else to


def _impossible(status: Status, event: Event) -> NotAllowed:
    if event in {Event.GIVE, Event.GIVE_PARTLY, Event.START} and status in _WENT_IN:
        return NotAllowed("This dose has been given already.", "dose.already-given")
    words = event.value.replace("-", " ")
    return NotAllowed(f"A dose that is {status.word} cannot: {words}.", "dose.impossible")


def stop_the_pump(status: Status, event: Event) -> bool:
    """Tell whether somebody must go and stop an infusion that the order no longer covers."""
    return event is Event.CANCEL and status in {Status.RUNNING, Status.PAUSED}


class NotGiven(StrEnum):
    """Why a dose was not given; our own list, sent as code and text."""

    REFUSED = "REFUSED"
    VOMITED = "VOMITED"
    NBM = "NBM"
    ABSENT = "ABSENT"
    ASLEEP = "ASLEEP"
    NO_ACCESS = "NO_ACCESS"
    UNAVAILABLE = "UNAVAILABLE"
    CONTRAINDICATED = "CONTRAINDICATED"
    PRESCRIBER_HELD = "PRESCRIBER_HELD"
    SELF_ADMINISTERED = "SELF_ADMINISTERED"
    DUPLICATE = "DUPLICATE"
    PATIENT_DIED = "PATIENT_DIED"
    TRANSFERRED = "TRANSFERRED"
    OTHER = "OTHER"

    @property
    def word(self) -> str:
        """Say why as the form and the chart do."""
        return _REASONS[self]


_REASONS = MappingProxyType(
    {
        NotGiven.REFUSED: "Patient refused",
        NotGiven.VOMITED: "Vomited",
        NotGiven.NBM: "Nil by mouth",
        NotGiven.ABSENT: "Off the ward",
        NotGiven.ASLEEP: "Asleep",
        NotGiven.NO_ACCESS: "No line, or swallowing unsafe",
        NotGiven.UNAVAILABLE: "Not on the ward",
        NotGiven.CONTRAINDICATED: "Observation or result outside the limits",
        NotGiven.PRESCRIBER_HELD: "Held by the prescriber",
        NotGiven.SELF_ADMINISTERED: "Taken by the patient, not witnessed",
        NotGiven.DUPLICATE: "Duplicate",
        NotGiven.PATIENT_DIED: "Patient died",
        NotGiven.TRANSFERRED: "Transferred",
        NotGiven.OTHER: "Other",
    }
)


def check_reason(reason: NotGiven, text: str = "") -> None:
    """Refuse a reason that says nothing."""
    if reason is NotGiven.OTHER and not text.strip():
        raise NotAllowed("Write why the dose was not given.", "dose.reason-text")


def opens_incident(reason: NotGiven, *, critical: bool) -> bool:
    """Tell whether leaving a dose out drafts an incident: not in stock, or a critical medicine.

    NPSA/2010/RRR009: omitted and delayed critical medicines are to be looked into.
    """
    return critical or reason is NotGiven.UNAVAILABLE


def check_times(occurred_at: datetime, recorded_at: datetime) -> None:
    """Refuse what has not happened yet."""
    if occurred_at > recorded_at:
        raise NotAllowed("This time has not come yet.", "dose.future")


def is_late_entry(occurred_at: datetime, recorded_at: datetime) -> bool:
    """Tell whether the chart flags an entry as written later."""
    return recorded_at - occurred_at > LATE_ENTRY


@dataclass(frozen=True, slots=True)
class Coded:
    """A status as others name it; None where there is nothing to tell them."""

    fhir: str | None  # MedicationAdministration.status, R4
    rxa_20: str | None  # HL7 table 0322


_CODED = MappingProxyType(
    {
        Status.RUNNING: Coded("in-progress", "PA"),
        Status.PAUSED: Coded("on-hold", "PA"),
        Status.GIVEN: Coded("completed", "CP"),
        Status.GIVEN_PARTIAL: Coded("completed", "PA"),
        Status.STOPPED: Coded("stopped", "PA"),
        Status.NOT_GIVEN: Coded("not-done", "NA"),
        Status.ENTERED_IN_ERROR: Coded("entered-in-error", None),
    }
)


def coded(status: Status, reason: NotGiven | None = None) -> Coded:
    """Translate a status; HL7 tells a refusal from other doses that were not given."""
    found = _CODED.get(status, Coded(None, None))
    refused = status is Status.NOT_GIVEN and reason is NotGiven.REFUSED
    return Coded(found.fhir, "RE") if refused else found


def is_part(given: Decimal, ordered: Decimal) -> bool:
    """Tell whether an amount is a part of a dose: more than none, less than all."""
    return 0 < given < ordered
