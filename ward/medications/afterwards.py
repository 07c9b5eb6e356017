"""Afterwards: a dose that was given before anybody wrote it down; recorded as it was, not judged.

What stands on a paper, or was given before its order or the stay ended, has happened: asking for a
second person, a scan or another day's rules would only keep it out of the record, and the next
nurse would give it again. What cannot have been so is refused; the chart says where it came from.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from domain import display, rights, windows
from domain.amounts import Amount
from domain.doses import WRITE_WITHIN, Status
from domain.errors import NotAllowed
from domain.orders import RequestStatus
from domain.rights import Bedside, ByEye, NoScan
from domain.windows import LateChoice
from ward.medications import packs, second_person
from ward.medications.models import GivenSource, Identified, MedicationRequest, ScheduledDose
from ward.medications.occasion import MAY, Occasion
from ward.medications.said import GivenSaid, Judged
from ward.work import Work

_LOOKED = ByEye(reason=NoScan.EMERGENCY, identifiers=frozenset({"name", "number"}), second=True)
_UNTOUCHED = (Status.PLANNED, Status.CANCELLED)
_NEVER = (RequestStatus.CANCELLED, RequestStatus.WRONG)


def written_late(request: MedicationRequest, now: datetime) -> bool:
    """Tell whether something may still be added to an order that has ended."""
    ended = request.ended_at if request.status not in _NEVER else None
    return ended is not None and now - ended <= WRITE_WITHIN


async def untouched(work: Work, request: MedicationRequest) -> Sequence[ScheduledDose]:
    """List the doses that were due before an order ended, of which nobody has said anything."""
    mine = select(ScheduledDose).where(
        ScheduledDose.request_id == request.id,
        ScheduledDose.revision == request.revision,
        ScheduledDose.status != Status.ENTERED_IN_ERROR,
        ScheduledDose.opens_at <= (request.ended_at or work.now),
    )
    rows = await work.every(mine.order_by(ScheduledDose.due_at.desc(), ScheduledDose.id), MAY)
    open_ = [row for row in rows if row.status in _UNTOUCHED]
    done = {row.due_at for row in rows if row.status not in _UNTOUCHED}
    return list({row.due_at: row for row in open_ if row.due_at not in done}.values())


def told(found: Occasion, said: GivenSaid) -> Identified | None:
    """Tell whether this is told of a dose that was given earlier, and from where."""
    if said.source is GivenSource.PAPER:
        return Identified.PAPER
    ended = found.ended_at is not None and said.given_at is not None
    return Identified.AFTERWARDS if ended else None


async def judge(
    work: Work, found: Occasion, said: GivenSaid, revision: int, how: Identified
) -> Judged:
    """Take a dose as it was given; a second person signs where no paper names one."""
    if said.given_at is None:
        raise NotAllowed("Give the time that stands on the paper.", "dose.paper-time")
    at, amount = said.given_at, said.amount or found.ordered
    _refuse_over(work, found, at)
    scanned = await packs.scans(work, said.packs, work.now.astimezone(found.held.zone))
    bedside = Bedside(
        seen_version=revision,
        given_at=at,
        amount=amount,
        route=said.route or found.line.detail.route,
        band=_LOOKED,
        packs=tuple(one.picked for one in scanned) or _LOOKED,
        early_reason="told",
        late_choice=LateChoice.KEEP,
    )
    line = found.ranged(amount)
    other = not line.amount.same(amount)
    if other and not said.partly.strip():
        raise NotAllowed(
            f"You entered {amount}; ordered is {line.amount}. Say why another dose was given.",
            rights.Stop.WRONG_DOSE.value,
        )
    rights.check(replace(line, amount=_above_nothing(amount), least_at=None, active=True),
                 bedside, work.now)  # fmt: skip
    request = found.line.request
    needed = how is Identified.AFTERWARDS and (request.witnessed or request.high_alert)
    witness_id = await second_person.signed(work, found, said, amount, needed=needed)
    timing = None
    if found.dose is not None and found.width is not None:
        timing = windows.timing(found.dose.due_at, at, found.width)
    less = other and amount.to(found.ordered.unit).value < found.ordered.value
    return Judged(amount, at, scanned, witness_id, timing, less, how)


def _above_nothing(amount: Amount) -> Amount:
    if amount.value <= 0:
        raise NotAllowed("Enter the dose that was given.", "dose.amount")
    return amount


def _refuse_over(work: Work, found: Occasion, at: datetime) -> None:
    """Refuse what was not ordered at that time, and what is too long ago."""
    ended, request = found.ended_at, found.line.request
    if ended is None:
        return
    when = display.instant(ended, found.held.zone)
    if at > ended or request.status in _NEVER:
        raise NotAllowed(
            f"The order ended {when}. Enter when the dose was given.",
            rights.Stop.ORDER_ENDED.value,
        )
    if work.now - ended > WRITE_WITHIN:
        raise NotAllowed(
            f"The order ended {when}, more than a day ago. It can no longer be added to here.",
            "dose.too-late",
        )


def standing(found: Occasion, now: Status) -> Status:
    """Tell from where a dose moves that was given: nobody can take it back by stopping its order.

    A dose that was planned anew, as after a change, stands elsewhere in the chart.
    """
    dose, request = found.dose, found.line.request
    if now is Status.CANCELLED and dose is not None:
        ended = found.ended_at
        if ended is None or dose.opens_at > ended or dose.revision != request.revision:
            raise NotAllowed(
                "This dose was planned anew. Look at the chart again.", "dose.planned-anew"
            )
        return Status.PREPARING
    return Status.PREPARING if now in {Status.HELD, Status.MISSED} else now
