"""Code routes: the code on paper, and the page behind it, for whoever shows it, without a sign-in.

Opening the page changes nothing: whatever looks at a link on its way may open it.
"""

from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain import queues
from domain.access import D0, D1, D2, Permission
from domain.display import instant
from domain.errors import NotAllowed
from ward import codes as drawn
from ward.arrivals import codes
from ward.arrivals.arrive import MAY, arrive_by_code
from ward.config import Env
from ward.errors import Busy, Missing, Stale
from ward.patients.queries import names_of
from ward.render import render
from ward.scheduling import choices
from ward.scheduling.models import Appointment
from ward.security.actors import System
from ward.security.limits import Limit
from ward.web import page, post, public
from ward.work import work_as, work_of

DOOR = System("check-in", frozenset({MAY, Permission.VIEW_APPOINTMENTS, Permission.VIEW_CALENDAR}))
TRIES = Limit("check-in", 30, 60)  # one address: everybody at a screen in the hall


async def make(request: Request) -> Response:
    """Make a code, and show it large enough to print."""
    async with work_of(request) as work:
        row = await work.access(Appointment, request.path_params["appointment_id"], MAY)
        clinic = await choices.clinic(work, row.ward_id)
        token = await codes.issue(work, row)
        who = (await names_of(work, [row.patient_id], clinic.zone)).get(row.patient_id)
        address = str(request.url_for("arrivals.ask", token=token))
        return page(
            request,
            "arrivals/code.html",
            place=clinic.label,
            code=Markup(drawn.qr(address)),  # noqa: S704 - segno's own drawing
            address=address,
            who=who,
            clinic=clinic,
            when=instant(row.starts_at, ZoneInfo(row.zone)),
        )


async def ask(request: Request) -> Response:
    """Show the button that says: I am here."""
    return _page(request)


async def come(request: Request) -> Response:
    """Say that whoever shows this code has come, and tell their number."""
    node, token = request.app.state.node, request.path_params["token"]
    try:
        await node.limits.spend(TRIES, request.client.host if request.client else "")
        async with work_as(node, DOOR, "arrivals.by_code") as work:
            number = queues.label((await arrive_by_code(work, token)).number)
        return _page(request, number=number)
    except Busy as busy:
        return _page(request, problem=busy.sentence, status=429)
    except (NotAllowed, Stale) as refused:
        return _page(request, problem=refused.sentence, status=409)
    except Missing:
        return _page(request, problem="Please ask at the desk.", status=404)


def _page(request: Request, *, number: str = "", problem: str = "", status: int = 200) -> Response:
    html = render(
        "arrivals/arrive.html",
        status=status,
        number=number,
        problem=problem,
        at=f"/arrive/{request.path_params['token']}",
        demo=request.app.state.node.settings.env is not Env.PRODUCTION,
    )
    headers = {"x-robots-tag": "noindex", "referrer-policy": "no-referrer"}
    return HTMLResponse(html, status, headers)


routes = [
    post("/appointments/{appointment_id:uuid}/code", make, MAY, shows={D0, D1, D2}),
    public("/arrive/{token}", ask),
    public("/arrive/{token}", come, "POST"),
]
