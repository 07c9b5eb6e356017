"""People: the patient a message is about: found, registered, amended; never another person."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from domain import names
from domain.access import Permission
from domain.allergies import Category, severity_from_hl7
from ward.interop.hl7.adt import AdtFact
from ward.interop.hl7.datatypes import Coded
from ward.interop.hl7.facts import Fact
from ward.interop.hl7.models import Hl7Message, Hl7Subject, MessageState, ReviewReason
from ward.interop.hl7.person import PersonFields
from ward.interop.hl7.said import KEEP, given
from ward.interop.hl7.translate import person_after
from ward.interop.hl7.visit import AllergyFields, DiagnosisFields
from ward.interop.hl7.waits import Waits
from ward.patients.allergies import AllergySaid, take_in_allergy
from ward.patients.amend import revise
from ward.patients.conditions import ConditionSaid, take_in_condition
from ward.patients.intake import of_mrn, of_national, person_of
from ward.patients.models import AllergyDetail, ConditionDetail, ConditionKind, Patient
from ward.patients.person import Person
from ward.patients.register import register
from ward.work import Work

# AL1-2, HL7 table 0127; the kinds that FHIR's four categories have no word for stay open
_CATEGORY = {"DA": Category.MEDICATION, "FA": Category.FOOD, "EA": Category.ENVIRONMENT}
OLDER = "Older than what is known: the personal data was not changed."
DIED_BEFORE = "The message dates the death before this stay: the death was not taken over."


async def known(work: Work, fact: Fact) -> Patient:
    """Find the patient by the record number, or wait: only A01, A04 and A08 register."""
    patient = await _by_number(work, fact)
    if patient is None:
        raise Waits(ReviewReason.UNKNOWN_PATIENT, "Nobody here has this record number.")
    return patient


async def settled(
    work: Work, fact: AdtFact, message: Hl7Message, occurred: datetime
) -> tuple[Patient, list[str]]:
    """Register or amend the patient as the message says, with allergies and diagnoses."""
    fields, remarks = _believed(fact)
    patient = await _by_number(work, fact)
    await refuse_foreign_number(work, patient, fields)
    if patient is None:
        person = person_after(Person(), fields, occurred=occurred)
        patient = await register(work, person)
    elif await _is_older(work, fact, message):
        return patient, [*remarks, OLDER]
    else:
        await refuse_other_person(work, patient, fields, occurred)
        patient = await revise(
            work, patient.id, lambda person: person_after(person, fields, occurred=occurred)
        )
    await _record(work, patient, fact)
    return patient, remarks


async def _by_number(work: Work, fact: Fact) -> Patient | None:
    number = fact.patient.mrn
    if number is None:
        raise Waits(ReviewReason.UNKNOWN_PATIENT, "The message has no record number (PID-3).")
    return await of_mrn(work, number.value)


def _believed(fact: AdtFact) -> tuple[PersonFields, list[str]]:
    """Leave out a death that the same message contradicts by a later admission."""
    fields = fact.patient
    died, admitted = given(fields.died), given(fact.visit.admitted) if fact.visit else None
    if died is None or admitted is None or died.at >= admitted.at:
        return fields, []
    return replace(fields, died=KEEP, dead=KEEP), [DIED_BEFORE]


async def refuse_foreign_number(work: Work, patient: Patient | None, said: PersonFields) -> None:
    """Wait when the national number is another patient's: one of the two numbers is wrong."""
    if said.national is None:
        return
    owner = await of_national(work, said.national.value)
    if owner is not None and (patient is None or owner.id != patient.id):
        sentence = "The national number belongs to a patient with another record number."
        raise Waits(ReviewReason.OTHER_PERSON, sentence)


async def refuse_other_person(
    work: Work, patient: Patient, fields: PersonFields, occurred: datetime
) -> None:
    """Wait when family name, given name and birth date all differ: a number used twice."""
    before = await person_of(work, patient)
    after = person_after(before, fields, occurred=occurred)
    if not (before.born and after.born and before.name.family and after.name.family):
        return
    differs = (
        before.born.on != after.born.on,
        names.fold(before.name.family) != names.fold(after.name.family),
        names.fold(before.name.given) != names.fold(after.name.given),
    )
    if all(differs):
        sentence = "The patient of this record number has another name and another birth date."
        raise Waits(ReviewReason.OTHER_PERSON, sentence)


async def _is_older(work: Work, fact: AdtFact, message: Hl7Message) -> bool:
    """Say whether this sender has told us something later of this patient already (EVN-2)."""
    if fact.recorded is None or fact.recorded.at > work.now:
        return False
    about = select(Hl7Subject.hash).where(Hl7Subject.message_id == message.id)
    later = (
        select(Hl7Message)
        .join(Hl7Subject, Hl7Subject.message_id == Hl7Message.id)
        .where(
            Hl7Subject.hash.in_(about),
            Hl7Message.id != message.id,
            Hl7Message.msh3.is_not_distinct_from(message.msh3),
            Hl7Message.msh4.is_not_distinct_from(message.msh4),
            Hl7Message.state == MessageState.DONE,
            Hl7Message.event.in_(("A01", "A04", "A08")),
            Hl7Message.recorded_at > fact.recorded.at,
            Hl7Message.recorded_at <= work.now,
        )
        .limit(1)
    )
    return bool(await work.every(later, Permission.REVIEW_MESSAGES))


async def _record(work: Work, patient: Patient, fact: AdtFact) -> None:
    for allergy in fact.allergies:
        said = _allergy(allergy)
        await take_in_allergy(work, patient.id, _source(allergy.allergen), said)
    for diagnosis in fact.diagnoses:
        told = _condition(diagnosis)
        await take_in_condition(work, patient.id, _source(diagnosis.code), told)


def _source(what: Coded) -> str:
    return f"hl7|{what.system}|{what.code or names.fold(what.text)}"


def _allergy(sent: AllergyFields) -> AllergySaid:
    what = sent.allergen
    detail = AllergyDetail(
        substance=what.text or what.code,
        reactions=sent.reactions,
        severity=severity_from_hl7(sent.severity),
        code=what.code,
        system=what.system,
    )
    return AllergySaid(detail=detail, category=_CATEGORY.get(sent.kind.upper()))


def _condition(sent: DiagnosisFields) -> ConditionSaid:
    what = sent.code
    detail = ConditionDetail(text=what.text or what.code, code=what.code, system=what.system)
    at = sent.at.at if sent.at else None
    return ConditionSaid(detail=detail, kind=ConditionKind.DIAGNOSIS, recorded_at=at)
