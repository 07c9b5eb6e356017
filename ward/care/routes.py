"""Care: the page of a ward by patients and hours."""

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D3, D4, Permission
from ward import live
from ward.beds import queries as beds
from ward.care.hours import Turn
from ward.web import get, page
from ward.work import work_of

NEXT = "next"  # twelve hours from now
TURNS = [(NEXT, "Next 12 h"), *((turn.value, turn.word) for turn in Turn), ("all", "All")]


async def show(request: Request) -> Response:
    """Show what is to be given and done; stays current while it is open."""
    ward_id = request.path_params["ward_id"]
    wanted = request.query_params.get("shift", "")
    async with work_of(request) as work:
        screen = await live.show(work, "care", ward_id)
        ward = await beds.board_head(work, ward_id)
        return page(
            request,
            "care/care.html",
            place=ward.label,
            screen=screen,
            ward=ward,
            turns=TURNS,
            turn=wanted if wanted in dict(TURNS) else NEXT,
        )


routes = [
    get(
        "/wards/{ward_id:uuid}/care",
        show,
        Permission.VIEW_MEDICATIONS,
        shows={D0, D1, D3, D4},
        scans=True,
    )
]
