"""Sheets: the forms by which patients are admitted, moved and sent home."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.access import Permission
from domain.cancellations import CancelReason
from domain.encounters import AdmitSource, Disposition
from domain.movements import MovementStatus
from ward.adt import queries, questions
from ward.adt.along import Along, along, asked_along
from ward.adt.models import MoveRequest, Precaution, Step
from ward.adt.overrides import FUNCTIONS
from ward.adt.steps import last
from ward.adt.subject import Subject, Who, subject, who
from ward.beds import queries as beds
from ward.beds.forms import Option, options
from ward.beds.offers import bed_options
from ward.patients import banner, search
from ward.patients.models import Patient
from ward.patients.queries import names_of
from ward.places import zones
from ward.render import render
from ward.security.actors import Actor
from ward.web import sheet
from ward.work import Work, work_of

SOURCES = [(one.value, one.word) for one in AdmitSource]
DESTINATIONS = [(one.value, one.word) for one in Disposition]
STEPS = {
    Step.ADMITTED: ("admission", "Admission", "The bed is free again; the stay never counted"),
    Step.TRANSFERRED: ("transfer", "Transfer", "Back to the bed before, if it is free"),
    Step.DISCHARGED: ("discharge", "Discharge", "Back to the bed, if it is free"),
}


async def admission(request: Request) -> Response:
    """Draw the form that admits somebody to this bed."""
    async with work_of(request) as work:
        bed = await beds.card(work, request.path_params["bed_id"])
        context = {"bed": bed, "patient": None, "beds": [], "sources": SOURCES}
        return sheet(request, "adt/_admit.html", title=f"Admit to bed {bed.label}", **context)


async def admission_of(request: Request) -> Response:
    """Draw the form that finds a bed for a patient who is known already."""
    patient_id = request.path_params["patient_id"]
    async with work_of(request) as work:
        await work.access(Patient, patient_id, Permission.ADMIT)
        patient = await who(work, patient_id, await zones.zone_of(work, None))
        context: dict[str, Any] = {
            "bed": None,
            "patient": patient,
            "beds": await _ready_on_wards(work),
            "sources": SOURCES,
        }
        return sheet(request, "adt/_admit.html", title=f"Admit {patient.name}", **context)


async def candidates(request: Request) -> Response:
    """Answer whom one could admit, as somebody types."""
    question = request.query_params.get("q", "")[:200]
    async with work_of(request) as work:
        found = await search.find(work, question) if question.strip() else search.Answer([])
        people = [
            {
                "id": one.id,
                "name": one.name,
                "born": one.born,
                "age": one.age,
                "sex": one.sex,
                "numbers": one.numbers,
                "alike": one.alike,
                "note": None,
            }
            for one in found.people
            if one.place is None
        ]
        html = render("adt/_candidates.html", found=people, q=question.strip())
        return HTMLResponse(html)


async def transfer(request: Request) -> Response:
    """Draw the form that moves a patient to another bed."""
    async with work_of(request) as work:
        about = await subject(work, _encounter(request), Permission.TRANSFER)
        ready = await beds.ready(work, about.place.ward_id) if about.place else []
        others = await along(work, about.who.patient_id, Permission.TRANSFER)
        context = _beds_for(others, bed_options(ready))
        return _sheet(request, "adt/_transfer.html", "Transfer", about, **context)


async def swap(request: Request) -> Response:
    """Draw the form that exchanges two patients' beds."""
    async with work_of(request) as work:
        about = await subject(work, _encounter(request), Permission.TRANSFER)
        others = await _others(work, about)
        return _sheet(request, "adt/_swap.html", "Swap beds for", about, others=others)


async def ask(request: Request) -> Response:
    """Draw the form that asks another ward for a bed."""
    async with work_of(request) as work:
        about = await subject(work, _encounter(request), Permission.REQUEST_MOVE)
        wards = await _other_wards(work, about)
        others = await along(work, about.who.patient_id, Permission.REQUEST_MOVE)
        context = {"wards": wards, "along": others}
        return _sheet(request, "adt/_request.html", "Ask for a bed for", about, **context)


async def discharge(request: Request) -> Response:
    """Draw the form that ends an encounter, with what is not settled yet."""
    async with work_of(request) as work:
        about = await subject(work, _encounter(request), Permission.DISCHARGE)
        lines = [one for one in await questions.checks(work, about.stay.encounter_id) if one.open]
        role = work.actor.role if isinstance(work.actor, Actor) else None
        mine = FUNCTIONS.get(role) if role else None
        patient_id, now = about.who.patient_id, work.now.astimezone(about.zone)
        _, person = await banner.who(work, patient_id)
        context: dict[str, Any] = {
            "destinations": DESTINATIONS,
            "open_items": [one for one in lines if one.item.blocks],
            "told": [one for one in lines if not one.item.blocks],
            "approver": mine.word if mine else None,
            "identity": banner.identity(patient_id, person, now),
            "left_at": f"{now:%Y-%m-%dT%H:%M}",
        }
        return _sheet(request, "adt/_leaving.html", "Discharge", about, **context)


async def cancel(request: Request) -> Response:
    """Draw the form that takes the last step back."""
    async with work_of(request) as work:
        about = await subject(work, _encounter(request), Permission.CANCEL_MOVE)
        steps = await _steps(work, _encounter(request))
        context = {"steps": steps, "reasons": options(CancelReason)}
        return _sheet(request, "adt/_cancel.html", "Take back for", about, **context)


