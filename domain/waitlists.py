"""Waiting lists: who is asked first when a time comes free, and what becomes of the offer.

Source: clinical/scheduling.md, 5: by priority, then by a target date that is missed, then by how
long somebody waits. One is asked after the other, or several at once, and the first to accept has
it.
"""

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from domain.appointments import HOLD_BY_LETTER, HOLD_ONLINE
from domain.errors import NotAllowed
from domain.spans import ZERO, Span


class Priority(StrEnum):
    """How urgent it is, the most urgent first; our own words."""

    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"

    @property
    def word(self) -> str:
        """Name it on a page."""
        return self.value.capitalize()


_RANK = {priority: rank for rank, priority in enumerate(Priority)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody who waits: for what, with whom, how urgently, and what suits them."""

    key: Hashable
    service: Hashable
    clinician: Hashable | None = None  # None: anybody
    priority: Priority = Priority.ROUTINE
    since: datetime
    target_on: date | None = None
    not_before: date | None = None
    not_after: date | None = None
    weekdays: frozenset[int] = frozenset()  # none: any; 0 is Monday
    times: tuple[tuple[time, time], ...] = ()  # none: any; the whole visit lies in one
    notice: timedelta = ZERO
    short_notice: bool = False  # may be telephoned for a time sooner than that
    interpreter: bool = False
    transport: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time that has come free: for what, with whom, and what else can be had then."""

    span: Span
    zone: tzinfo
    service: Hashable
    resources: frozenset[Hashable] = frozenset()
    interpreter: bool = False
    transport: bool = False


class Misfit(StrEnum):
    """Why a time does not suit somebody; our own words."""

    SERVICE = "another visit"
    CLINICIAN = "another clinician"
    TOO_EARLY = "too early"
    TOO_LATE = "too late"
    WEEKDAY = "another weekday"
    TIME = "another time of day"
    NOTICE = "too short notice"
    INTERPRETER = "no interpreter"
    TRANSPORT = "no transport"


def misfits(entry: Entry, slot: Slot, now: datetime) -> tuple[Misfit, ...]:
    """List why a time does not suit somebody; nothing when it does."""
    start, end = (at.astimezone(slot.zone) for at in (slot.span.start, slot.span.end))
    day = start.date()
    found = {
        Misfit.SERVICE: entry.service != slot.service,
        Misfit.CLINICIAN: entry.clinician is not None and entry.clinician not in slot.resources,
        Misfit.TOO_EARLY: entry.not_before is not None and day < entry.not_before,
        Misfit.TOO_LATE: entry.not_after is not None and day > entry.not_after,
        Misfit.WEEKDAY: bool(entry.weekdays) and day.weekday() not in entry.weekdays,
        Misfit.TIME: not _in_times(entry, start, end),
        Misfit.NOTICE: _soon(entry, slot, now) and not entry.short_notice,
        Misfit.INTERPRETER: entry.interpreter and not slot.interpreter,
        Misfit.TRANSPORT: entry.transport and not slot.transport,
    }
    return tuple(each for each, stands in found.items() if stands)


def _in_times(entry: Entry, start: datetime, end: datetime) -> bool:
    same_day = start.date() == end.date()
    return not entry.times or any(
        same_day and begin <= start.time() and end.time() <= last for begin, last in entry.times
    )


def _soon(entry: Entry, slot: Slot, now: datetime) -> bool:
    return slot.span.start - now < entry.notice


def fits(entry: Entry, slot: Slot, now: datetime) -> bool:
    """Tell whether a time that is still to come suits somebody."""
    return now < slot.span.start and not misfits(entry, slot, now)


def by_telephone(entry: Entry, slot: Slot, now: datetime) -> bool:
    """Tell whether somebody must be telephoned, because it is sooner than their notice."""
    return entry.short_notice and _soon(entry, slot, now)


def is_breached(entry: Entry, today: date) -> bool:
    """Tell whether the target date of somebody who waits has gone by."""
    return entry.target_on is not None and entry.target_on < today


def order(entries: Iterable[Entry], today: date) -> tuple[Entry, ...]:
    """Say who is asked first."""
    return tuple(
        sorted(
            entries,
            key=lambda one: (_RANK[one.priority], not is_breached(one, today), one.since),
        )
    )


def candidates(entries: Iterable[Entry], slot: Slot, now: datetime) -> tuple[Entry, ...]:
    """List whom a time suits, in the order in which they are asked."""
    fitting = (one for one in entries if fits(one, slot, now))
    return order(fitting, now.astimezone(slot.zone).date())


def to_ask(
    entries: Iterable[Entry],
    slot: Slot,
    now: datetime,
    *,
    asked: Collection[Hashable] = (),
    at_once: int = 1,
) -> tuple[Entry, ...]:
    """Choose who is asked next; who was offered this time already is not asked again."""
    left = [one for one in candidates(entries, slot, now) if one.key not in asked]
    return tuple(left[:at_once])


class OfferStatus(StrEnum):
    """What became of an offer; our own words."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # somebody else was quicker, or the clinic took it back


class Way(StrEnum):
    """How an offer reaches somebody; our own words."""

    ONLINE = "online"
    LETTER = "letter"


def way(entry: Entry, slot: Slot, now: datetime, *, written: bool) -> Way:
    """Choose how long somebody has: who cannot be written to has a day, if the next in line could.

    Else the time would be kept until nobody else has the notice they want.
    """
    a_day = slot.span.start - now >= HOLD_BY_LETTER + entry.notice
    return Way.LETTER if a_day and not written else Way.ONLINE


_HOLDS = {Way.ONLINE: HOLD_ONLINE, Way.LETTER: HOLD_BY_LETTER}


def offered_until(slot: Slot, now: datetime, way: Way = Way.ONLINE) -> datetime:
    """Return until when an offer stands: never after the visit would have begun."""
    if slot.span.start <= now:
        raise NotAllowed("This time has passed. It cannot be offered.", "offer.past")
    return min(now + _HOLDS[way], slot.span.start)


def standing(status: OfferStatus, until: datetime, now: datetime) -> OfferStatus:
    """Tell how an offer stands now: one that nobody answered in time has expired."""
    return OfferStatus.EXPIRED if status is OfferStatus.OPEN and now >= until else status


def answer(status: OfferStatus, until: datetime, now: datetime, *, accepted: bool) -> OfferStatus:
    """Take the answer to an offer, or say why it comes too late."""
    now_is = standing(status, until, now)
    if now_is is not OfferStatus.OPEN:
        raise NotAllowed(_TOO_LATE[now_is], f"offer.{now_is}")
    return OfferStatus.ACCEPTED if accepted else OfferStatus.DECLINED


_KEPT = "The place on the waiting list is kept."
TAKEN = f"This time has been taken. {_KEPT}"
_TOO_LATE = {
    OfferStatus.ACCEPTED: "This time has been accepted already.",
    OfferStatus.DECLINED: "This time has been declined. It may have gone to somebody else.",
    OfferStatus.EXPIRED: f"This offer has ended. {_KEPT}",
    OfferStatus.WITHDRAWN: TAKEN,
}


class Leaving(StrEnum):
    """Why somebody is taken off the list without having been seen; our own words."""

    ASKED = "asked"
    BETTER = "better"
    ELSEWHERE = "elsewhere"
    SILENT = "silent"
    DIED = "died"
    MISTAKE = "mistake"
    OTHER = "other"

    @property
    def word(self) -> str:
        """Name the reason on a form."""
        return _LEAVING[self]


_LEAVING = {
    Leaving.ASKED: "The patient asked to be taken off",
    Leaving.BETTER: "No longer needed",
    Leaving.ELSEWHERE: "Seen elsewhere",
    Leaving.SILENT: "Could not be reached",
    Leaving.DIED: "Died",
    Leaving.MISTAKE: "Listed in error",
    Leaving.OTHER: "Other",
}


def explain(reason: Leaving, text: str) -> str:
    """Return what is recorded beside the reason; plain "Other" must be told in words."""
    if reason is Leaving.OTHER and not text.strip():
        raise NotAllowed("Say why: Other needs a few words.", "waitlist.reason")
    return text.strip()


def check(entry: Entry) -> None:
    """Refuse a wish that no time could meet."""
    if entry.not_before and entry.not_after and entry.not_after < entry.not_before:
        raise NotAllowed("The last day must not be before the first.", "waitlist.days")
    if any(last <= begin for begin, last in entry.times):
        raise NotAllowed("The end must be after the start.", "waitlist.times")
