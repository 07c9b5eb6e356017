"""Context: what is known of a patient at the moment the rules are asked.

The rules read everything, whatever the person who orders may see: a nurse who writes down a
verbal order is warned of a disease that only physicians read about.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from domain import diseases
from domain.access import D3, D4, D5, D6, Permission
from domain.allergies import Allergy, Category, Kind
from domain.conditions import PRESENT, WRONG, ConditionStatus
from domain.doses import Status
from domain.orders import STANDING
from domain.prescribing import Context, Order, Pregnancy, Sensitivity, Stopped
from domain.rule_switches import Modes
from domain.sexes import Sex
from domain.vitals import Vital
from ward.medications import laboratory, switches
from ward.medications.held import Held
from ward.medications.legible import order_of
from ward.medications.line import Line, opened
from ward.medications.models import MedicationAdministration, MedicationRequest
from ward.medications.settings import WardSettings
from ward.patients.models import Condition, ConditionDetail, Patient
from ward.patients.person import Person
from ward.patients.queries import allergies_of, among
from ward.security.actors import System
from ward.vitals.models import ObservationSet, Readings, SetState
from ward.work import Work

#: How long a stopped medicine may count: amiodarone, the longest of the washouts in the rules.
LONGEST_WASHOUT = timedelta(days=90)
#: How old a weight may be to order by. Engineering default.
WEIGHT_WITHIN = timedelta(days=30)
#: Whom the question of pregnancy concerns, in years. Engineering default.
CHILDBEARING = range(11, 56)

_READER = System("job:rules", frozenset())
_SETS = (20, 200)  # so many sets are opened in search of a weight; few, then more
_PAST = frozenset(ConditionStatus) - PRESENT


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules are told, how the house has set them, and when the patient was weighed."""

    context: Context
    weight_at: datetime | None
    modes: Modes


async def known(work: Work, held: Held) -> Known:
    """Gather what is known of the patient."""
    aside = work.watched(_READER, frozenset({D3, D4, D5, D6}))
    patient = held.patient
    person: Person = (await work.open([patient], Patient.identity))[patient.id]
    local = work.now.astimezone(held.zone)
    years = person.years(local)
    weight, weight_at = await _weight(aside, patient.id)
    active, gone = await _orders(aside, patient.id)
    measured = await laboratory.values(aside, patient.id)
    told = await _conditions(aside, patient.id)
    context = Context(
        at=work.now,
        allergy_state=patient.allergy_state,
        allergies=await _allergies(aside, patient.id),
        orders=tuple(_order(line, held.settings) for line in active),
        stopped=await _stopped(aside, gone, held.settings),
        age_years=years,
        age_days=age_days(person, local),
        weight=weight,
        pregnancy=_pregnancy(person, years, told),
        conditions=diseases.of(told),
        egfr=measured.egfr,
        potassium=measured.potassium,
        platelets=measured.platelets,
    )
    return Known(context, weight_at, await switches.modes(aside))


def age_days(person: Person, local: datetime) -> int | None:
    """Count days of life where the very day of birth is known."""
    if person.born is None or not person.born.exact:
        return None
    return max((local.date() - person.born.on).days, 0)


def _pregnancy(person: Person, years: int | None, told: Iterable[tuple[str, str]]) -> Pregnancy:
    """Say yes where it is recorded, and no where the question does not arise."""
    if diseases.pregnant(told):
        return Pregnancy.YES
    if person.sex is Sex.MALE or (years is not None and years not in CHILDBEARING):
        return Pregnancy.NO
    return Pregnancy.NOT_RECORDED


async def _allergies(aside: Work, patient_id: UUID) -> tuple[Sensitivity, ...]:
    """List allergies and intolerances; what nobody typed counts as an allergy."""
    rows = (await allergies_of(aside, [patient_id])).get(patient_id, [])
    return tuple(sensitivity(allergy, row.category) for row, allergy in rows)


def sensitivity(allergy: Allergy, category: Category | None) -> Sensitivity:
    """Give an allergy in the form the rules of prescribing use."""
    return Sensitivity(allergy, allergy.kind or Kind.ALLERGY, category)


async def _conditions(aside: Work, patient_id: UUID) -> list[tuple[str, str]]:
    """List the conditions that hold, each a code and its words."""
    mine = select(Condition).where(Condition.patient_id == patient_id)
    rows = await aside.every(mine, Permission.VIEW_CONDITIONS)
    held = [row for row in rows if row.clinical not in _PAST and row.certainty not in WRONG]
    details: dict[UUID, ConditionDetail] = await aside.open(held, Condition.detail)
    return [(one.code, one.text) for one in details.values()]


async def _weight(aside: Work, patient_id: UUID) -> tuple[Decimal | None, datetime | None]:
    """Find the newest weight among the sets that count."""
    sets = select(ObservationSet).where(
        ObservationSet.patient_id == patient_id,
        ObservationSet.state == SetState.FINAL,
        ObservationSet.taken_at > aside.now - WEIGHT_WITHIN,
    )
    newest = sets.order_by(ObservationSet.taken_at.desc())
    seen = 0
    for most in _SETS:
        page = newest.offset(seen).limit(most)
        rows = await aside.every(page, Permission.VIEW_VITALS)
        read: dict[UUID, Readings] = await aside.open(rows, ObservationSet.readings)
        for row in rows:
            weight = read[row.id].values.get(Vital.WEIGHT)
            if weight is not None:
                return weight, row.taken_at
        if len(rows) < most:
            break
        seen = most
    return None, None


async def _orders(aside: Work, patient_id: UUID) -> tuple[list[Line], list[Line]]:
    """List the orders that stand, and those that ended so lately that they may still count."""
    recent = select(MedicationRequest).where(
        MedicationRequest.patient_id == patient_id,
        MedicationRequest.status.in_(STANDING)
        | (MedicationRequest.ended_at > aside.now - LONGEST_WASHOUT),
    )
    rows = await aside.every(recent.order_by(MedicationRequest.id), Permission.VIEW_MEDICATIONS)
    found = await opened(aside, rows)
    standing = [line for line in found if line.request.status.stands]
    return standing, [line for line in found if not line.request.status.stands]


async def _stopped(
    aside: Work, gone: Iterable[Line], settings: WardSettings
) -> tuple[Stopped, ...]:
    """Tell of each ended order when its last dose went in; what never went in does not count."""
    ended = {line.request.id: line for line in gone}
    if not ended:
        return ()
    last = (
        select(MedicationAdministration)
        .ext(distinct_on(MedicationAdministration.request_id))
        .where(
            among(MedicationAdministration.request_id, ended),
            MedicationAdministration.voided_at.is_(None),
            MedicationAdministration.status.in_([one for one in Status if one.went_in]),
        )
        .order_by(MedicationAdministration.request_id, MedicationAdministration.occurred_at.desc())
    )
    rows = await aside.every(last, Permission.VIEW_MEDICATIONS)
    return tuple(
        Stopped(_order(ended[row.request_id], settings), row.ended_at or row.occurred_at)
        for row in rows
    )


def _order(line: Line, settings: WardSettings) -> Order:
    request = line.request
    return order_of(
        line.detail,
        settings,
        id=request.id,
        starts_at=request.starts_at,
        priority=request.priority,
    )
