"""Inbox: the page, and what is done with a report that waits."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, D1, D5, Permission
from domain.duty import NURSING, DutyRole
from domain.lab_plans import Plan
from ward import live
from ward.beds.forms import note, options, ticked, version
from ward.duty.forms import until as until_in
from ward.duty.queries import names, on_duty
from ward.labs import chart, cover, inbox, queries
from ward.labs.acknowledge import acknowledge, clinicians, hand
from ward.labs.calls import CallSaid, call
from ward.labs.chart import ReportView
from ward.labs.models import DiagnosticReport, LabResult
from ward.labs.queries import Found
from ward.labs.shown import nothing
from ward.labs.views import view
from ward.patients import banner
from ward.patients.models import Patient
from ward.security.actors import Actor
from ward.web import field, get, go, page, post, sheet
from ward.work import Work, work_of

VIEW, ACT, CALL = (
    Permission.VIEW_LABS,
    Permission.ACKNOWLEDGE_RESULT,
    Permission.CALL_CRITICAL,
)
MOST_WARDS = 20  # a socket takes 32 topics
PLANS = options(Plan)


async def results_inbox(request: Request) -> Response:
    """Show what waits on every ward of the grant; stays current while it is open."""
    async with work_of(request) as work:
        actor = work.actor
        assert isinstance(actor, Actor)
        wards = actor.wards[:MOST_WARDS]
        screens = [await live.show(work, "results", ward) for ward in wards]
        zone = (await inbox.place(work, wards[0])).zone if wards else "Europe/London"
        return page(
            request, "labs/inbox.html", screens=screens, cover=await _covered(work), zone=zone
        )


async def _covered(work: Work) -> tuple[str, object] | None:
    """Name who sees one's results now."""
    if not work.may(ACT):
        return None
    standing = await cover.mine(work)
    if not standing:
        return None
    name = (await chart.called(work, [standing[0].cover_id])).get(standing[0].cover_id, "Somebody")
    return name, standing[0].until


async def acknowledge_form(request: Request) -> Response:
    """Draw the sheet that says what will be done."""
    async with work_of(request) as work:
        report, who, zone = await _report(request, work, ACT)
        return sheet(
            request,
            "labs/_acknowledge.html",
            title="Acknowledge",
            report=report,
            **who,
            plans=PLANS,
            zone=zone,
        )


async def acknowledge_report(request: Request) -> Response:
    """Acknowledge a report."""
    plan = await field(request, "plan", Plan, missing="Say what will be done.")
    text, seen = await note(request), await version(request)
    async with work_of(request) as work:
        report = await acknowledge(work, _report_id(request), plan, text or "", seen=seen)
        return nothing(request, f"/patients/{report.patient_id}/results")


async def owner_form(request: Request) -> Response:
    """Draw the sheet that lays a report before somebody else."""
    async with work_of(request) as work:
        report, who, zone = await _report(request, work, ACT)
        patient = await work.access(Patient, report.patient_id, ACT)
        staff = await _staff(work, [patient.ward_id] if patient.ward_id else [])
        return sheet(
            request,
            "labs/_owner.html",
            title="Hand to",
            report=report,
            **who,
            staff=staff,
            zone=zone,
        )


async def hand_over(request: Request) -> Response:
    """Lay a report before somebody else."""
    to_user = await field(request, "to_user", UUID, missing="Choose to whom.")
    seen = await version(request)
    async with work_of(request) as work:
        report = await hand(work, _report_id(request), to_user, seen=seen)
        return nothing(request, f"/patients/{report.patient_id}/results")


async def call_form(request: Request) -> Response:
    """Draw the sheet that writes a call down."""
    async with work_of(request) as work:
        result = await work.access(LabResult, request.path_params["result_id"], CALL)
        detail = (await work.open([result], LabResult.detail))[result.id]
        patient, person = await banner.who(work, result.patient_id)
        shown = view(Found(result, detail))
        whose = await banner.head(work, patient, person)
        return sheet(request, "labs/_call.html", title="Record call", result=shown, **whose)


