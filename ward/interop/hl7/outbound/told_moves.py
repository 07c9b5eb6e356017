"""Told moves: each step of a stay is told to who wants it: once, in order, not to who said so."""

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access import Permission
from domain.encounters import class_to_hl7, disposition_to_hl7
from ward import jobs
from ward.adt.events import StepTaken
from ward.adt.held import open_stay
from ward.adt.models import Encounter, Movement, Step, Visit
from ward.adt.visits import open_encounter
from ward.config import Env
from ward.duty.queries import names
from ward.interop.hl7.outbound import (
    adt,
    demographics,
    lines,
    moves_line,
    told_persons,
    whereabouts,
)
from ward.interop.hl7.outbound.adt import Frame, Happened, Side
from ward.interop.hl7.outbound.known import anybody, told
from ward.interop.hl7.outbound.lines import Rest, Telling
from ward.interop.hl7.outbound.ras import Staff
from ward.interop.hl7.outbound.receivers import Kind, Receiver
from ward.patients.events import PatientAmended
from ward.patients.models import Patient
from ward.places.models import Branch
from ward.work import Work

P = Permission
MAY = {
    P.VIEW_PATIENT,
    P.VIEW_STAYS,
    P.VIEW_BEDS,
    P.VIEW_PLACES,
    P.VIEW_DUTY,
    P.REVIEW_MESSAGES,
}
ADT = "ADT"


@jobs.when(
    StepTaken,
    may=MAY,
    only=lambda event: event.step in adt.EVENTS,
    where=anybody(Kind.MOVES, Kind.UPDATES),
)
async def moved(work: Work, event: StepTaken) -> None:
    """Write a step, and those before it that wait beside it, into the line of each receiver.

    Jobs may come out of order: whoever is first tells what the others would have, oldest first.
    """
    await steps_first(work, event.patient_id, event.step_id)


@jobs.when(PatientAmended, may=MAY, where=anybody(Kind.UPDATES, Kind.PERSONS))
async def amended(work: Work, event: PatientAmended) -> None:
    """Tell who the patient is now: of a visit, or as a person; what happened before goes first."""
    wanting = await told(work, Kind.UPDATES, Kind.PERSONS)
    to = [one for one in wanting if not one.sent(event.by)]
    if not to:
        return
    await steps_first(work, event.patient_id)
    encounter = await open_encounter(work, event.patient_id)
    if encounter is None:
        await told_persons.changed(work, event.patient_id, to)
        return
    patient = await work.access(Patient, event.patient_id, P.VIEW_PATIENT)
    for receiver in to:
        if Kind.UPDATES in receiver.kinds:
            once = f"{patient.id}/{adt.UPDATE}/{patient.version}"
            await as_it_is(work, receiver, once, encounter)


async def steps_first(work: Work, patient_id: UUID, last: UUID | None = None) -> None:
    """Tell the steps of a patient whose jobs wait, up to the last; the line is locked from here."""
    to = await told(work, Kind.MOVES, Kind.UPDATES)
    for steps in await moves_line.until(work, patient_id, last):
        for receiver in to:
            await step(work, receiver, steps)


async def as_it_is(work: Work, receiver: Receiver, once: str, encounter: Encounter) -> None:
    """Tell a visit as it is now (A08), whatever this receiver knows of it."""
    happened = Happened(event=adt.UPDATE, recorded_at=work.now)
    await _put(work, receiver, once, happened, [(encounter, None)])


async def step(work: Work, receiver: Receiver, steps: Sequence[Movement]) -> None:
    """Tell one step, or a swap with both of its sides, once, if this receiver wants to know."""
    first, once = steps[0], str(steps[0].id)
    event = adt.EVENTS[first.step]
    wanted = Kind.UPDATES if event == adt.UPDATE else Kind.MOVES
    if wanted not in receiver.kinds or receiver.sent(first.actor_name):
        return
    if await lines.is_told(work, receiver, once):
        return
    happened = Happened(
        event=event,
        recorded_at=first.recorded_at,
        at=first.at,
        reason=first.reason.value if first.reason else "",
        by=await _staff(work, first.actor_id),
    )
    sides = [(await work.access(Encounter, one.encounter_id, P.VIEW_STAYS), one) for one in steps]
    await _put(work, receiver, once, happened, sides)


async def _put(
    work: Work,
    receiver: Receiver,
    once: str,
    happened: Happened,
    sides: Sequence[tuple[Encounter, Movement | None]],
) -> None:
    """Put the message into the line, or into both lines."""
    frame = await _frame(work, receiver, sides[0][0])
    written = [
        await _side(work, receiver, happened, frame, sides[nth], nth=nth + 1)
        for nth in range(len(sides))
    ]
    rest = Rest(sides[1][0].patient_id, adt.group(frame, written[1], 2)) if sides[1:] else None
    await lines.put(
        work,
        sides[0][0].patient_id,
        receiver,
        Telling(kind=ADT, event=happened.event, once=once),
        lambda control_id: adt.message(frame, happened, written[0], control_id),
        rest=rest,
    )


async def _frame(work: Work, receiver: Receiver, encounter: Encounter) -> Frame:
    branch = await work.access(Branch, encounter.branch_id, P.VIEW_PLACES)
    return Frame(
        to=receiver.application,
        facility=branch.label,
        site=receiver.site,
        processing_id="P" if work.node.settings.env is Env.PRODUCTION else "T",
        zone=ZoneInfo(branch.zone),
        now=work.now,
    )


async def _side(  # noqa: PLR0913 - one patient of one message to one receiver
    work: Work,
    receiver: Receiver,
    happened: Happened,
    frame: Frame,
    about: tuple[Encounter, Movement | None],
    *,
    nth: int,
) -> Side:
    encounter, step = about
    known: Visit | None = (await work.open([encounter], Encounter.number))[encounter.id]
    whole, left = happened.event == adt.UPDATE, step is not None and step.step is Step.DISCHARGED
    of = (encounter.patient_id, frame.facility, frame.zone)
    bed_id = await _bed(work, encounter, step)
    before = step.from_bed_id if step and step.step in {Step.TRANSFERRED, Step.SWAPPED} else None
    goes = encounter.disposition if left else None
    return Side(
        pid=await demographics.pid(work, *of, nth=nth, whole=whole),
        kind=class_to_hl7(encounter.kind),
        place=await whereabouts.place(work, receiver, bed_id, encounter.ward_id),
        before=await whereabouts.place(work, receiver, before),
        visit_id=str(encounter.id),
        known=known,
        disposition=disposition_to_hl7(goes) if goes else "",
        admitted_at=encounter.admitted_at,
        discharged_at=step.at if step and left else None,
        home_on=encounter.home_on,
    )


async def _bed(work: Work, encounter: Encounter, step: Movement | None) -> UUID | None:
    """Tell the bed after a step; of one that names none, and of an update, the bed now."""
    if step is not None and step.step is not Step.HOME_EXPECTED:
        if step.step is Step.DISCHARGE_CANCELLED:
            return step.to_bed_id
        return step.to_bed_id or step.from_bed_id
    stay = await open_stay(work, encounter.patient_id, P.VIEW_STAYS)
    return stay.bed_id if stay and stay.encounter_id == encounter.id else None


async def _staff(work: Work, user_id: UUID | None) -> Staff:
    found = (await names(work, [user_id])).get(user_id) if user_id else None
    return Staff(str(user_id), found.name) if found else Staff()
