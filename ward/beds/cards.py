"""Cards: beds as the answer to a command draws them: the very bytes the board is sent."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, DataClass
from ward import live
from ward.beds import queries
from ward.beds.queries import BedCard
from ward.errors import Missing
from ward.projections import within
from ward.render import render
from ward.security.actors import Actor, System
from ward.web import fragment, go
from ward.work import Work

EYES = System("hub", frozenset())


async def card(request: Request, work: Work, bed_id: UUID) -> Response:
    """Answer with one bed's card: for a form whose target it is."""
    bed = await queries.card(work, bed_id)
    if _alone(request):
        return go(request, board_of(bed))
    return fragment(request, "beds/_bed.html", back=board_of(bed), **await _context(work, bed))


async def cards(
    request: Request, work: Work, bed_ids: Iterable[UUID], *, back: str | None = None
) -> Response:
    """Answer with every card that changed, each for its own place on the board that asked.

    A card of a board that is not open here has no place; its own board is sent it.
    """
    changed = await queries.beds_of(work, bed_ids)
    back = back or (board_of(changed[-1]) if changed else "/wards")
    if _alone(request):
        return go(request, back)
    open_here = request.headers.get("hx-current-url")
    shown = [bed for bed in changed if open_here is None or board_of(bed) in open_here]
    drawn = [(f"bed-{bed.id}", await _drawn(work, bed)) for bed in shown]
    return fragment(request, "beds/_changed.html", back=back, cards=drawn)


def _alone(request: Request) -> bool:
    """Say whether the form is a page of its own, so that there is no board to change."""
    return request.headers.get("hx-current-url", "").endswith(request.url.path)


def board_of(bed: BedCard) -> str:
    """Give the address of the board a bed stands on."""
    return f"/wards/{bed.ward_id}/beds"


async def _drawn(work: Work, bed: BedCard) -> Markup:
    html = render("beds/_bed.html", **await _context(work, bed))
    return Markup(html.strip())  # noqa: S704 - our own template


async def _context(work: Work, bed: BedCard) -> dict[str, Any]:
    """Gather what this viewer's view of the ward shows of the bed."""
    classes = await classes_on(work, bed.ward_id)
    eyes = work.watched(EYES, classes)
    ward = await queries.board_head(eyes, bed.ward_id)
    parts = (await queries.parts_of(eyes, [bed]))[bed.id]
    work.shown(queries.shown_on(parts), classes)
    drawn: dict[str, Any] = within({"bed": bed, "parts": parts}, classes)
    return drawn | {"zone": ward.zone}


async def classes_on(work: Work, ward_id: UUID) -> frozenset[DataClass]:
    """Tell which classes of data this viewer's view of the ward is made of."""
    kind = live.KINDS["beds"]
    if not isinstance(work.actor, Actor):
        return frozenset({D0})
    try:
        return kind.views[live.bare(await live.choose(work, kind, ward_id))]
    except Missing:
        return frozenset({D0})
