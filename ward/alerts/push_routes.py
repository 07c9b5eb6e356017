"""Push routes: one browser's alerts turned on, off and tried, from one's account."""

from datetime import timedelta
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.access import Permission
from domain.errors import NotAllowed
from ward.alerts import push_phones
from ward.alerts.models import PushSubscription
from ward.alerts.push_message import TEST, Letter, Phone, letter
from ward.alerts.push_sending import GONE, SENDER, post, taken
from ward.errors import Missing
from ward.security.limits import Limit
from ward.users.leaving import leaving
from ward.web import field, get
from ward.web import post as command
from ward.work import Work, work_as, work_of

MAY = Permission.RESPOND_ALERT
TRIES = Limit("push-test", 10, 300)
YEAR = 365 * 24 * 3600
LASTS = timedelta(minutes=1)
NO_LONGER = "This phone cannot be reached any more. Turn alerts off and on again."
NO_ANSWER = "The push service of this phone does not answer. Try again in a moment."


async def phone(request: Request) -> Response:
    """Say whether this browser is woken for whoever asks."""
    async with work_of(request) as work:
        _refuse_off(work)
        return JSONResponse({"on": await push_phones.mine(work, _kept(request)) is not None})


async def turn_on(request: Request) -> Response:
    """Have this browser woken for whoever asks."""
    names = ("endpoint", "p256dh", "auth")
    said = {name: await field(request, name, str) for name in names}
    async with work_of(request) as work:
        server = _refuse_off(work)
        row = await push_phones.turn_on(work, Phone(**said, server=server))
    answer = Response(status_code=204)
    name = _cookie(request)
    answer.set_cookie(
        name,
        str(row.id),
        max_age=YEAR,
        httponly=True,
        samesite="lax",
        secure=name.startswith("__Host-"),
    )
    return answer


async def turn_off(request: Request) -> Response:
    """Have this browser woken no more."""
    async with work_of(request) as work:
        _refuse_off(work)
        await push_phones.turn_off(work, _kept(request))
    return Response(status_code=204)


async def test(request: Request) -> Response:
    """Send a message to this browser that says it is a test."""
    async with work_of(request) as work:
        _refuse_off(work)
        await request.app.state.node.limits.spend(TRIES, str(work.actor.id))
        row, sent = await _letter(work, _kept(request))
    status = await post(sent)
    if status in GONE:
        async with work_as(request.app.state.node, SENDER, "alerts.pushed") as work:
            await push_phones.gone(work, row.id)
        raise NotAllowed(NO_LONGER)
    if not taken(status):
        raise NotAllowed(NO_ANSWER)
    return Response(status_code=204)


async def _letter(work: Work, subscription_id: UUID | None) -> tuple[PushSubscription, Letter]:
    row = await push_phones.mine(work, subscription_id)
    if row is None:
        raise NotAllowed("Alerts are off on this phone. Turn them on first.")
    to = (await push_phones.opened(work, [row])).get(row.id)
    if to is None or not push_phones.reachable(to.endpoint, work.node.settings):
        raise NotAllowed(NO_LONGER)
    return row, letter(to, TEST, work.node.settings, work.now, LASTS)


@leaving
async def forget_phone(work: Work, request: Request) -> None:
    """Wake nobody's phone who has signed out there."""
    await push_phones.turn_off(work, _kept(request), Permission.USE_ACCOUNT)


def _refuse_off(work: Work) -> str:
    key = push_phones.public_key(work.node.settings)
    if key is None:
        raise Missing
    return key


def _cookie(request: Request) -> str:
    return "__Host-ward_phone" if request.url.scheme == "https" else "ward_phone"


def _kept(request: Request) -> UUID | None:
    """Read which subscription this browser holds; it is heeded only where it is one's own."""
    try:
        return UUID(request.cookies.get(_cookie(request), ""))
    except ValueError:
        return None


routes = [
    get("/account/push", phone, MAY),
    command("/account/push", turn_on, MAY),
    command("/account/push/stop", turn_off, MAY),
    command("/account/push/test", test, MAY),
]
