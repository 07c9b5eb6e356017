"""Gathering: what the record says for a summary now, as far as this person may read it."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select

from domain import display
from domain.access import D0, Permission
from domain.allergies import AllergyState
from domain.dispensing import Worth
from domain.lab_orders import RequestStatus as LabStatus
from domain.orders import STANDING, RequestStatus
from domain.reconciliation import ListState
from ward.adt.models import Encounter
from ward.labs import chart
from ward.labs.details import LabOrder
from ward.labs.models import ServiceRequest
from ward.labs.specimen_kinds import titles_of
from ward.labs.views import ResultView
from ward.medications.line import selected
from ward.medications.models import MedicationRequest
from ward.patients import banner
from ward.patients.banner import Allergies
from ward.patients.problems import Problem, problems_of
from ward.places.models import Branch, Ward
from ward.prescriptions import queries as prescriptions
from ward.reconciliation import queries as reconciliation
from ward.reconciliation.queries import HomeLine, HomeMedicines
from ward.scheduling.coming import coming_of
from ward.security.actors import System
from ward.summaries.observed import last_record
from ward.summaries.parts import (
    READ_BY,
    About,
    Clinical,
    Coming,
    FromHome,
    Medicines,
    Parts,
    Record,
    Results,
    Words,
)
from ward.work import Work

_READER = System("job:summaries", frozenset())
MOST_RESULTS = 40  # of different tests; a page has room for them
_GOOD = (Worth.VALID, Worth.DISPENSED)
_ALLERGIES = {
    AllergyState.NONE_KNOWN: "No known allergies",
    AllergyState.NOT_RECORDED: "Allergies not recorded",
    AllergyState.UNAVAILABLE: "Allergies unavailable",
}
_LISTS = {
    None: "Nobody has asked what the patient takes at home.",
    ListState.NONE_TAKEN: "Took no medicines at home.",
    ListState.RECORDED: "No medicine from home is recorded.",
}


async def gather(work: Work, encounter: Encounter, words: Words) -> Parts:
    """Read each part that this person may read."""
    zone = await zone_of(work, encounter)
    may = {name: work.may(permission) for name, (_, permission) in READ_BY.items()}
    return Parts(
        about=await _about(work, encounter, zone) if may["about"] else None,
        clinical=await _clinical(work, encounter, words) if may["clinical"] else None,
        record=await _record(work, encounter, zone) if may["record"] else None,
        medicines=await _medicines(work, encounter) if may["medicines"] else None,
        results=await _results(work, encounter, zone) if may["results"] else None,
        coming=await _coming(work, encounter.patient_id) if may["coming"] else None,
    )


async def zone_of(work: Work, encounter: Encounter) -> ZoneInfo:
    """Tell by which clock the stay is told."""
    return ZoneInfo((await _place(work, encounter))[0].zone)


async def _place(work: Work, encounter: Encounter) -> tuple[Branch, str]:
    """Tell in which house and on which ward it was; whoever reads the summary may know that."""
    aside = work.watched(_READER, frozenset({D0}))
    houses = select(Branch).where(Branch.id == encounter.branch_id)
    wards = select(Ward).where(Ward.id == encounter.ward_id)
    (house,) = await aside.every(houses, Permission.VIEW_PLACES)
    labels = [one.label for one in await aside.every(wards, Permission.VIEW_PLACES)]
    return house, next(iter(labels), "")


async def _about(work: Work, encounter: Encounter, zone: tzinfo) -> About:
    _, person = await banner.who(work, encounter.patient_id)
    told = banner.identity(encounter.patient_id, person, work.now.astimezone(zone))
    house, ward = await _place(work, encounter)
    left = _when(encounter.discharged_at, zone)
    home = f"Expected home {display.day_of(encounter.home_on)}" if encounter.home_on else ""
    return About(
        name=told.name,
        born=told.born,
        age=told.age,
        sex=told.sex,
        numbers=tuple(f"{label} {number}" for label, number in told.identifiers),
        house=house.label,
        ward=ward,
        came=_when(encounter.admitted_at, zone),
        source=encounter.source.word if encounter.source else "",
        left=f"Left {left}" if left else home or "Still on the ward",
        destination=encounter.disposition.word if encounter.disposition else "",
    )


def _when(at: datetime | None, zone: tzinfo) -> str:
    return display.instant(at, zone) if at else ""


async def _clinical(work: Work, encounter: Encounter, words: Words) -> Clinical:
    known = await problems_of(work, encounter.patient_id)
    problems = tuple(_problem(one) for one in (known.items if known else ()))
    return Clinical(problems, words.reason, words.course, words.plan)


def _problem(one: Problem) -> str:
    since = f", since {one.since}" if one.since else ""
    return f"{one.label} ({one.status}{since})"


async def _record(work: Work, encounter: Encounter, zone: tzinfo) -> Record:
    patient, _ = await banner.who(work, encounter.patient_id)
    known = await banner.allergies_on(work, patient)
    return await last_record(work, encounter, _allergic(known), zone)


def _allergic(known: Allergies | None) -> tuple[str, ...]:
    if known is None:
        return (_ALLERGIES[AllergyState.UNAVAILABLE],)
    if known.state in _ALLERGIES:
        return (_ALLERGIES[known.state],)
    return tuple(
        f"{one.substance}: {', '.join(filter(None, (one.reaction, one.severity)))}".rstrip(": ")
        for one in known.items
    )


async def _medicines(work: Work, encounter: Encounter) -> Medicines:
    home = await reconciliation.of_stay(work, encounter)
    papers = (await prescriptions.of_patients(work, [encounter.patient_id]))[encounter.patient_id]
    supplied = [
        one for one in papers.items if one.worth in _GOOD and one.encounter_id == encounter.id
    ]
    given = await selected(work, _given(encounter), prescriptions.VIEW)
    return Medicines(
        asked=_LISTS[home.state],
        home=_from_home(home),
        supplied=tuple(line for one in reversed(supplied) for line in one.medicines),
        ward=tuple(one.words.whole for one in given),
    )


def _given(encounter: Encounter) -> Select[MedicationRequest]:
    """Select the orders that stand; once the patient has left, those that stood until then."""
    stood: ColumnElement[bool] = MedicationRequest.status.in_(STANDING)
    if (left := encounter.discharged_at) is not None:
        ended = MedicationRequest.status.in_((RequestStatus.STOPPED, RequestStatus.COMPLETED))
        stood |= ended & (MedicationRequest.ended_at >= left)
        stood &= MedicationRequest.prescribed_at < left
    mine = select(MedicationRequest).where(MedicationRequest.encounter_id == encounter.id, stood)
    return mine.order_by(MedicationRequest.id)


def _from_home(home: HomeMedicines) -> tuple[FromHome, ...]:
    return tuple(_home_line(one) for one in home.items)


def _home_line(line: HomeLine) -> FromHome:
    """Tell what becomes of a medicine: by the decision at discharge, and no earlier one."""
    decided = line.decisions[-1]
    if decided is None:
        return FromHome(line.name, line.how, "Not decided", "")
    return FromHome(line.name, line.how, decided.decision.word, decided.reason or "")


async def _results(work: Work, encounter: Encounter, zone: tzinfo) -> Results:
    grid = await chart.cumulative(work, encounter.patient_id)
    latest = [
        next((cell for cell in reversed(row.cells) if cell and _within(encounter, cell.at)), None)
        for part in grid.parts
        for row in part.rows
    ]
    found = [one for one in latest if one and one.flag.tone]
    found.sort(key=lambda one: -one.rank)
    owed = select(ServiceRequest).where(
        ServiceRequest.encounter_id == encounter.id, ServiceRequest.status == LabStatus.ACTIVE
    )
    rows = await work.every(owed.order_by(ServiceRequest.id), Permission.VIEW_LABS)
    asked: dict[UUID, LabOrder] = await work.open(rows, ServiceRequest.detail)
    return Results(
        notable=tuple(_result(one, zone) for one in found[:MOST_RESULTS]),
        pending=tuple(_asked(asked[row.id], row.ordered_at, zone) for row in rows),
    )


def _within(encounter: Encounter, at: datetime) -> bool:
    """Tell whether something was found in this stay: not before, and not after the patient left."""
    since = encounter.admitted_at or encounter.moved_at
    return since <= at and (encounter.discharged_at is None or at <= encounter.discharged_at)


def _asked(order: LabOrder, at: datetime, zone: tzinfo) -> str:
    return f"{', '.join(titles_of(order))}, ordered {display.instant(at, zone)}"


def _result(one: ResultView, zone: tzinfo) -> str:
    value: Sequence[str | None] = (one.text, one.unit, one.flag.letters)
    said = " ".join(part for part in value if part)
    return f"{one.name} {said}, {display.instant(one.at, zone)}"


async def _coming(work: Work, patient_id: UUID) -> Coming:
    listed = await coming_of(work, patient_id)
    return Coming(
        tuple(
            f"{display.instant(one.starts_at, ZoneInfo(one.zone))}, {one.visit}, {one.clinic}"
            for one in listed
        )
    )
