"""Shown: what a command answers: the pieces it changed, exactly as the open page shows them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from domain.access import READS, DataClass
from ward.labs import inbox, worklist
from ward.labs.inbox import SHOWN
from ward.labs.models import Specimen
from ward.labs.queries import VIEW
from ward.projections import within
from ward.render import render
from ward.security.actors import Actor, System
from ward.web import fragment, go
from ward.work import Work

_EYES = System("hub", frozenset())


async def specimen(request: Request, work: Work, specimen_id: UUID) -> Response:
    """Answer with the line of a specimen, where the open page lists specimens."""
    if _alone(request):
        return go(request, "/specimens")
    if "/specimens" not in request.headers.get("hx-current-url", ""):
        return nothing(request)
    await work.flush()
    classes = _classes(work)
    eyes = work.watched(_EYES, classes)
    one = await worklist.one(eyes, specimen_id)
    work.shown([one.specimen.patient_id], classes)
    ward_id = await _ward_of(eyes, specimen_id)
    zone = (await inbox.place(eyes, ward_id)).zone if ward_id else "Europe/London"
    context = {"specimen": one.specimen, "who": one.who, "bed": one.bed}
    html = _drawn("labs/_specimen.html", zone, context, classes)
    return fragment(
        request, "labs/_changed.html", pieces=[(f"specimen-{specimen_id}", html)], back="/specimens"
    )


def nothing(request: Request, back: str | None = None) -> Response:
    """Answer with nothing: the live page shows what became of it."""
    if back and _alone(request):
        return go(request, back)
    return fragment(request, "labs/_changed.html", pieces=[], back=back)


def _alone(request: Request) -> bool:
    """Tell whether the form stood alone on a page of its own."""
    return request.headers.get("hx-current-url", "").endswith(request.url.path)


def _classes(work: Work) -> frozenset[DataClass]:
    assert isinstance(work.actor, Actor)
    return SHOWN & frozenset(READS[work.actor.role])


async def _ward_of(work: Work, specimen_id: UUID) -> UUID | None:
    return (await work.access(Specimen, specimen_id, VIEW)).ward_id


def _drawn(
    template: str, zone: str, context: Mapping[str, Any], classes: frozenset[DataClass]
) -> Markup:
    html = render(template, zone=zone, **within(context, classes))
    return Markup(html.strip())  # noqa: S704 - our own template
