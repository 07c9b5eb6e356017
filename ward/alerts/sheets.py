"""Sheets: the forms of an alert, and the answer to each: the very bytes its screens are sent."""

from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, Permission
from domain.duty import DutyRole
from ward.alerts import people, queries
from ward.alerts.models import Alert
from ward.duty.queries import names
from ward.render import render
from ward.security.actors import System
from ward.web import by_htmx, fragment, go, sheet
from ward.work import Work, work_of

EYES = System("hub", frozenset())
SHOWN = frozenset({D0, D1, D3})
MAY = Permission.RESPOND_ALERT


async def draw(request: Request, template: str, title: str, **context: Any) -> Response:
    """Draw a form about an alert: what it says, and whom it is about."""
    alert_id: UUID = request.path_params["alert_id"]
    async with work_of(request) as work:
        row = await work.access(Alert, alert_id, MAY)
        card = (await queries.cards(work, [row]))[row.id]
        _, zone = await queries.zone_of(work, row.ward_id)
        person = (await queries.named(work, [row], zone)).get(row.patient_id)
        who = person.name if person else None
        staff = await _staff(work, row)
        known = person.known if person else None
        context |= {"alert": card, "who": who, "known": known, "staff": staff, "zone": str(zone)}
        return sheet(request, template, title=title, **context)


async def _staff(work: Work, alert: Alert) -> list[tuple[UUID, str]]:
    """List who is on duty on the alert's ward, but for who has it and who asks."""
    there: dict[UUID, DutyRole] = await people.everybody(work, alert.ward_id)
    known = await names(work, there)
    listed = [
        (one, f"{known[one].name}, {part.word.lower()}")
        for one, part in there.items()
        if one in known and one not in (alert.owner_id, work.actor.id)
    ]
    return sorted(listed, key=lambda row: row[1])


async def answer(request: Request, work: Work, alert: Alert) -> Response:
    """Answer a command with the alert as each screen that may be open shows it."""
    back = f"/alerts/{alert.id}"
    if by_htmx(request) and _alone(request):
        return go(request, back)
    if not by_htmx(request):
        return fragment(request, "beds/_changed.html", back=back, cards=[])
    await work.flush()
    eyes = work.watched(EYES, SHOWN)
    work.shown([alert.patient_id], SHOWN)
    _, zone = await queries.zone_of(eyes, alert.ward_id)
    drawn = []
    if alert.closed_at is None:  # else it stands elsewhere on the console, which is sent it
        card = (await queries.cards(eyes, [alert]))[alert.id]
        person = (await queries.named(eyes, [alert], zone)).get(alert.patient_id)
        html = render("alerts/_alert.html", alert=card, person=person, zone=str(zone))
        drawn.append((f"alert-{alert.id}", _safe(html)))
    for story in (await queries.stories_of(eyes, alert.patient_id)).items:
        if story.alert.id == alert.id:
            html = render("alerts/_call.html", story=story, zone=str(zone))
            drawn.append((f"call-{alert.id}", _safe(html)))
    return fragment(request, "beds/_changed.html", back=back, cards=drawn)


def _alone(request: Request) -> bool:
    """Say whether the form is a page of its own, so that nothing is there to change."""
    return request.headers.get("hx-current-url", "").endswith(request.url.path)


def _safe(html: str) -> Markup:
    return Markup(html.strip())  # noqa: S704 - our own template
