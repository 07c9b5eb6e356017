"""Letter routes: the signed summaries of a patient's own stays, to read, print and keep."""

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D1, D2, D3, D4, D5, D6
from ward.portal.own_routes import HERE
from ward.portal.whose import mine
from ward.summaries import own
from ward.summaries.queries import pdf_of
from ward.web import document, get, page
from ward.work import work_of

LETTERS = f"{HERE}/summaries"
ALL = {D1, D2, D3, D4, D5, D6}


async def letters(request: Request) -> Response:
    """List the stays of which something is signed."""
    async with work_of(request) as work:
        stays = await own.stays_of(work, await mine(work))
        return page(request, "portal/letters.html", stays=stays)


async def letter(request: Request) -> Response:
    """Show one version as it was signed, and whether a newer one counts."""
    async with work_of(request) as work:
        row, zone = await own.released_one(work, request.path_params["summary_id"])
        return page(
            request,
            "portal/letter.html",
            summary_id=row.id,
            number=row.number,
            signed_at=row.signed_at,
            replaced_at=row.replaced_at,
            newest=await own.newest_of(work, row) if row.replaced_at else None,
            parts=await own.whole_of(work, row),
            zone=zone,
        )


async def letter_paper(request: Request) -> Response:
    """Give the paper as it was signed, byte for byte."""
    async with work_of(request) as work:
        row, _ = await own.released_one(work, request.path_params["summary_id"])
        return document(request, await pdf_of(work, row), "discharge-summary.pdf")


routes = [
    get(LETTERS, letters, own.MAY, shows={D1}),
    get(f"{LETTERS}/{{summary_id:uuid}}", letter, own.MAY, shows=ALL),
    get(f"{LETTERS}/{{summary_id:uuid}}.pdf", letter_paper, own.MAY, shows=ALL),
]
