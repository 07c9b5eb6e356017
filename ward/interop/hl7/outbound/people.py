"""People: PID and PV1 of a message to another system."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID

from sqlalchemy import or_, select

from domain.access import Permission
from domain.sexes import to_hl7
from ward.adt.models import Encounter, Stay, Visit
from ward.beds.models import Bed
from ward.interop.hl7.outbound.segments import Repeated, Value, segment, time
from ward.patients.intake import person_of
from ward.patients.models import Patient
from ward.patients.person import Person, Precision, When
from ward.places.models import Ward
from ward.work import Work

P = Permission
_WRITTEN = {Precision.YEAR: "%Y", Precision.MONTH: "%Y%m"}


async def pid(work: Work, patient_id: UUID, facility: str) -> str:
    """Write who the patient is: numbers, name, birth date and sex."""
    patient = await work.access(Patient, patient_id, P.VIEW_PATIENT)
    return segment("PID", identity(await person_of(work, patient), facility))


def identity(person: Person, facility: str) -> dict[int, Value | Repeated]:
    """Give the fields that every PID has."""
    numbers = tuple((one.value, "", "", one.system or facility, one.type) for one in person.numbers)
    return {
        1: "1",
        3: Repeated(numbers),
        5: _name(person),
        7: day(person.born),
        8: to_hl7(person.sex),
    }


@dataclass(frozen=True, slots=True)
class Where:
    """The visit and the moment at which something happened, and how this house writes both."""

    encounter_id: UUID
    ward_id: UUID | None
    at: datetime
    facility: str
    zone: tzinfo


async def pv1(work: Work, where: Where) -> str:
    """Write where the patient lay then, and the visit's number as others know it."""
    encounter = await work.access(Encounter, where.encounter_id, P.VIEW_STAYS)
    known: Visit | None = (await work.open([encounter], Encounter.number))[encounter.id]
    return segment(
        "PV1",
        {
            1: "1",
            2: "I",
            3: await _place(work, where),
            19: (known.number, "", "", known.authority, "VN") if known else "",
            44: time(encounter.admitted_at, where.zone),
        },
    )


async def _place(work: Work, where: Where) -> Value:
    """Name ward, room and bed by our own labels, as the intake reads them."""
    lay = select(Stay).where(
        Stay.encounter_id == where.encounter_id,
        Stay.voided_at.is_(None),
        Stay.started_at <= where.at,
        or_(Stay.ended_at.is_(None), Stay.ended_at > where.at),
    )
    stays = await work.every(lay.order_by(Stay.started_at.desc()).limit(1), P.VIEW_STAYS)
    bed = await work.access(Bed, stays[0].bed_id, P.VIEW_BEDS) if stays else None
    ward_id = bed.ward_id if bed else where.ward_id
    if ward_id is None:
        return ""
    ward = await work.access(Ward, ward_id, P.VIEW_BEDS)
    return (ward.label, (bed.room or "") if bed else "", bed.label if bed else "", where.facility)


def _name(person: Person) -> Value:
    name = person.name
    return (name.family, name.given, "", name.suffix, name.prefix)


def day(on: When | None) -> str:
    """Write a day as far as it is known."""
    return on.on.strftime(_WRITTEN.get(on.precision, "%Y%m%d")) if on else ""
