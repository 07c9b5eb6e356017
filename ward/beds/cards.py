"""Cards: beds as the answer to a command draws them: the very bytes the board is sent."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, DataClass
from realtime.topics import Topic
from ward import live
from ward.beds import queries
from ward.beds.models import Bed
from ward.beds.queries import BedCard
from ward.errors import Missing
from ward.projections import within
from ward.render import render
from ward.security.actors import Actor, System
from ward.web import fragment, go
from ward.work import Work

EYES = System("hub", frozenset())


async def card(request: Request, work: Work, changed: Bed) -> Response:
    """Answer with the card of the bed that was changed: for a form whose target it is."""
    (bed,) = await queries.changed(work, [changed])
    if _alone(request):
        return go(request, board_of(bed))
    (context,) = await _contexts(work, [bed])
    return fragment(request, "beds/_bed.html", back=board_of(bed), **context)


async def cards(
    request: Request, work: Work, bed_ids: Iterable[UUID], *, back: str | None = None
) -> Response:
    """Answer with every card that changed, each for its own place on the board that asked."""
    return await drawn(request, work, await queries.beds_of(work, bed_ids), back=back)


async def drawn(
    request: Request, work: Work, changed: Sequence[BedCard], *, back: str | None = None
) -> Response:
    """Answer with these cards.

    A card of a board that is not open here has no place; its own board is sent it.
    """
    back = back or (board_of(changed[-1]) if changed else "/wards")
    if _alone(request):
        return go(request, back)
    open_here = request.headers.get("hx-current-url")
    shown = [bed for bed in changed if open_here is None or board_of(bed) in open_here]
    contexts = zip(shown, await _contexts(work, shown), strict=True)
    pieces = [(f"bed-{bed.id}", _piece(context)) for bed, context in contexts]
    return fragment(request, "beds/_changed.html", back=back, cards=pieces)


def _alone(request: Request) -> bool:
    """Say whether the form is a page of its own, so that there is no board to change."""
    return request.headers.get("hx-current-url", "").endswith(request.url.path)


def board_of(bed: BedCard) -> str:
    """Give the address of the board a bed stands on."""
    return f"/wards/{bed.ward_id}/beds"


def _piece(context: dict[str, Any]) -> Markup:
    return Markup(render("beds/_bed.html", **context).strip())  # noqa: S704 - our own template


async def _contexts(work: Work, beds: Sequence[BedCard]) -> list[dict[str, Any]]:
    """Gather what this viewer's views of the wards show of the beds, each ward's at once."""
    found: dict[UUID, dict[str, Any]] = {}
    for ward_id in dict.fromkeys(bed.ward_id for bed in beds):
        there = [bed for bed in beds if bed.ward_id == ward_id]
        classes = await classes_on(work, ward_id)
        parts = await queries.parts_of(work.watched(EYES, classes), there)
        for bed in there:
            work.shown(queries.shown_on(parts[bed.id]), classes)
            shown = within({"bed": bed, "parts": parts[bed.id]}, classes)
            found[bed.id] = shown | {"zone": bed.zone}
    return [found[bed.id] for bed in beds]


async def classes_on(work: Work, ward_id: UUID) -> frozenset[DataClass]:
    """Tell which classes of data this viewer's view of the ward is made of."""
    kind = live.KINDS["beds"]
    if not isinstance(work.actor, Actor):
        return frozenset({D0})
    try:
        return kind.views[live.bare(await live.choose(work, kind, Topic("beds", ward_id)))]
    except Missing:
        return frozenset({D0})
