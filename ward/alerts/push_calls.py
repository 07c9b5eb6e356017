"""Push calls: which phones a critical alert wakes, each once for each call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.access import Permission
from domain.alerts import AlertState, Tier
from ward import tidy
from ward.alerts import people, push_phones
from ward.alerts.errands import Wake
from ward.alerts.models import Alert, PushCall, PushSubscription
from ward.alerts.push_message import ALERT, Letter, letter
from ward.db import new_id
from ward.work import Work

VIEW, MAY = Permission.VIEW_ALERTS, Permission.SOUND_ALERT
PAUSES = (10.0, 30.0, 120.0, 600.0)  # seconds before each further try; one takes less than 10
KEPT_FOR = timedelta(days=3)


async def wake(work: Work, alert_id: UUID, nth: int) -> None:
    """Have every phone woken of those whom this call calls; no more when somebody has it."""
    if work.node.settings.push_key is None:
        return
    alert = await work.access(Alert, alert_id, VIEW)
    if alert.step != nth:
        return
    for phone in await push_phones.phones_of(work, await _whom(work, alert)):
        call = PushCall(
            id=new_id(), alert_id=alert_id, nth=nth, subscription_id=phone.id, made_at=work.now
        )
        work.add(call, MAY)
        work.later(Wake(call.id, 1), work.now)


async def attempt(work: Work, call_id: UUID, nth: int) -> bool:
    """Begin a try; True when something is to be sent, after the commit.

    The next try is written down first: a node that dies, or a push service that fails, leaves it
    to whoever is there then. When this one succeeds, the next finds that and does nothing.
    """
    call = await _standing(work, call_id)
    if call is None or work.node.settings.push_key is None:
        return False
    if await _wanted(work, call) is None:
        return False
    call.tries = nth
    if nth <= len(PAUSES):
        work.later(Wake(call.id, nth + 1), work.now + timedelta(seconds=PAUSES[nth - 1]))
    return True


async def _standing(work: Work, call_id: UUID) -> PushCall | None:
    """Lock a call that was not sent yet; none when its phone was forgotten meanwhile."""
    this = select(PushCall).where(PushCall.id == call_id).with_for_update()
    rows = await work.every(this, MAY)
    return rows[0] if rows and rows[0].sent_at is None else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that is still of use: the phone, and until when."""

    phone: PushSubscription
    until: datetime


async def _wanted(work: Work, call: PushCall) -> Wanted | None:
    """Look at what is true now: nobody has it, this is the call, and it calls this person."""
    alert = await work.access(Alert, call.alert_id, VIEW)
    if alert.step != call.nth or alert.escalates_at is None:
        return None
    for phone in await push_phones.phones_of(work, await _whom(work, alert)):
        if phone.id == call.subscription_id:
            return Wanted(phone, alert.escalates_at)
    return None


async def _whom(work: Work, alert: Alert) -> Iterable[UUID]:
    """List whom a critical alert calls now, as its card does; of them who is on duty."""
    if alert.state is not AlertState.OPEN or alert.tier != Tier.NOW:
        return ()
    around = await people.around(work, [alert])
    there = {user for part in around.wards[alert.ward_id].values() for user in part}
    return [user for user in around.called(alert) if user in there]


async def write(work: Work, call_id: UUID, nth: int) -> tuple[UUID, Letter] | None:
    """Write what is sent for a try: to which phone, and the letter; none if it is of no use.

    Waits for the commit that began the try; if that was rolled back, there is nothing to send.
    """
    call = await _standing(work, call_id)
    if call is None or call.tries != nth:
        return None
    wanted = await _wanted(work, call)
    if wanted is None:
        return None
    phone = (await push_phones.opened(work, [wanted.phone])).get(wanted.phone.id)
    if phone is None or not push_phones.reachable(phone.endpoint, work.node.settings):
        await push_phones.gone(work, wanted.phone.id)
        return None
    choice, left = work.node.settings, wanted.until - work.now
    return wanted.phone.id, letter(phone, ALERT, choice, work.now, left)


async def note(work: Work, call_id: UUID, phone_id: UUID, *, sent: bool) -> None:
    """Note what became of a try: the phone's push service took it, or failed."""
    phones = select(PushSubscription).where(PushSubscription.id == phone_id)
    for phone in await work.every(phones.with_for_update(), MAY):
        phone.failed_at = None if sent else work.now
    calls = select(PushCall).where(PushCall.id == call_id)
    for call in await work.every(calls.with_for_update(), MAY):
        if sent:  # a failure that is noted late takes nothing back
            call.sent_at = work.now


@tidy.forgets
async def forget(connection: AsyncConnection, now: datetime) -> int:
    """Forget which phones were woken days ago; return how many calls."""
    old = delete(PushCall).where(PushCall.made_at < now - KEPT_FOR)
    return (await connection.execute(old)).rowcount
