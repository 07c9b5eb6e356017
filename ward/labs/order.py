"""Order: ask the laboratory, or take back what it has not begun."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain import lab_orders
from domain.access import Permission
from domain.analytes import ANALYTES, PANELS
from domain.encounters import OPEN
from domain.errors import NotAllowed
from domain.lab_orders import Act, RequestStatus, SpecimenState, Urgency
from realtime.topics import Topic
from ward.adt.visits import open_encounter
from ward.db import new_id
from ward.labs.details import LabOrder
from ward.labs.events import LabOrderCancelled, LabOrdered
from ward.labs.models import NUMBERS, ServiceRequest, Specimen
from ward.labs.specimen_kinds import kinds_of
from ward.patients.models import Patient
from ward.security.actors import Actor
from ward.work import Work

MAY = Permission.ORDER_LABS
LONGEST = 500
#: How far ahead a specimen may be asked for, and how far back. Engineering defaults.
FURTHEST, SINCE = timedelta(days=14), timedelta(hours=1)
#: After so long a specimen that nobody took is marked. Engineering default.
LATE = timedelta(minutes=30)
_WITH_THE_LABORATORY = frozenset({SpecimenState.RECEIVED, SpecimenState.RESULTED})


async def order(
    work: Work, patient_id: UUID, said: LabOrder, urgency: Urgency, wanted_at: datetime
) -> ServiceRequest:
    """Ask for tests; what must be collected stands on the ward's worklist at once."""
    _check(said, wanted_at, work.now)
    patient = await work.access(Patient, patient_id, MAY, lock="share")
    encounter = await open_encounter(work, patient_id, MAY)
    if encounter is None or encounter.status not in OPEN:
        raise NotAllowed("This patient is not in a bed. Tests are ordered during a stay.")
    request = ServiceRequest(
        id=new_id(),
        patient_id=patient.id,
        encounter_id=encounter.id,
        number=await number(work, "L"),
        status=RequestStatus.ACTIVE,
        urgency=urgency,
        wanted_at=wanted_at,
        ordered_at=work.now,
        ordered_by=work.actor.id if isinstance(work.actor, Actor) else None,
        ordered_as=work.actor.name,
    )
    await work.seal(request, detail=said)
    work.add(request, MAY)
    await work.flush()
    for kind in kinds_of(said):
        work.add(await wanted(work, request, patient.ward_id, kind, wanted_at), MAY)
    work.record(LabOrdered(patient.id, patient.ward_id, request.id))
    return request


async def cancel(
    work: Work, request_id: UUID, reason: str, *, seen: int | None = None
) -> ServiceRequest:
    """Take an order back that the laboratory has nothing of yet."""
    said = reason.strip()[:LONGEST]
    if not said:
        raise NotAllowed("Say why it is cancelled.", "labs.reason")
    first = await work.access(ServiceRequest, request_id, MAY)
    patient = await work.access(Patient, first.patient_id, MAY, lock="share")
    request = await work.access(ServiceRequest, request_id, MAY, lock=True, seen=seen)
    if request.status is not RequestStatus.ACTIVE:
        raise NotAllowed(f"This order is {request.status.word.lower()} already.", "labs.order")
    mine = select(Specimen).where(Specimen.request_id == request.id).with_for_update()
    specimens = await work.every(mine.order_by(Specimen.id), MAY)
    if any(one.state in _WITH_THE_LABORATORY for one in specimens):
        raise NotAllowed("The laboratory has it already. Call the laboratory.", "labs.order")
    for specimen in specimens:
        if Act.CANCEL in lab_orders.acts(specimen.state):
            specimen.state = lab_orders.move(specimen.state, Act.CANCEL)
    request.status, request.ended_at = RequestStatus.REVOKED, work.now
    request.ended_by = work.actor.id
    await work.seal(request, reason=said)
    work.record(LabOrderCancelled(patient.id, patient.ward_id, request.id))
    return request


async def wanted(
    work: Work, request: ServiceRequest, ward_id: UUID | None, kind: str, wanted_at: datetime
) -> Specimen:
    """Prepare a specimen that somebody must take; the worklist marks it when nobody does."""
    if ward_id is not None:
        work.due(Topic("specimens", ward_id), wanted_at + LATE)
    return Specimen(
        id=new_id(),
        patient_id=request.patient_id,
        ward_id=ward_id,
        request_id=request.id,
        number=await number(work, "S"),
        kind=kind,
        state=SpecimenState.WANTED,
        wanted_at=wanted_at,
    )


async def number(work: Work, letter: str) -> str:
    """Give the next number of an order (L) or a specimen (S); it is never given again."""
    return f"{letter}{(await (await work.connection()).execute(NUMBERS.next_value())).scalar_one()}"


def _check(said: LabOrder, wanted_at: datetime, now: datetime) -> None:
    if not said.panels and not said.tests:
        raise NotAllowed("Choose at least one panel or test.", "labs.nothing")
    if not set(said.panels) <= PANELS.keys() or not set(said.tests) <= ANALYTES.keys():
        raise NotAllowed("One of these is not a known test.", "labs.unknown")
    if max(len(said.question), len(said.note)) > LONGEST:
        raise NotAllowed(f"A text is longer than {LONGEST} letters. Shorten it.", "labs.text")
    if not now - SINCE <= wanted_at <= now + FURTHEST:
        raise NotAllowed("Choose a time from now on, within two weeks.", "labs.when")
