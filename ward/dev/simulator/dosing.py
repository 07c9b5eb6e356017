"""Dosing: which doses somebody of the demo could give now, and how it is done at the bedside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from sqlalchemy import Select, select

from domain.access import D0, D1, D3, D4, Permission
from domain.doses import NotGiven, Status
from domain.orders import OrderKind, RequestStatus
from domain.rights import NoScan
from domain.windows import LateChoice, Standing
from ward import clock
from ward.adt.models import Stay
from ward.dev.medicines import gtin
from ward.dev.orders import JOAN
from ward.dev.people import Member
from ward.dev.simulator.hands import Act
from ward.dev.simulator.look import Marks
from ward.medications import claims, give, not_give
from ward.medications.as_required import give_as_required
from ward.medications.details import Scanned
from ward.medications.line import Line, selected
from ward.medications.models import DoseClaim, MedicationRequest, ScheduledDose
from ward.medications.not_give import NotGivenSaid
from ward.medications.said import GivenSaid
from ward.node import Node
from ward.patients.models import Patient
from ward.places.models import Ward
from ward.security.actors import Actor
from ward.work import Work, work_watching

EYES = frozenset({D0, D1, D3, D4})
SEE = Permission.VIEW_MEDICATIONS
_SCANNED = 0.8  # of all packs that have a code
_REASONS = (NotGiven.REFUSED, NotGiven.ABSENT, NotGiven.ASLEEP, NotGiven.NBM)
_LOT = "DEMO"
_BY_EYE = frozenset({"name", "number"})
#: Packs of the demo that make up a dose: medicine and dose, numbers of packs.
_PACKS: Mapping[tuple[str, Decimal], tuple[int, ...]] = {
    ("paracetamol", Decimal(1000)): (101, 101),
    ("furosemide", Decimal(40)): (110,),
    ("metoprolol", Decimal(50)): (109,),
    ("metoprolol", Decimal(25)): (108,),
}


@dataclass(frozen=True, slots=True)
class Here:
    """A patient of the cast on a ward."""

    patient: UUID
    one: Member
    ward: str


@dataclass(frozen=True, slots=True)
class Due:
    """A dose that somebody could give now."""

    dose: ScheduledDose
    line: Line
    here: Here


async def bedded(node: Node, marks: Marks) -> dict[UUID, Here]:
    """List the cast on wards; whom the drawn chart shows is left to whoever tries the demo."""
    async with work_watching(node, "simulator.wards", EYES) as work:
        lying = select(Stay.patient_id).where(Stay.ended_at.is_(None), Stay.voided_at.is_(None))
        ours = select(Patient).where(Patient.mrn_hash.in_(marks), Patient.id.in_(lying))
        rows = await work.every(ours, Permission.VIEW_PATIENT)
        wards = {one.id: one.label for one in await work.every(select(Ward), Permission.VIEW_BEDS)}
    return {
        row.id: Here(row.id, marks[row.mrn_hash], wards[row.ward_id])
        for row in rows
        if row.ward_id in wards and marks[row.mrn_hash].mrn != JOAN
    }


async def due(node: Node, here: Mapping[UUID, Here]) -> list[Due]:
    """List the doses whose window has opened, but for those somebody stands at."""
    async with work_watching(node, "simulator.doses", EYES) as work:
        open_ = select(ScheduledDose).where(
            ScheduledDose.patient_id.in_(here),
            ScheduledDose.status == Status.PLANNED,
            ScheduledDose.opens_at <= work.now,
        )
        doses = await work.every(open_, SEE)
        stands = select(DoseClaim).where(DoseClaim.ended_at.is_(None), DoseClaim.until > work.now)
        taken = {row.dose_id for row in await work.every(stands, SEE)}
        orders = select(MedicationRequest).where(
            MedicationRequest.id.in_([dose.request_id for dose in doses]),
            MedicationRequest.status == RequestStatus.ACTIVE,
            MedicationRequest.kind == OrderKind.REGULAR,
        )
        lines = {line.request.id: line for line in await selected(work, orders, SEE)}
    return [
        Due(dose, lines[dose.request_id], here[dose.patient_id])
        for dose in doses
        if dose.request_id in lines and dose.id not in taken
    ]


async def lines_of(node: Node, wanted: Select[MedicationRequest]) -> list[Line]:
    """Open the orders that are asked for, oldest first."""
    async with work_watching(node, "simulator.orders", EYES) as work:
        return await selected(work, wanted.order_by(MedicationRequest.id), SEE)


def giving(one: Due, dice: Random, at: Standing) -> Act:
    """Give a dose: at the bedside with the scanner, or by eye and with the reason."""
    late = at is Standing.OVERDUE
    said = _said(
        one.line,
        dice,
        late="Another patient came first" if late else "",
        late_choice=LateChoice.KEEP if late else None,
    )

    async def act(work: Work) -> None:
        await _stand(work, one.here, dose_id=one.dose.id)
        await give.give(work, one.dose.id, said, revision=one.line.request.revision)

    return act


def leaving_out(one: Due, dice: Random) -> Act:
    """Say why a dose was not given."""
    said = NotGivenSaid(reason=dice.choice(_REASONS))

    async def act(work: Work) -> None:
        await not_give.not_give(work, one.dose.id, said, revision=one.line.request.revision)

    return act


def against_pain(line: Line, here: Here, dice: Random) -> Act:
    """Give what somebody asks for."""
    said = _said(line, dice, why="Pain")

    async def act(work: Work) -> None:
        await _stand(work, here, request_id=line.request.id)
        await give_as_required(work, line.request.id, said, revision=line.request.revision)

    return act


async def _stand(
    work: Work, here: Here, *, dose_id: UUID | None = None, request_id: UUID | None = None
) -> None:
    """Stand at the bedside with the wristband read; a nurse without a name stands nowhere."""
    if isinstance(work.actor, Actor):
        read = Scanned(at=work.now)
        await claims.claim(work, here.patient, dose_id=dose_id, request_id=request_id, band=read)
        await work.flush()


def _said(
    line: Line,
    dice: Random,
    *,
    late: str = "",
    late_choice: LateChoice | None = None,
    why: str = "",
) -> GivenSaid:
    packs = _PACKS.get((line.detail.generic, line.detail.dose), ())
    careful = line.request.high_alert  # without a scan it takes two
    scanned = bool(packs) and (careful or dice.random() < _SCANNED)
    return GivenSaid(
        packs=tuple(_code(number) for number in packs) if scanned else (),
        no_scan=None if scanned else NoScan.NO_CODE if not packs else NoScan.DAMAGED,
        identifiers=frozenset() if scanned else _BY_EYE,
        late=late,
        late_choice=late_choice,
        why=why,
    )


def _code(number: int) -> str:
    """Write what the scanner reads off a pack of the demo that lasts to the end of next year."""
    expires = clock.now() + timedelta(days=400)
    return f"01{gtin(number)}17{expires:%y%m}0010{_LOT}"
