"""Card pages: where an administrator sets what a ward's cards show, with a preview."""

from typing import Any
from uuid import UUID

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D10
from domain.card_rows import CardRow
from ward.beds import look, preview, queries
from ward.beds.look import SET
from ward.web import field, fragment, get, go, page, post
from ward.work import Work, work_of


async def ward_card(request: Request) -> Response:
    """Show what the ward's cards show, with an example and the form that changes it."""
    ward_id = _ward(request)
    async with work_of(request) as work:
        ward = await queries.board_head(work, ward_id)
        found = await look.look_of(work, ward_id)
        typed = "shown" in request.query_params  # without scripts: looked at before it is set
        off = _off(request.query_params) if typed else found.off
        drawn = _drawn(work, ward, off)
        told = {"version": found.version, "as_set": set(off) == set(found.off)}
        return page(request, "beds/card.html", place=ward.label, ward=ward, **told, **drawn)


async def card_preview(request: Request) -> Response:
    """Draw the examples as the boxes stand."""
    ward_id = _ward(request)
    async with work_of(request) as work:
        ward = await queries.board_head(work, ward_id)
        await look.look_of(work, ward_id)
        drawn = _drawn(work, ward, _off(request.query_params))
        back = f"/wards/{ward_id}/card?{request.url.query}"
        return fragment(request, "beds/_preview.html", back=back, ward=ward, **drawn)


async def set_ward_card(request: Request) -> Response:
    """Have the ward's cards show these parts from now on, or the standard again."""
    ward_id, seen = _ward(request), await field(request, "version", int)
    form = await request.form()
    async with work_of(request) as work:
        await look.set_card(work, ward_id, () if form.get("standard") else _off(form), seen=seen)
        return go(request, f"/wards/{ward_id}/card")


def _off(said: FormData | QueryParams) -> tuple[CardRow, ...]:
    """Read which boxes are empty: what is not ticked is left off."""
    return tuple(row for row in CardRow if not said.get(f"row_{row}"))


def _drawn(work: Work, ward: queries.WardBoard, off: tuple[CardRow, ...]) -> dict[str, Any]:
    return {
        "rows": [(row.value, row.word, row.hint, row not in off) for row in CardRow],
        "examples": preview.cards(ward, off, work.now),
        "zone": ward.zone,
    }


def _ward(request: Request) -> UUID:
    ward_id: UUID = request.path_params["ward_id"]
    return ward_id


_AT = "/wards/{ward_id:uuid}/card"
routes = [
    get(_AT, ward_card, SET, shows={D0, D10}),
    get(f"{_AT}/preview", card_preview, SET, shows={D0, D10}),
    post(_AT, set_ward_card, SET, shows={D0, D10}),
]
