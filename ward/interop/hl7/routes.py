"""Routes: the intake page, one message opened, and what a person decides about it."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, Permission
from ward import live
from ward.db import new_id
from ward.errors import Invalid
from ward.interop.hl7 import letters, queries, service, withheld
from ward.security.actors import Actor
from ward.web import field, get, go, optional, page, post, sheet
from ward.work import work_of

REVIEW = Permission.REVIEW_MESSAGES
LONGEST_REASON = 500


async def intake(request: Request) -> Response:
    """Show what came in and what waits for a person."""
    async with work_of(request) as work:
        assert isinstance(work.actor, Actor)
        screen = await live.show(work, "messages", work.actor.branch_id)
        return page(request, "hl7/intake.html", screen=screen)


async def message(request: Request) -> Response:
    """Open one message: whom it is about, what it says, and what can be done."""
    async with work_of(request) as work:
        opened = await letters.letter(work, _id(request))
        return page(
            request,
            "hl7/message.html",
            line=opened.line,
            who=opened.who,
            retired=opened.retired,
            text=opened.text,
            key=str(new_id()),
        )


async def map_form(request: Request) -> Response:
    """Ask what a sender's place means."""
    async with work_of(request) as work:
        opened = await letters.letter(work, _id(request))
        return sheet(
            request,
            "hl7/_map.html",
            title="Map a place",
            url=f"/hl7/messages/{opened.line.id}/place",
            words=opened.line.place,
            sender=opened.line.sender,
            version=opened.line.version,
            wards=await letters.choices(work),
        )


async def map_place(request: Request) -> Response:
    """Store what a sender's place means; what waited for it goes on."""
    bed_id, ward_id = await _chosen(request)
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.map_place(work, _id(request), bed_id=bed_id, ward_id=ward_id, seen=seen)
        return go(request, "/hl7")


async def correct_form(request: Request) -> Response:
    """Offer a message's text to be corrected."""
    async with work_of(request) as work:
        opened = await letters.letter(work, _id(request))
        return sheet(
            request,
            "hl7/_correct.html",
            title="Correct a message",
            line=opened.line,
            text=withheld.editable(list(opened.text.lines)),
            long=opened.text.long,
        )


async def correct(request: Request) -> Response:
    """Process a message as corrected; the text that was sent is kept beside it."""
    written = await _text(request, "text", withheld.LONGEST * 2)
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.correct(work, _id(request), written, seen=seen)
        return go(request, f"/hl7/messages/{_id(request)}")


async def replay(request: Request) -> Response:
    """Have a message processed again."""
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.replay(work, _id(request), seen=seen)
        return go(request, f"/hl7/messages/{_id(request)}")


async def reject_form(request: Request) -> Response:
    """Ask why a message is to have no effect."""
    async with work_of(request) as work:
        opened = await letters.letter(work, _id(request))
        return sheet(request, "hl7/_reject.html", title="Reject a message", line=opened.line)


async def reject(request: Request) -> Response:
    """Give a message no effect, with the reason."""
    reason = await _text(request, "reason", LONGEST_REASON)
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.reject(work, _id(request), reason, seen=seen)
        return go(request, f"/hl7/messages/{_id(request)}")


async def places(request: Request) -> Response:
    """List what the places of other systems mean here."""
    async with work_of(request) as work:
        return page(request, "hl7/places.html", places=await queries.places(work))


async def place_form(request: Request) -> Response:
    """Ask what a place means from now on."""
    async with work_of(request) as work:
        place = await queries.place(work, _id(request))
        return sheet(
            request,
            "hl7/_map.html",
            title="Change a place",
            url=f"/hl7/places/{place.id}",
            words=queries.spoken(place.words),
            sender=place.sender,
            version=place.version,
            wards=await letters.choices(work),
        )


async def change_place(request: Request) -> Response:
    """Store what a place means from now on."""
    bed_id, ward_id = await _chosen(request)
    seen = await field(request, "version", int)
    async with work_of(request) as work:
        await service.change_place(work, _id(request), bed_id=bed_id, ward_id=ward_id, seen=seen)
        return go(request, "/hl7/places")


def _id(request: Request) -> UUID:
    found = request.path_params["id"]
    assert isinstance(found, UUID)
    return found


async def _chosen(request: Request) -> tuple[UUID | None, UUID | None]:
    return await optional(request, "bed_id", UUID), await optional(request, "ward_id", UUID)


async def _text(request: Request, name: str, longest: int) -> str:
    written = await field(request, name, str)
    if len(written) > longest:
        raise Invalid({name: f"This is longer than {longest} characters."})
    return written


BOTH = {D0, D1}
routes = [
    get("/hl7", intake, Permission.WATCH_MESSAGES, shows={D0}),
    get("/hl7/messages/{id:uuid}", message, REVIEW, shows=BOTH),
    get("/hl7/messages/{id:uuid}/place", map_form, REVIEW, shows=BOTH),
    post("/hl7/messages/{id:uuid}/place", map_place, REVIEW, shows={D0}),
    get("/hl7/messages/{id:uuid}/correct", correct_form, REVIEW, shows=BOTH),
    post("/hl7/messages/{id:uuid}/correct", correct, REVIEW, shows={D0}),
    post("/hl7/messages/{id:uuid}/replay", replay, REVIEW, shows={D0}),
    get("/hl7/messages/{id:uuid}/reject", reject_form, REVIEW, shows=BOTH),
    post("/hl7/messages/{id:uuid}/reject", reject, REVIEW, shows={D0}),
    get("/hl7/places", places, REVIEW, shows={D0}),
    get("/hl7/places/{id:uuid}", place_form, REVIEW, shows={D0}),
    post("/hl7/places/{id:uuid}", change_place, REVIEW, shows={D0}),
]
