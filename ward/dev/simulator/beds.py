"""Beds: what happens to beds that nobody lies in."""

from functools import partial

from domain.beds import BedStatus
from ward.beds import block as blocking
from ward.beds.models import BedReason
from ward.beds.service import finish_clean, start_clean
from ward.dev.simulator import pace as times
from ward.dev.simulator.view import Act, View

FAULTS = ("Call bell fault", "Bed rail loose", "Oxygen outlet checked")


def clean(view: View) -> Act | None:
    """Finish the clean that has lasted longest, or begin the terminal clean of a bed."""
    spots = sorted((one for one in view.floor.spots if not one.theirs), key=lambda one: one.since)
    for spot in spots:
        if spot.status is BedStatus.CONTAMINATED and view.over(spot, times.ANSWER):
            return Act(
                "simulator.start_clean", partial(start_clean, bed_id=spot.bed, seen=spot.version)
            )
        if spot.status is BedStatus.HOUSEKEEPING and view.over(spot, times.CLEAN):
            return Act(
                "simulator.finish_clean", partial(finish_clean, bed_id=spot.bed, seen=spot.version)
            )
    return None


def block(view: View) -> Act | None:
    """Block a bed that could be spared."""
    spare = view.one_of(view.floor.spare)
    if spare is None or any(one.blocked for one in view.floor.spots):
        return None
    fault = view.dice.choice(FAULTS)
    return Act(
        "simulator.block",
        lambda work: blocking.block(work, spare.bed, BedReason.FAULT, fault, seen=spare.version),
    )


def unblock(view: View) -> Act | None:
    """Give a bed back that the simulator, or the demo, blocked a while ago."""
    for spot in view.floor.spots:
        if spot.blocked and not spot.by_others and view.over(spot, times.BLOCK):
            again = partial(blocking.unblock, bed_id=spot.bed, seen=spot.version)
            return Act("simulator.unblock", again)
    return None
