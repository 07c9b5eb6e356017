"""Specimens: the ward's collection worklist, the laboratory's desk, labels and results by hand."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D4, D5, Permission
from domain.lab_orders import Reject
from domain.labs import ResultStatus
from ward import live
from ward.beds.forms import version
from ward.errors import Invalid
from ward.labs import enter, inbox, printing, specimens, worklist
from ward.labs.models import Specimen
from ward.labs.shown import specimen as answered
from ward.labs.worklist import SpecimenLine
from ward.patients import banner
from ward.security.actors import Actor
from ward.web import document, field, fragment, get, page, post, sheet
from ward.work import Work, work_of

VIEW, COLLECT, RECEIVE, RELEASE = (
    Permission.VIEW_LABS,
    Permission.COLLECT_SPECIMEN,
    Permission.RECEIVE_SPECIMEN,
    Permission.RELEASE_RESULT,
)
MOST_WARDS = 20  # a socket takes 32 topics
REASONS = [(one.value, one.word) for one in Reject]
MOST_VALUES = 60


async def everywhere(request: Request) -> Response:
    """Show the specimens of every ward of the grant: the laboratory's desk."""
    async with work_of(request) as work:
        actor = work.actor
        assert isinstance(actor, Actor)
        screens = [await live.show(work, "specimens", one) for one in actor.wards[:MOST_WARDS]]
        return page(request, "labs/specimens.html", screens=screens, scans=work.may(RECEIVE))


async def on_ward(request: Request) -> Response:
    """Show what is to be collected on a ward."""
    async with work_of(request) as work:
        ward_id = request.path_params["ward_id"]
        screen = await live.show(work, "specimens", ward_id)
        label = (await inbox.place(work, ward_id)).label
        return page(request, "labs/specimens.html", place=label, screens=[screen], scans=False)


async def collect(request: Request) -> Response:
    """Say that a specimen was taken."""
    return await _press(request, specimens.collect)


async def undo(request: Request) -> Response:
    """Say that it was not taken after all."""
    return await _press(request, specimens.undo)


async def receive(request: Request) -> Response:
    """Say that the laboratory has it."""
    return await _press(request, specimens.receive)


async def receive_scanned(request: Request) -> Response:
    """Receive a specimen by the number on its label."""
    number = await field(request, "number", str, missing="Scan or type the number.")
    async with work_of(request) as work:
        specimen = await specimens.receive_number(work, number)
        return await answered(request, work, specimen.id)


async def reject_form(request: Request) -> Response:
    """Draw the sheet that refuses a specimen."""
    async with work_of(request) as work:
        specimen, who = await _line(request, work, RECEIVE)
        return sheet(
            request,
            "labs/_reject.html",
            title="Reject specimen",
            specimen=specimen,
            **who,
            reasons=REASONS,
        )


async def reject(request: Request) -> Response:
    """Refuse a specimen; another is asked for."""
    why = await field(request, "why", Reject, missing="Say why.")
    seen = await version(request)
    async with work_of(request) as work:
        await specimens.reject(work, _id(request), why, seen=seen)
        return fragment(request, "labs/_changed.html", pieces=[], back="/specimens")


async def result_form(request: Request) -> Response:
    """Draw the sheet that takes results typed in."""
    async with work_of(request) as work:
        specimen, who = await _line(request, work, RELEASE)
        _, measured = await enter.tests_for(work, specimen.id)
        tests = [(one.key, one.name, one.unit) for one in measured]
        return sheet(
            request,
            "labs/_enter.html",
            title="Enter results",
            specimen=specimen,
            **who,
            tests=tests,
        )


async def result(request: Request) -> Response:
    """Release results typed in."""
    status = await field(request, "status", ResultStatus, missing="Say whether they are final.")
    if status not in {ResultStatus.FINAL, ResultStatus.PRELIMINARY}:
        raise Invalid({"status": "Choose final or preliminary."})
    form = await request.form()
    values = {
        name.removeprefix("value-"): str(value)
        for name, value in list(form.items())[:MOST_VALUES]
        if name.startswith("value-")
    }
    async with work_of(request) as work:
        await enter.enter(work, _id(request), values, status)
        return fragment(request, "labs/_changed.html", pieces=[], back="/specimens")


async def label(request: Request) -> Response:
    """Print the label of a specimen."""
    async with work_of(request) as work:
        return document(request, await printing.label(work, _id(request)), "specimen.pdf")


Command = Callable[..., Awaitable[Specimen]]


async def _press(request: Request, command: Command) -> Response:
    seen = await version(request)
    async with work_of(request) as work:
        specimen = await command(work, _id(request), seen=seen)
        return await answered(request, work, specimen.id)


async def _line(
    request: Request, work: Work, permission: Permission
) -> tuple[SpecimenLine, dict[str, str]]:
    row = await work.access(Specimen, _id(request), permission)
    patient, person = await banner.who(work, row.patient_id)
    who = await banner.head(work, patient, person)
    return (await worklist.lines(work, [row]))[0], who


def _id(request: Request) -> UUID:
    specimen_id: UUID = request.path_params["specimen_id"]
    return specimen_id


_ONE = "/labs/specimens/{specimen_id:uuid}"
routes = [
    get("/specimens", everywhere, VIEW, shows={D0, D1, D5}),
    get("/wards/{ward_id:uuid}/specimens", on_ward, VIEW, shows={D0, D1, D5}),
    post("/labs/specimens/receive", receive_scanned, RECEIVE, shows={D1, D5}),
    post(f"{_ONE}/collect", collect, COLLECT, shows={D0, D1, D4, D5}),
    post(f"{_ONE}/undo", undo, COLLECT, shows={D0, D1, D4, D5}),
    post(f"{_ONE}/receive", receive, RECEIVE, shows={D1, D5}),
    get(f"{_ONE}/reject", reject_form, RECEIVE, shows={D1, D5}),
    post(f"{_ONE}/reject", reject, RECEIVE, shows={D5}),
    get(f"{_ONE}/result", result_form, RELEASE, shows={D1, D5}),
    post(f"{_ONE}/result", result, RELEASE, shows={D5}),
    get(f"{_ONE}/label.pdf", label, COLLECT, shows={D1, D4}),
]
