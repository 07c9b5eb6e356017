"""Bed flow: what happens to a whole bed, from reservation to the last clean.

The moves are those of the state table on which the product was designed; expiry times are
engineering defaults.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from domain import beds
from domain.beds import TAKEN, BedState, BedStatus, Clean, Hold, Overlay
from domain.errors import NotAllowed
from domain.overrides import OUTSIDE_THE_WARD, Approver, Override

HOLD = timedelta(hours=4)  # engineering default


def reserve(
    bed: BedState, encounter: UUID, now: datetime, until: datetime | None = None
) -> BedState:
    """Keep a bed for one encounter; four hours unless somebody says otherwise."""
    bed = expire(bed, now)
    _not_blocked(bed)
    if bed.status in TAKEN or bed.status is BedStatus.CLOSED:
        raise NotAllowed(f"This bed is {bed.word}. It cannot be reserved.", "bed.reserve")
    if bed.hold and bed.hold.encounter != encounter:
        raise NotAllowed("This bed is Reserved for another patient.", "bed.reserved")
    until = until or now + HOLD
    if until <= now:
        raise NotAllowed("A reservation must end in the future.", "bed.reserve")
    return replace(bed, hold=Hold(encounter, until))


def release(bed: BedState) -> BedState:
    """Take a reservation away."""
    if not bed.hold:
        raise NotAllowed(f"This bed is {bed.word}. It is not Reserved.", "bed.not-reserved")
    return replace(bed, hold=None)


def expire(bed: BedState, now: datetime) -> BedState:
    """Drop a reservation whose time is over; leave any other bed as it is."""
    return replace(bed, hold=None) if bed.hold and bed.hold.until <= now else bed


def occupy(
    bed: BedState, encounter: UUID, now: datetime, override: Override | None = None
) -> BedState:
    """Put a patient into a bed that is ready and free for this encounter, or say why not."""
    bed = expire(bed, now)
    _not_blocked(bed)
    if bed.hold and bed.hold.encounter != encounter and not override:
        raise NotAllowed("This bed is Reserved for another patient.", "bed.reserved")
    if bed.status in {BedStatus.HOUSEKEEPING, BedStatus.CONTAMINATED} and override:
        return replace(_before_clean(bed, override), hold=None)
    return replace(bed, status=beds.occupy(bed.status), hold=None)


def owes_terminal_clean(bed: BedState) -> bool:
    """Tell whether the next patient would meet what the last one left."""
    return Clean.TERMINAL is bed.clean or bed.status is BedStatus.CONTAMINATED


def approve_before_terminal_clean(override: Override | None) -> None:
    """Refuse unless infection control or the site manager stands behind it."""
    if not override or override.second not in OUTSIDE_THE_WARD:
        raise NotAllowed(
            "This bed Needs terminal clean. Infection control or the site manager must approve.",
            "bed.terminal-clean",
        )


def _before_clean(bed: BedState, override: Override) -> BedState:
    """Use a bed before its clean is confirmed, because a life depends on it."""
    if owes_terminal_clean(bed):
        approve_before_terminal_clean(override)
        return replace(bed, status=BedStatus.ISOLATED, clean=Clean.TERMINAL)
    if override.by is not Approver.CHARGE_NURSE:
        raise NotAllowed(
            "This bed is Cleaning. Only the charge nurse can use it before.", "bed.override"
        )
    return replace(bed, status=BedStatus.OCCUPIED)


def vacate(bed: BedState, *, used: bool = True) -> BedState:
    """Empty a bed after departure; a bed nobody lay in needs no clean unless one was owed."""
    status = beds.vacate(bed.status, terminal_clean=owes_terminal_clean(bed))
    if status is BedStatus.CONTAMINATED:
        return replace(bed, status=status, clean=Clean.TERMINAL, away_since=None)
    status = status if used else BedStatus.UNOCCUPIED
    return replace(bed, status=status, away_since=None)


def isolate(bed: BedState) -> BedState:
    """Isolate the patient in this bed; a terminal clean is owed from now on."""
    _occupied_and_present(bed, "Only an Occupied bed can be Isolated.")
    return replace(bed, status=BedStatus.ISOLATED, clean=Clean.TERMINAL)


def end_isolation(bed: BedState) -> BedState:
    """End isolation; the terminal clean stays owed until the patient leaves."""
    if bed.status is not BedStatus.ISOLATED:
        raise NotAllowed(f"This bed is {bed.word}. It is not Isolated.", "bed.not-isolated")
    return replace(bed, status=BedStatus.OCCUPIED)


def owe_terminal_clean(bed: BedState) -> BedState:
    """Mark a taken bed for a terminal clean, because infection is suspected."""
    if bed.status not in TAKEN:
        raise NotAllowed(f"This bed is {bed.word}. Nobody is in it.", "bed.empty")
    return replace(bed, clean=Clean.TERMINAL)


def leave(bed: BedState, at: datetime) -> BedState:
    """Keep the bed while its patient is on leave."""
    _occupied_and_present(bed, "Only a patient in an Occupied bed can go on leave.")
    return replace(bed, away_since=at)


def come_back(bed: BedState) -> BedState:
    """Record that the patient is back from leave."""
    if bed.overlay is not Overlay.LEAVE:
        raise NotAllowed(f"This bed is {bed.word}. Its patient is not On leave.", "bed.not-away")
    return replace(bed, away_since=None)


def press(bed: BedState, to: BedStatus, reason: str = "") -> BedState:
    """Do what a button on the card says: ask for a clean, finish it, reopen, close."""
    beds.change(bed.status, to)
    match to:
        case BedStatus.HOUSEKEEPING:
            return reopen(bed) if bed.status is BedStatus.CLOSED else start_clean(bed)
        case BedStatus.UNOCCUPIED:
            return finish_clean(bed)
        case BedStatus.CLOSED:
            return close(bed, reason)
        case _:
            return replace(bed, status=to, clean=Clean.TERMINAL)


def start_clean(bed: BedState) -> BedState:
    """Begin to clean; a contaminated bed gets its terminal clean."""
    if bed.status not in {BedStatus.CONTAMINATED, BedStatus.UNOCCUPIED}:
        raise NotAllowed(f"This bed is {bed.word}. A clean cannot start now.", "bed.clean")
    clean = Clean.TERMINAL if owes_terminal_clean(bed) else Clean.STANDARD
    return replace(bed, status=BedStatus.HOUSEKEEPING, clean=clean)


def finish_clean(bed: BedState, *, passed: bool = True) -> BedState:
    """Offer the bed again, or keep cleaning when the inspection failed."""
    if bed.status is not BedStatus.HOUSEKEEPING:
        raise NotAllowed(f"This bed is {bed.word}. It is not Cleaning.", "bed.not-cleaning")
    return replace(bed, status=BedStatus.UNOCCUPIED, clean=Clean.STANDARD) if passed else bed


def close(bed: BedState, reason: str, reopens_at: datetime | None = None) -> BedState:
    """Take an empty bed out of use, with a reason and perhaps an expected return."""
    if bed.status in TAKEN:
        raise NotAllowed(f"This bed is {bed.word}. Only an empty bed can be Closed.", "bed.close")
    if bed.status is BedStatus.CLOSED:
        raise NotAllowed("This bed is already Closed.", "bed.close")
    clean = Clean.TERMINAL if owes_terminal_clean(bed) else Clean.STANDARD
    reason = _reason(reason, "Closing a bed needs a reason.")
    return replace(
        bed,
        status=BedStatus.CLOSED,
        clean=clean,
        closed=reason,
        reopens_at=reopens_at,
        blocked=None,
    )


def reopen(bed: BedState, *, certified_clean: bool = False) -> BedState:
    """Bring a closed bed back: cleaned first, unless it is certified clean."""
    if bed.status is not BedStatus.CLOSED:
        raise NotAllowed(f"This bed is {bed.word}. It is not Closed.", "bed.not-closed")
    bed = replace(bed, status=BedStatus.HOUSEKEEPING, closed=None, reopens_at=None)
    return finish_clean(bed) if certified_clean else bed


def block(bed: BedState, reason: str) -> BedState:
    """Make an empty bed unusable for a while, for example for want of staff."""
    if bed.status in TAKEN or bed.status is BedStatus.CLOSED:
        raise NotAllowed(f"This bed is {bed.word}. Only an empty bed can be Blocked.", "bed.block")
    _not_blocked(bed)
    return replace(bed, blocked=_reason(reason, "Blocking a bed needs a reason."))


def unblock(bed: BedState) -> BedState:
    """Give a blocked bed back in the state it had."""
    if bed.blocked is None:
        raise NotAllowed(f"This bed is {bed.word}. It is not Blocked.", "bed.not-blocked")
    return replace(bed, blocked=None)


def _not_blocked(bed: BedState) -> None:
    if bed.blocked is not None:
        raise NotAllowed(f"This bed is Blocked ({bed.blocked}). Unblock it first.", "bed.blocked")


def _occupied_and_present(bed: BedState, rule: str) -> None:
    if bed.status is not BedStatus.OCCUPIED or bed.away_since:
        raise NotAllowed(f"This bed is {bed.word}. {rule}", "bed.not-occupied")


def _reason(text: str, refusal: str) -> str:
    if not text.strip():
        raise NotAllowed(refusal, "bed.reason")
    return text.strip()
