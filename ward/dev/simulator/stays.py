"""Stays: what happens to patients in their beds: they go home, change places, are isolated."""

from datetime import timedelta
from functools import partial

from domain.beds import BedStatus
from domain.encounters import Disposition
from ward.adt.discharge import discharge
from ward.adt.home import expect_home
from ward.adt.isolate import end_isolation, isolate
from ward.adt.leave import come_back, go_on_leave
from ward.adt.models import Precaution
from ward.adt.swap import swap
from ward.dev.simulator import pace as times
from ward.dev.simulator.view import Act, View

GOING = (Disposition.HOME,) * 8 + (Disposition.REHABILITATION, Disposition.LONG_TERM)
APART = 2  # isolated patients of the cast on one ward, of those who move


def send_home(view: View) -> Act | None:
    """Discharge somebody, sooner who should have gone by today."""
    if view.floor.taken <= view.floor.low:
        return None
    found = [who for _, who in view.movable()]
    due = [who for who in found if who.home_on and who.home_on <= view.hospital.today]
    who = view.one_of(due or found)
    if who is None:
        return None
    encounter, seen, going = who.encounter, who.version, view.dice.choice(GOING)
    return Act("simulator.discharge", lambda work: discharge(work, encounter, going, seen=seen))


def change_places(view: View) -> Act | None:
    """Swap two patients of the ward; none whose bed owes a terminal clean."""
    plain = [who for spot, who in view.movable() if not spot.terminal]
    if len(plain) < 2:
        return None
    one, other = view.dice.sample(plain, 2)
    return Act(
        "simulator.swap",
        lambda work: swap(work, one.encounter, other.encounter, seen=one.version),
    )


def keep_apart(view: View) -> Act | None:
    """Isolate somebody; their bed owes a terminal clean from now on."""
    found = view.movable()
    plain = [who for spot, who in found if spot.status is BedStatus.OCCUPIED]
    who = view.one_of(plain)
    if who is None or len(found) - len(plain) >= APART:
        return None
    encounter, seen = who.encounter, who.version
    kind = view.dice.choice((Precaution.CONTACT, Precaution.DROPLET))
    return Act("simulator.isolate", lambda work: isolate(work, encounter, kind, seen=seen))


def end_apart(view: View) -> Act | None:
    """End an isolation that the simulator, or the demo, began a while ago."""
    over = [
        who
        for spot, who in view.movable()
        if spot.status is BedStatus.ISOLATED and not who.by_others and view.over(spot, times.APART)
    ]
    who = view.one_of(over)
    if who is None:
        return None
    encounter, seen = who.encounter, who.version
    return Act("simulator.end_isolation", lambda work: end_isolation(work, encounter, seen=seen))


def expect(view: View) -> Act | None:
    """Say when somebody should go home, who has no day or whose day has passed."""
    today = view.hospital.today
    found = [
        who
        for spot in view.floor.spots
        if (who := spot.occupant) and who.ours and not spot.theirs
        if who.home_on is None or who.home_on < today
    ]
    who = view.one_of(found)
    if who is None:
        return None
    encounter, seen = who.encounter, who.version
    on = today + timedelta(days=view.dice.randrange(5))
    return Act("simulator.expect_home", lambda work: expect_home(work, encounter, on, seen=seen))


def leave(view: View) -> Act | None:
    """Send somebody off the ward for a while: to the X-ray, or for a walk."""
    plain = [who for spot, who in view.movable() if spot.status is BedStatus.OCCUPIED]
    who = view.one_of(plain)
    if who is None or any(spot.away for spot in view.floor.spots):
        return None
    encounter, seen = who.encounter, who.version
    return Act("simulator.leave", lambda work: go_on_leave(work, encounter, seen=seen))


def back(view: View) -> Act | None:
    """Bring somebody back whom the simulator sent away a while ago."""
    for spot in view.floor.spots:
        who, gone = spot.occupant, spot.away_since
        if who is None or gone is None or not who.ours or who.by_others or spot.theirs:
            continue
        if view.pace.over(gone, view.hospital.now, times.LEAVE):
            again = partial(come_back, encounter_id=who.encounter, seen=who.version)
            return Act("simulator.return", again)
    return None
