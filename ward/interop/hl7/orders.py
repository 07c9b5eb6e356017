"""Orders: what a pharmacy system orders, changes, withholds or stops, by the chart's own commands.

All orders of a message have their effect together, or none has and a person decides.
"""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from domain.errors import NotAllowed
from domain.orders import OrderSource, RequestStatus
from ward.db import new_id
from ward.interop.hl7 import dosage, people
from ward.interop.hl7.events import MessageWaits
from ward.interop.hl7.models import Hl7Message, Hl7Subject, MessageState, ReviewReason, stands
from ward.interop.hl7.outbound.models import Hl7Order, OrderNumber
from ward.interop.hl7.rde import OrderFields, RdeFact
from ward.interop.hl7.waits import Effect, Waits
from ward.medications.change import change
from ward.medications.models import MedicationRequest
from ward.medications.prescribe import prescribe
from ward.medications.stop import stop
from ward.medications.suspend import hold_order, lift
from ward.patients.models import Patient
from ward.work import Work

MAY = Permission.PRESCRIBE
OURS = "WARD"  # ORC-2.2 of an order that began here
STANDS = "This order stands already: nothing was done."
ENDED = "The order had ended already."
BY_PHARMACY = "By the pharmacy's system"
_UNSAFE = frozenset({"medications.stop", "medications.reason"})


async def carried_out(work: Work, fact: RdeFact, message: Hl7Message) -> Effect:
    """Carry out what is ordered; what the rules forbid waits with their sentence."""
    if fact.people > 1:
        raise Waits(ReviewReason.REFUSED, "The message speaks of several patients.")
    patient = await people.known(work, fact)
    await people.refuse_other_person(work, patient, fact.patient, work.now)
    remarks = [await _carry_out(work, patient, fact, sent) for sent in fact.orders]
    if any(sent.control == "NW" for sent in fact.orders):
        await _wake(work, message)
    return Effect(tuple(dict.fromkeys(one for one in remarks if one)))


async def _carry_out(work: Work, patient: Patient, fact: RdeFact, sent: OrderFields) -> str:
    known = await _known(work, patient, fact, sent.number)
    try:
        if sent.control == "NW":
            return await _new(work, patient, fact, sent, known)
        if known is None:
            sentence = "No order with this number stands here; perhaps it waits in review."
            raise Waits(ReviewReason.UNKNOWN_ORDER, sentence)
        return await _with(work, sent, known)
    except NotAllowed as refused:
        if refused.code in _UNSAFE:
            raise Waits(ReviewReason.UNSAFE_ORDER, refused.sentence) from None
        raise


async def _new(
    work: Work, patient: Patient, fact: RdeFact, sent: OrderFields, known: MedicationRequest | None
) -> str:
    """Sign a new order, through the same checks as any other; the same number twice is once."""
    if known is not None:
        return STANDS
    mark = _mark(work, fact, sent.number)
    if mark is None:
        raise Waits(ReviewReason.UNCLEAR_ORDER, "The order has no number (ORC-2, ORC-3).")
    order = dosage.ordered(sent, work.now, mark)
    (request,) = await prescribe(work, patient.id, [order], source=OrderSource.PHARMACY)
    row = Hl7Order(id=new_id(), patient_id=patient.id, request_id=request.id)
    await work.seal(row, number=sent.number)
    work.add(row, Permission.REVIEW_MESSAGES)
    return ""


async def _with(work: Work, sent: OrderFields, known: MedicationRequest) -> str:
    """Stop, withhold, lift or change an order that stands."""
    reason = f"{BY_PHARMACY}: {sent.reason}" if sent.reason else BY_PHARMACY
    if not known.status.stands:
        if sent.control in {"CA", "DC"}:
            return ENDED
        raise Waits(ReviewReason.REFUSED, "This order has ended. Look at the chart.")
    match sent.control:
        case "CA" | "DC":
            await stop(work, known.id, reason, seen=None)
        case "HD" if known.status is not RequestStatus.ON_HOLD:
            await hold_order(work, known.id, reason, seen=None)
        case "RL" if known.status is RequestStatus.ON_HOLD:
            await lift(work, known.id, seen=None)
        case "HD" | "RL":
            return STANDS
        case "XO":
            await change(work, known.id, dosage.detail(sent), reason, seen=None)
        case other:
            sentence = f"{other or 'Nothing'} in ORC-1 is not carried out here."
            raise Waits(ReviewReason.UNCLEAR_ORDER, sentence)
    return ""


async def _known(
    work: Work, patient: Patient, fact: RdeFact, number: OrderNumber
) -> MedicationRequest | None:
    """Find the order that is meant: theirs by its number, ours by our id."""
    ours, mark = _our_id(number), _mark(work, fact, number)
    if ours is None and mark is None:
        return None
    meant = MedicationRequest.id == ours if ours else MedicationRequest.source_hash == mark
    rows = await work.every(select(MedicationRequest).where(meant), Permission.VIEW_MEDICATIONS)
    found = next(iter(rows), None)
    if found is not None and found.patient_id != patient.id:
        raise Waits(ReviewReason.REFUSED, "This order number belongs to another patient.")
    return found


def _our_id(number: OrderNumber) -> UUID | None:
    if number.placed_by.upper() != OURS:
        return None
    try:
        return UUID(number.placer)
    except ValueError:
        return None


def _mark(work: Work, fact: RdeFact, number: OrderNumber) -> bytes | None:
    """Hash the placer's number, else the filler's, with the system that gave it."""
    sender = f"{fact.sender.application}\0{fact.sender.facility}"
    if number.placer:
        whole = f"{sender}\0placer\0{number.placed_by}\0{number.placer}"
    elif number.filler:
        whole = f"{sender}\0filler\0{number.filled_by}\0{number.filler}"
    else:
        return None
    return work.node.vault.hash("hl7.order", whole)


async def _wake(work: Work, message: Hl7Message) -> None:
    """Have messages looked at again that came for an order before the order itself could stand."""
    about = select(Hl7Subject.hash).where(Hl7Subject.message_id == message.id)
    same = select(Hl7Subject.message_id).where(Hl7Subject.hash.in_(about))
    later = select(Hl7Message).where(
        stands(MessageState.REVIEW),
        Hl7Message.reason == ReviewReason.UNKNOWN_ORDER,
        Hl7Message.received_seq > message.received_seq,
        Hl7Message.id.in_(same),
    )
    for one in await work.every(later.with_for_update(of=Hl7Message), Permission.REVIEW_MESSAGES):
        one.state, one.reason, one.next_at = MessageState.RECEIVED, None, work.now
        work.record(MessageWaits(one.id))