async def home(request: Request) -> Response:
    """Draw the form that says when a patient should go home."""
    async with work_of(request) as work:
        about = await subject(work, _encounter(request), Permission.TRANSFER)
        on = await queries.home_of(work, _encounter(request))
        return _sheet(request, "adt/_home.html", "Going home", about, home_on=on)


async def isolation(request: Request) -> Response:
    """Draw the form that begins isolation, or ends it."""
    async with work_of(request) as work:
        about = await subject(work, _encounter(request), Permission.TRANSFER)
        now = await queries.precaution_of(work, _encounter(request))
        context = {"isolated_as": now, "precautions": options(Precaution)}
        return _sheet(request, "adt/_isolation.html", "Isolation", about, **context)


async def leave(request: Request) -> Response:
    """Draw the form that sends a patient on leave, or brings her back."""
    async with work_of(request) as work:
        about = await subject(work, _encounter(request), Permission.TRANSFER)
        away = await queries.is_away(work, _encounter(request))
        return _sheet(request, "adt/_leave.html", "Leave", about, away=away)


async def acceptance(request: Request) -> Response:
    """Draw the form that accepts somebody who waits."""
    async with work_of(request) as work:
        move, whom, place = await _asked(work, request)
        ready = await beds.ready(work, move.to_ward_id)
        others = await asked_along(work, move)
        kept = [one for one in (move.bed_id, *(other.held for other in others)) if one]
        held = await beds.beds_of(work, kept)
        context = _beds_for(others, bed_options([*held, *ready])) | {
            "move": queries.MoveForm(move.id, place, move.version),
            **whom.head,
            "held": str(move.bed_id or ""),
            "accepted": move.status is MovementStatus.ACCEPTED,
        }
        return sheet(request, "adt/_accept.html", title="Accept", **context)


async def refusal(request: Request) -> Response:
    """Draw the form that declines a request."""
    async with work_of(request) as work:
        move, whom, place = await _asked(work, request)
        context = {"move": queries.MoveForm(move.id, place, move.version), **whom.head}
        return sheet(request, "adt/_decline.html", title="Decline", **context)


async def withdrawal(request: Request) -> Response:
    """Draw the form that takes a request back."""
    async with work_of(request) as work:
        move, whom, place = await _asked(work, request, Permission.REQUEST_MOVE)
        context = {"move": queries.MoveForm(move.id, place, move.version), **whom.head}
        return sheet(request, "adt/_withdraw.html", title="Take back", **context)


def _beds_for(others: list[Along], offered: list[Option]) -> dict[str, Any]:
    """Offer beds, and the same ones to whoever moves along."""
    return {"beds": offered, "along": others, "places": [(one, word) for one, word, _ in offered]}


def _sheet(request: Request, template: str, title: str, about: Subject, **context: Any) -> Response:
    around = {"stay": about.stay, "bed_label": about.bed_label, "zone": str(about.zone)}
    heading = f"{title} {about.who.name}"
    return sheet(request, template, title=heading, **about.who.head, **around, **context)


def _encounter(request: Request) -> UUID:
    encounter_id: UUID = request.path_params["encounter_id"]
    return encounter_id


async def _asked(
    work: Work, request: Request, permission: Permission = Permission.ACCEPT_MOVE
) -> tuple[MoveRequest, Who, str]:
    move = await work.access(MoveRequest, request.path_params["move_id"], permission)
    labels = await queries.wards_of(work, [move.from_ward_id])
    ward = labels.get(move.from_ward_id) if move.from_ward_id else None
    outside = move.source.word if move.source else "Outside the wards"
    patient = await who(work, move.patient_id, await zones.zone_of(work, move.to_ward_id))
    return move, patient, ward.label if ward else outside


async def _others(work: Work, about: Subject) -> list[Option]:
    """Offer the other patients whom this person may move: first those of the same ward."""
    if about.place is None:
        return []
    ward = await beds.board(work, about.place.ward_id)
    labels = {bed.id: bed.label for bed in ward.beds}
    lying = await queries.lying_in(work, list(labels))
    names = await names_of(work, [one.stay.patient_id for one in lying.values()], about.zone)
    return [
        (
            str(one.encounter.id),
            names[one.stay.patient_id].name,
            f"Bed {labels[bed]} · {names[one.stay.patient_id].known}",
        )
        for bed, one in sorted(lying.items(), key=lambda pair: labels[pair[0]])
        if one.encounter.id != about.stay.encounter_id and one.stay.patient_id in names
    ]


async def _other_wards(work: Work, about: Subject) -> list[Option]:
    """Offer the wards of the branch, with the beds each has free."""
    assert isinstance(work.actor, Actor)
    here = about.place.ward_id if about.place else None
    return [
        (str(ward.id), ward.label, f"{ward.free} free")
        for ward in await beds.capacity(work, work.actor.branch_id)
        if ward.total and ward.id != here
    ]


async def _ready_on_wards(work: Work) -> list[Option]:
    """Offer the ready beds of the wards this person may admit to."""
    assert isinstance(work.actor, Actor)
    found: list[Option] = []
    for ward in await beds.wards(work, work.actor.branch_id):
        if work.actor.ward_id in {None, ward.id}:
            found += bed_options(await beds.ready(work, ward.id), f"{ward.code}-")
    return found


async def _steps(work: Work, encounter_id: UUID) -> list[Option]:
    step = await last(work, encounter_id, Permission.CANCEL_MOVE)
    return [STEPS[step.step]] if step and step.step in STEPS else []
