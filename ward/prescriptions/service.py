"""Commands: sign a paper, have it dispensed once, cancel it before."""

import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from domain import dispensing
from domain.access import Permission
from domain.errors import NotAllowed
from domain.orders import RequestStatus
from ward import signing
from ward.db import new_id
from ward.medications import safety
from ward.medications.held import Held, hold
from ward.medications.line import Line, line
from ward.patients.models import Patient
from ward.patients.queries import among
from ward.prescriptions import printing
from ward.prescriptions.events import (
    PrescriptionCancelled,
    PrescriptionDispensed,
    PrescriptionIssued,
)
from ward.prescriptions.models import TWICE, Paper, Prescription, SuppliedOrder, Supply
from ward.prescriptions.queries import CHECK, by_token, worth_of
from ward.security.actors import Actor
from ward.work import Work

_MAY, _DISPENSE = Permission.ISSUE_PRESCRIPTION, Permission.DISPENSE
LONGEST_WHERE, LONGEST_REASON = 200, 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A standing order, and for how many days it is supplied."""

    request_id: UUID
    days: int


async def issue(
    work: Work, patient_id: UUID, wanted: Sequence[Wanted], *, site: str
) -> Prescription:
    """Sign a paper for a pharmacy outside: a PDF with a QR, good for one dispensing.

    `site` is how a pharmacy reaches Ward, for the address in the QR.
    """
    held = await hold(work, patient_id, _MAY)
    supplies = await _supplies(work, held, wanted)
    token, code = secrets.token_urlsafe(24), dispensing.new_code()
    row = _row(work, held, token, code)
    on_it = printing.Secrets(f"{site.rstrip('/')}/check/{token}", code)
    printed = await printing.print_paper(work, held, supplies, row.valid_until, on_it)
    signed = await signing.sign(work.node, printed, by=work.actor.name)
    row.paper_hash = sha256(signed).digest()
    await work.seal(row, supplies=supplies, paper=Paper(b64encode(signed).decode()))
    work.add(row, _MAY)
    await work.flush()
    for one in supplies:
        work.add(_supplied(row, one), _MAY)
    await work.flush()
    work.record(PrescriptionIssued(patient_id, held.patient.ward_id, row.id))
    return row


def _row(work: Work, held: Held, token: str, code: str) -> Prescription:
    assert isinstance(work.actor, Actor)  # only a person signs
    vault = work.node.vault
    return Prescription(
        id=new_id(),
        patient_id=held.patient.id,
        encounter_id=held.encounter.id,
        issued_at=work.now,
        issued_by=work.actor.id,
        issued_as=work.actor.name,
        valid_until=work.now + dispensing.VALID_FOR,
        token_hash=vault.hash("prescription", token),
        code_hash=vault.hash("prescription-code", f"{token}/{code}"),
    )


def _supplied(row: Prescription, supply: Supply) -> SuppliedOrder:
    """Say that an order is on a paper as long as that is good."""
    return SuppliedOrder(
        id=new_id(),
        patient_id=row.patient_id,
        prescription_id=row.id,
        request_id=supply.request_id,
        during=Range(row.issued_at, row.valid_until),
    )


async def _let_go(work: Work, row: Prescription, may: Permission) -> None:
    """Let its orders stand on another paper: this one is out no more."""
    mine = select(SuppliedOrder).where(
        SuppliedOrder.prescription_id == row.id, SuppliedOrder.ended_at.is_(None)
    )
    for one in await work.every(mine, may):
        one.ended_at = work.now


async def _supplies(work: Work, held: Held, wanted: Sequence[Wanted]) -> tuple[Supply, ...]:
    if not wanted:
        raise NotAllowed("Choose at least one medicine.", "prescription.empty")
    if len({one.request_id for one in wanted}) < len(wanted):
        raise NotAllowed("Choose each medicine once.", "prescription.twice")
    await _refuse_out(work, [one.request_id for one in wanted])
    found = [await _supply(work, held, one) for one in wanted]
    return tuple(found)


async def _refuse_out(work: Work, request_ids: Sequence[UUID]) -> None:
    """Refuse what stands on a paper that is out; the database says so too."""
    out = select(SuppliedOrder).where(
        among(SuppliedOrder.request_id, request_ids),
        SuppliedOrder.ended_at.is_(None),
        SuppliedOrder.during.contains(work.now),
    )
    if await work.every(out.limit(1), _MAY):
        raise NotAllowed(TWICE, "prescription.out")


async def _supply(work: Work, held: Held, one: Wanted) -> Supply:
    dispensing.check_days(one.days)
    ordered: Line = await line(work, one.request_id, _MAY, lock="share")
    request = ordered.request
    if request.patient_id != held.patient.id or not request.status.stands:
        raise NotAllowed(
            f"{ordered.drug.shown} is no longer ordered. Look at the chart.", "prescription.order"
        )
    if request.status is RequestStatus.ON_HOLD:
        raise NotAllowed(
            f"{ordered.drug.shown} is withheld. Have it given again first.", "prescription.held"
        )
    for finding in (await safety.against(work, held, ordered)).stops:
        raise NotAllowed(f"{finding.sentence} Change the order first.", "prescription.stop")
    return Supply(ordered.detail, one.days, request.id)


async def dispense(
    work: Work, prescription_id: UUID, where: str, *, seen: int | None
) -> Prescription:
    """Hand out what stands on a paper, by a pharmacist of the house."""
    row = await work.access(Prescription, prescription_id, _DISPENSE, lock=True, seen=seen)
    return await _dispensed(work, row, where, _DISPENSE)


async def dispense_outside(work: Work, token: str, code: str, where: str) -> Prescription:
    """Hand out what stands on a paper, by whoever holds it: token and code stand on it."""
    row = await by_token(work, token, lock=True)
    said = work.node.vault.hash("prescription-code", f"{token}/{dispensing.bare(code)}")
    if row is None or not secrets.compare_digest(row.code_hash, said):
        raise NotAllowed("This code does not belong to this paper.", "prescription.code")
    return await _dispensed(work, row, where, CHECK)


async def _dispensed(work: Work, row: Prescription, where: str, may: Permission) -> Prescription:
    dispensing.check(worth_of(row, work.now))
    if not where.strip():
        raise NotAllowed("Write which pharmacy dispenses.", "prescription.where")
    row.dispensed_at = work.now
    row.dispensed_by = work.actor.id if isinstance(work.actor, Actor) else None
    await work.seal(row, dispensed_where=where.strip()[:LONGEST_WHERE])
    await _let_go(work, row, may)
    work.record(PrescriptionDispensed(row.patient_id, await _ward(work, row, may), row.id))
    return row


async def cancel(
    work: Work, prescription_id: UUID, reason: str, *, seen: int | None
) -> Prescription:
    """Take a paper back before it is dispensed: the page behind its QR says so from now on."""
    row = await work.access(Prescription, prescription_id, _MAY, lock=True, seen=seen)
    dispensing.check(worth_of(row, work.now))
    if not reason.strip():
        raise NotAllowed("Give a reason.", "prescription.reason")
    row.cancelled_at, row.cancelled_by = work.now, work.actor.id
    await work.seal(row, cancel_reason=reason.strip()[:LONGEST_REASON])
    await _let_go(work, row, _MAY)
    work.record(PrescriptionCancelled(row.patient_id, await _ward(work, row, _MAY), row.id))
    return row


async def _ward(work: Work, row: Prescription, may: Permission) -> UUID | None:
    """Tell where the patient lies, for the screens that show the paper."""
    return (await work.access(Patient, row.patient_id, may, lock="share")).ward_id
