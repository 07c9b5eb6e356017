"""Laboratory: reports are released to their patient; what fits none waits for the laboratory."""

from dataclasses import replace

from domain import names
from domain.access import Permission
from domain.errors import NotAllowed
from ward.interop.hl7 import bedside, people
from ward.interop.hl7.models import Hl7Message, ReviewReason
from ward.interop.hl7.oru import UNTIMED, OruFact
from ward.interop.hl7.reports import EMPTY
from ward.interop.hl7.translate import person_after
from ward.interop.hl7.unmatched.models import Decision, UnmatchedResult
from ward.interop.hl7.unmatched.waiting import of_message
from ward.interop.hl7.waits import Effect, Waits
from ward.labs.judge import Whose, judge
from ward.labs.release import release
from ward.labs.said import ReportSaid, ResultSaid
from ward.patients.intake import of_mrn, person_of
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.patients.register import register
from ward.work import Work

SEVERAL = "The message speaks of several patients. None of its results is taken."
NOTHING = "The message holds no result yet: nothing was taken."
NOT_MEASURED = "The vital signs in it are not shown: the laboratory chose the patient."
_ALIKE = 2  # of family name, given name and birth date: so many differ, and it is somebody else
_OF_PATIENTS = frozenset({"labs.order", "labs.report"})  # a number that is another patient's


async def observed(work: Work, message: Hl7Message, fact: OruFact) -> Effect:
    """Release what a laboratory reports, show what a monitor measures; neither stops the other."""
    if not fact.reports:
        if fact.measures:
            return await bedside.shown(work, fact)
        return Effect((NOTHING,), kept=True)
    decided = await of_message(work, message.id) if message.version > 1 else None
    patient = await _whose(work, fact, decided)
    effect = await _released(work, message, fact, patient)
    if not fact.measures:
        return effect
    if decided is not None and decided.decision is not None:
        return replace(effect, remarks=(*effect.remarks, NOT_MEASURED))
    return await _measured(work, fact, effect)


async def _measured(work: Work, fact: OruFact, effect: Effect) -> Effect:
    try:
        shown = await bedside.shown(work, fact)
    except Waits as why:
        shown = Effect(rest=why)
    return Effect((*effect.remarks, *shown.remarks), shown.kept, effect.rest or shown.rest)


async def _whose(work: Work, fact: OruFact, decided: UnmatchedResult | None) -> Patient:
    """Find the patient: as somebody decided, else by the record number, and the same person."""
    if decided is not None and decided.decision is Decision.MATCHED and decided.patient_id:
        return await work.access(Patient, decided.patient_id, Permission.VIEW_PATIENT)
    made = decided is not None and decided.decision is Decision.CREATED
    try:
        return await _created(work, fact) if made else await _found(work, fact)
    except Waits as why:
        raise Waits(why.reason, why.sentence, place=why.place, worst=gravest(fact)) from None


async def _found(work: Work, fact: OruFact) -> Patient:
    if fact.people > 1:
        raise Waits(ReviewReason.REFUSED, SEVERAL)
    patient = await people.known(work, fact)
    await _refuse_other_person(work, patient, fact)
    return patient


async def _created(work: Work, fact: OruFact) -> Patient:
    """Make a record of whom the message names, unless there is one by now."""
    number = fact.patient.mrn
    if fact.people > 1:
        raise Waits(ReviewReason.REFUSED, SEVERAL)
    if number and await of_mrn(work, number.value):
        return await _found(work, fact)
    await people.refuse_foreign_number(work, None, fact.patient)
    made = await register(work, person_after(Person(), fact.patient, occurred=work.now))
    await work.flush()
    return made


async def _refuse_other_person(work: Work, patient: Patient, fact: OruFact) -> None:
    """Wait when two of family name, given name and birth date differ: results cling to people."""
    before = await person_of(work, patient)
    after = person_after(before, fact.patient, occurred=work.now)
    family = names.fold(before.name.family), names.fold(after.name.family)
    given = names.fold(before.name.given), names.fold(after.name.given)
    born = (before.born.on if before.born else None), (after.born.on if after.born else None)
    differs = sum(bool(was and now) and was != now for was, now in (family, given, born))
    if differs >= _ALIKE:
        sentence = "The patient of this record number has another name or another birth date."
        raise Waits(ReviewReason.OTHER_PERSON, sentence)


async def _released(work: Work, message: Hl7Message, fact: OruFact, patient: Patient) -> Effect:
    """Release each report; one whose numbers are another patient's holds back none of the rest."""
    waiting: list[str] = []
    for one in fact.reports:
        try:
            await release(work, _dated(one.said, message, patient))
        except NotAllowed as refused:
            if refused.code not in _OF_PATIENTS:
                raise
            waiting.append(f"{one.said.title}: {refused.sentence}")
    rest = None
    if waiting:
        sentence = "\n".join(waiting)
        rest = Waits(ReviewReason.OTHER_PERSON, sentence, worst=gravest(fact))
        if len(waiting) == len(fact.reports):
            raise rest
    empty = any(one.unreadable for one in fact.reports)
    return Effect((EMPTY,) if empty else (), rest=rest)


def _dated(said: ReportSaid, message: Hl7Message, patient: Patient) -> ReportSaid:
    """Give a report its patient, and a time where the sender named none at all."""
    observed, reported = (
        message.received_at if one == UNTIMED else one
        for one in (said.observed_at, said.reported_at)
    )
    return replace(said, patient_id=patient.id, observed_at=observed, reported_at=reported)


def gravest(fact: OruFact) -> int:
    """Tell how grave the worst result is of whom nobody knows yet: by its letters and our limits.

    Without age and sex the widest limits count.
    """
    results = (one for report in fact.reports for one in report.said.results)
    return max((_rank(one) for one in results), default=0)


def _rank(one: ResultSaid) -> int:
    return judge(one, Whose(None, None), UNTIMED, None).rank
