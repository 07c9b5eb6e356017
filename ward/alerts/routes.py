"""Alerts: the console, the page of an alert, and what somebody does with one."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, Permission
from domain.alerts import Decline, Outcome
from domain.alerts import Response as Said
from ward import live
from ward.alerts import forms, queries, respond, talk
from ward.alerts.models import Alert
from ward.alerts.policy_routes import routes as policies
from ward.alerts.push_routes import routes as push
from ward.alerts.report import times_to_accept
from ward.alerts.sheets import answer, draw
from ward.errors import Invalid
from ward.security.actors import Actor
from ward.web import field, get, optional, page, post
from ward.work import Work, work_of

VIEW, MAY = Permission.VIEW_ALERTS, Permission.RESPOND_ALERT
ALL = {D0, D1, D3}


async def console(request: Request) -> Response:
    """Show what calls on every ward this person works on."""
    async with work_of(request) as work:
        return await _console(request, work, _wards(work))


async def on_the_ward(request: Request) -> Response:
    """Show what calls on one ward."""
    async with work_of(request) as work:
        return await _console(request, work, (request.path_params["ward_id"],))


async def _console(request: Request, work: Work, wards: tuple[UUID, ...]) -> Response:
    screens = [await live.show(work, "alerts", ward) for ward in wards]
    report = work.may(Permission.REPORT_ALERTS) and await times_to_accept(work, wards)
    place = (await queries.zone_of(work, wards[0]))[0].label if len(wards) == 1 else None
    return page(request, "alerts/console.html", place=place, screens=screens, report=report)


def _wards(work: Work) -> tuple[UUID, ...]:
    return work.actor.wards if isinstance(work.actor, Actor) else ()


async def alert(request: Request) -> Response:
    """Show an alert with its history, among the others of its patient."""
    async with work_of(request) as work:
        row = await work.access(Alert, _alert(request), VIEW)
        screen = await live.show(work, "calls", row.patient_id)
        sees = work.may(MAY)
        return page(request, "alerts/alert.html", screen=screen, alert_id=row.id, sees=sees)


async def seen(request: Request) -> Response:
    """Note that somebody has opened an alert."""
    async with work_of(request) as work:
        return await answer(request, work, await talk.see(work, _alert(request)))


async def response_form(request: Request) -> Response:
    """Draw the form that takes an alert."""
    choices = {"responses": forms.RESPONSES, "outcomes": forms.OUTCOMES}
    return await draw(request, "alerts/_respond.html", "Respond", **choices)


async def answer_call(request: Request) -> Response:
    """Take an alert, hand it to somebody, or say that it is managed."""
    said = await field(request, "response", Said)
    to, outcome = (
        await optional(request, "to_user", UUID),
        await optional(request, "outcome", Outcome),
    )
    text = await forms.text(request)
    if said is Said.HANDED and to is None:
        raise Invalid({"to_user": "Choose to whom it was handed."})
    if said is Said.MANAGED and outcome is None:
        raise Invalid({"outcome": "Say what became of it."})
    async with work_of(request) as work:
        match said:
            case Said.HANDED if to:
                row = await respond.hand(work, _alert(request), to, text)
            case Said.MANAGED if outcome:
                row = await respond.close(work, _alert(request), outcome, text)
            case _:
                row = await respond.accept(work, _alert(request))
                if text:
                    await talk.comment(work, row.id, text)
        return await answer(request, work, row)


async def refusal_form(request: Request) -> Response:
    """Draw the form in which somebody cannot go."""
    return await draw(request, "alerts/_refuse.html", "I cannot go", reasons=forms.REASONS)


async def decline(request: Request) -> Response:
    """Say that one cannot go, and why."""
    reason, text = await field(request, "reason", Decline), await forms.text(request)
    async with work_of(request) as work:
        row = await respond.decline(work, _alert(request), reason, text)
        return await answer(request, work, row)


async def owner_form(request: Request) -> Response:
    """Draw the form that hands an alert over."""
    return await draw(request, "alerts/_hand.html", "Hand over")


async def hand_over(request: Request) -> Response:
    """Give an alert to somebody else who is on duty."""
    to, text = await field(request, "to_user", UUID), await forms.text(request)
    version = await field(request, "version", int)
    async with work_of(request) as work:
        row = await respond.hand(work, _alert(request), to, text, seen=version)
        return await answer(request, work, row)


async def pause_form(request: Request) -> Response:
    """Draw the form that puts an alert off."""
    return await draw(request, "alerts/_pause.html", "Put off", waits=forms.WAITS)


async def put_off(request: Request) -> Response:
    """Let an alert wait, with a reason."""
    minutes, version = await field(request, "minutes", int), await field(request, "version", int)
    why = await forms.words(request, "Say why it can wait.")
    async with work_of(request) as work:
        row = await talk.snooze(work, _alert(request), minutes, why, seen=version)
        return await answer(request, work, row)


async def comment_form(request: Request) -> Response:
    """Draw the form of a comment."""
    return await draw(request, "alerts/_comment.html", "Comment")


async def comment(request: Request) -> Response:
    """Write something beside an alert."""
    text = await forms.words(request, "Write the comment.")
    async with work_of(request) as work:
        return await answer(request, work, await talk.comment(work, _alert(request), text))


async def closing_form(request: Request) -> Response:
    """Draw the form that closes an alert."""
    return await draw(request, "alerts/_close.html", "Close alert", outcomes=forms.CLOSINGS)


async def close(request: Request) -> Response:
    """Close an alert with what became of it."""
    outcome = await field(request, "outcome", Outcome, missing="Say what became of it.")
    text, version = await forms.text(request), await field(request, "version", int)
    async with work_of(request) as work:
        row = await respond.close(work, _alert(request), outcome, text, seen=version)
        return await answer(request, work, row)


def _alert(request: Request) -> UUID:
    found: UUID = request.path_params["alert_id"]
    return found


ONE = "/alerts/{alert_id:uuid}"
routes = [
    get("/alerts", console, VIEW, shows=ALL),
    get("/wards/{ward_id:uuid}/alerts", on_the_ward, VIEW, shows=ALL),
    *policies,
    *push,
    get(ONE, alert, VIEW, shows=ALL),
    post(f"{ONE}/seen", seen, MAY, shows=ALL),
    get(f"{ONE}/response", response_form, MAY, shows=ALL),
    post(f"{ONE}/response", answer_call, MAY, shows=ALL),
    get(f"{ONE}/refusal", refusal_form, MAY, shows=ALL),
    post(f"{ONE}/refusal", decline, MAY, shows=ALL),
    get(f"{ONE}/owner", owner_form, MAY, shows=ALL),
    post(f"{ONE}/owner", hand_over, MAY, shows=ALL),
    get(f"{ONE}/pause", pause_form, MAY, shows=ALL),
    post(f"{ONE}/pause", put_off, MAY, shows=ALL),
    get(f"{ONE}/comments", comment_form, MAY, shows=ALL),
    post(f"{ONE}/comments", comment, MAY, shows=ALL),
    get(f"{ONE}/closing", closing_form, MAY, shows=ALL),
    post(f"{ONE}/closing", close, MAY, shows=ALL),
]
