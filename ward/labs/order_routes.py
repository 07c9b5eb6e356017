"""Orders: the sheet that asks the laboratory, and the one that takes an order back."""

from collections.abc import Iterable
from datetime import tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D1, D4, D5, Permission
from domain.analytes import ANALYTES, PANELS
from domain.lab_orders import Urgency
from ward.beds.forms import local, note, options, version
from ward.duty.forms import chosen
from ward.errors import Invalid, Missing
from ward.labs import worklist
from ward.labs.details import LabOrder
from ward.labs.models import ServiceRequest
from ward.labs.order import cancel, order
from ward.labs.shown import nothing
from ward.labs.specimen_kinds import panel_name
from ward.labs.words import SECTIONS
from ward.patients import banner
from ward.web import field, get, post, sheet
from ward.work import Work, work_of

MAY = Permission.ORDER_LABS


def _panels() -> list[tuple[str, str, str]]:
    return [
        (key, panel_name(one), ", ".join(member.name for member in one.members))
        for key, one in PANELS.items()
    ]


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for key, one in ANALYTES.items():
        groups.setdefault(SECTIONS.get(one.section, "Other"), []).append((key, one.name))
    return list(groups.items())


CHOICES = {"panels": _panels(), "groups": _groups(), "urgencies": options(Urgency)}


async def order_form(request: Request) -> Response:
    """Draw the sheet that asks the laboratory."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        patient, person = await banner.who(work, patient_id)
        zone = await banner.zone_of(work, patient)
        return sheet(
            request,
            "labs/_order.html",
            title="Order tests",
            patient_id=patient_id,
            who=person.shown,
            known=person.known_by(work.now.astimezone(zone)),
            wanted=work.now.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
            zone=str(zone),
            **CHOICES,
        )


async def order_tests(request: Request) -> Response:
    """Ask the laboratory."""
    patient_id = request.path_params["patient_id"]
    urgency = await field(request, "urgency", Urgency, missing="Say how soon.")
    said = LabOrder(
        panels=_once(await chosen(request, "panel")),
        tests=_once(await chosen(request, "test")),
        question=await note(request, "question") or "",
    )
    async with work_of(request) as work:
        _, zone = await _who(work, patient_id)
        wanted_at = await local(request, "wanted_at", ZoneInfo(str(zone)))
        if wanted_at is None:
            raise Invalid({"wanted_at": "Say when it is collected."})
        await order(work, patient_id, said, urgency, wanted_at)
        return nothing(request, f"/patients/{patient_id}/results")


async def cancel_form(request: Request) -> Response:
    """Draw the sheet that takes an order back."""
    async with work_of(request) as work:
        row = await work.access(ServiceRequest, request.path_params["request_id"], MAY)
        who, zone = await _who(work, row.patient_id)
        listed = (await worklist.orders(work, row.patient_id)).orders
        one = next((each for each in listed if each.id == row.id), None)
        if one is None:
            raise Missing
        return sheet(
            request,
            "labs/_cancel.html",
            title="Cancel order",
            order=one,
            **who,
            zone=str(zone),
        )


async def cancel_order(request: Request) -> Response:
    """Take an order back."""
    reason, seen = await note(request, "reason") or "", await version(request)
    async with work_of(request) as work:
        row = await cancel(work, request.path_params["request_id"], reason, seen=seen)
        return nothing(request, f"/patients/{row.patient_id}/results")


def _once(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))


async def _who(work: Work, patient_id: UUID) -> tuple[dict[str, str], tzinfo]:
    patient, person = await banner.who(work, patient_id)
    who = await banner.head(work, patient, person)
    return who, await banner.zone_of(work, patient)


_PATIENT, _ORDER = "/patients/{patient_id:uuid}/labs", "/labs/orders/{request_id:uuid}"
routes = [
    get(f"{_PATIENT}/new", order_form, MAY, shows={D1, D4}),
    post(_PATIENT, order_tests, MAY, shows={D1, D4}),
    get(f"{_ORDER}/cancel", cancel_form, MAY, shows={D1, D4, D5}),
    post(f"{_ORDER}/cancel", cancel_order, MAY, shows={D4}),
]
