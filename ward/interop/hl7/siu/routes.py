"""Routes: a person says what the codes of appointments mean, and looks at what was said."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, Permission
from ward.errors import Invalid
from ward.interop.hl7.siu import queries, service
from ward.interop.hl7.siu.fact import Asked
from ward.interop.hl7.siu.service import Says
from ward.web import field, get, go, optional, page, post, sheet
from ward.work import work_of

REVIEW = Permission.REVIEW_MESSAGES
HOME = "/hl7/codes"
_MEANS = {"ward": "ward_id", "resource": "resource_id", "visit": "visit_type_id"}


async def codes_form(request: Request) -> Response:
    """Ask what the codes of a message mean that nobody has mapped."""
    async with work_of(request) as work:
        found = await queries.unmapped(work, _id(request))
        return sheet(
            request,
            "hl7/_codes.html",
            title="Map codes",
            url=f"/hl7/messages/{found.message.id}/codes",
            sender=found.sender,
            version=found.message.version,
            asked=[(f"code-{nth}", one.kind, one.words) for nth, one in enumerate(found.asked)],
            clinics=await queries.choices(work),
            chosen={},
        )


async def map_codes(request: Request) -> Response:
    """Store what codes mean; every message that waited for them goes on."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        found = await queries.unmapped(work, _id(request))
        says: dict[Asked, Says] = {}
        for nth, one in enumerate(found.asked):
            if said := await _said(request, f"code-{nth}"):
                says[one] = said
        if not says:
            raise Invalid({"code-0": "Choose what it means."})
        await service.map_codes(work, found.message.id, found.asked, says, seen=seen)
        return go(request, "/hl7")


async def codes(request: Request) -> Response:
    """List what the codes of other systems mean here."""
    async with work_of(request) as work:
        return page(request, "hl7/codes.html", codes=await queries.listed(work))


async def code_form(request: Request) -> Response:
    """Ask what a code means from now on."""
    async with work_of(request) as work:
        line = await queries.line(work, _id(request))
        return sheet(
            request,
            "hl7/_codes.html",
            title="Change a code",
            url=f"{HOME}/{line.id}",
            sender=line.sender,
            version=line.version,
            asked=[("means", line.kind, line.words)],
            clinics=await queries.choices(work),
            chosen={"means": line.value},
        )


async def change_code(request: Request) -> Response:
    """Store what a code means from now on."""
    seen = await field(request, "version", int)
    said = await _said(request, "means")
    if said is None:
        raise Invalid({"means": "Choose what it means."})
    async with work_of(request) as work:
        await service.change_code(work, _id(request), said, seen=seen)
        return go(request, HOME)


async def _said(request: Request, name: str) -> Says | None:
    """Read what was chosen: a visit, a column, a clinic, or that it is not booked here."""
    value = await optional(request, name, str)
    if value is None or value == "none":
        return Says() if value else None
    kind, _, key = value.partition(":")
    try:
        return Says(**{_MEANS[kind]: UUID(key)})
    except (KeyError, ValueError):
        raise Invalid({name: "This cannot be read. Choose again."}) from None


def _id(request: Request) -> UUID:
    found: UUID = request.path_params["id"]
    return found


BOTH = {D0, D1}
routes = [
    get("/hl7/messages/{id:uuid}/codes", codes_form, REVIEW, shows=BOTH),
    post("/hl7/messages/{id:uuid}/codes", map_codes, REVIEW, shows={D0}),
    get(HOME, codes, REVIEW, shows={D0}),
    get(f"{HOME}/{{id:uuid}}", code_form, REVIEW, shows={D0}),
    post(f"{HOME}/{{id:uuid}}", change_code, REVIEW, shows={D0}),
]