async def record_call(request: Request) -> Response:
    """Write a call down, with its read-back."""
    said = CallSaid(
        receiver=await note(request, "receiver") or "",
        caller=await note(request, "caller") or "",
        correct=await ticked(request, "correct"),
        note=await note(request) or "",
    )
    async with work_of(request) as work:
        row = await call(work, request.path_params["result_id"], said)
        return nothing(request, f"/patients/{row.patient_id}/results")


async def cover_form(request: Request) -> Response:
    """Draw the sheet that says who sees one's results while one is away."""
    async with work_of(request) as work:
        actor = work.actor
        assert isinstance(actor, Actor)
        staff = [one for one in await _staff(work, actor.wards) if one[0] != actor.id]
        zone = (await inbox.place(work, actor.wards[0])).zone if actor.wards else "Europe/London"
        context: dict[str, Any] = {"staff": staff, "until": "", "cover": await _covered(work)}
        return sheet(request, "labs/_cover.html", title="Cover", zone=zone, **context)


async def set_cover(request: Request) -> Response:
    """Have somebody see one's results."""
    cover_id = await field(request, "cover_id", UUID, missing="Choose who.")
    async with work_of(request) as work:
        actor = work.actor
        assert isinstance(actor, Actor)
        zone = (await inbox.place(work, actor.wards[0])).zone if actor.wards else "Europe/London"
        until = await until_in(request, ZoneInfo(zone))
        await cover.stand_in(work, cover_id, until)
        return go(request, "/results?only=mine")


async def end_cover(request: Request) -> Response:
    """See one's own results again."""
    async with work_of(request) as work:
        await cover.come_back(work)
        return go(request, "/results?only=mine")


async def _report(
    request: Request, work: Work, permission: Permission
) -> tuple[ReportView, dict[str, str], str]:
    row = await work.access(DiagnosticReport, _report_id(request), permission)
    found = await queries.reports(work, DiagnosticReport.id == row.id)
    patient, person = await banner.who(work, row.patient_id)
    zone = str(await banner.zone_of(work, patient))
    who = await banner.head(work, patient, person)
    return (await chart.report_views(work, found))[0], who, zone


async def _staff(work: Work, wards: tuple[UUID, ...] | list[UUID]) -> list[tuple[UUID, str]]:
    """List who may acknowledge on these wards: those on duty first."""
    here = {one for ward in wards for one in await clinicians(work, ward)}
    parts = [part for part in DutyRole if part not in NURSING]
    on = {one for ward in wards for part in parts for one in await on_duty(work, ward, part)}
    people = await names(work, here)
    listed = sorted(people.values(), key=lambda one: (one.user_id not in on, one.name))
    return [
        (one.user_id, f"{one.name}, on duty" if one.user_id in on else one.name) for one in listed
    ]


def _report_id(request: Request) -> UUID:
    report_id: UUID = request.path_params["report_id"]
    return report_id


SHOWN = {D0, D1, D5}
_REPORT, _RESULT = "/labs/reports/{report_id:uuid}", "/labs/results/{result_id:uuid}"
routes = [
    get("/results", results_inbox, VIEW, shows=SHOWN),
    get("/results/cover", cover_form, ACT, shows={D0, D5}),
    post("/results/cover", set_cover, ACT, shows={D5}),
    post("/results/cover/end", end_cover, ACT, shows={D5}),
    get(f"{_REPORT}/acknowledge", acknowledge_form, ACT, shows={D1, D5}),
    post(f"{_REPORT}/acknowledge", acknowledge_report, ACT, shows={D5}),
    get(f"{_REPORT}/owner", owner_form, ACT, shows=SHOWN),
    post(f"{_REPORT}/owner", hand_over, ACT, shows={D5}),
    get(f"{_RESULT}/call", call_form, CALL, shows={D1, D5}),
    post(f"{_RESULT}/call", record_call, CALL, shows={D5}),
]
