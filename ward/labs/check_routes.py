"""Checks: the sheet in which the laboratory says that specimen and patient are right, or not."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D1, D5, Permission
from domain.lab_orders import Verified
from ward.beds.forms import version
from ward.labs import checks
from ward.labs.models import SpecimenCheck
from ward.patients import banner
from ward.web import field, fragment, get, optional, post, sheet
from ward.work import work_of

SETTLE = Permission.RECEIVE_SPECIMEN
FOUND = [(one.value, one.word, None) for one in checks.FINDINGS]
LONGEST = 500


async def form(request: Request) -> Response:
    """Draw the sheet."""
    async with work_of(request) as work:
        row = await work.access(SpecimenCheck, _id(request), SETTLE)
        (one,) = await checks.shown(work, [row])
        patient, person = await banner.who(work, row.patient_id)
        return sheet(
            request,
            "labs/_verify.html",
            title="Verify specimen",
            check=one.check,
            **await banner.head(work, patient, person),
            found=FOUND,
        )


async def settle(request: Request) -> Response:
    """Say what was found; the line goes from every list."""
    found = await field(request, "found", Verified, missing="Say what you found.")
    note = await optional(request, "note", str) or ""
    seen = await version(request)
    async with work_of(request) as work:
        await checks.settle(work, _id(request), found, note[:LONGEST], seen=seen)
        return fragment(request, "labs/_changed.html", pieces=[], back="/specimens")


def _id(request: Request) -> UUID:
    check_id: UUID = request.path_params["check_id"]
    return check_id


_ONE = "/labs/checks/{check_id:uuid}/verify"
routes = [
    get(_ONE, form, SETTLE, shows={D1, D5}),
    post(_ONE, settle, SETTLE, shows={D5}),
]
