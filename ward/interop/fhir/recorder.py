"""Recorder: one resource, one transaction, through the same commands that people use."""

from dataclasses import dataclass, field, replace

from domain.access import Permission
from domain.allergies import AllergyState
from domain.errors import NotAllowed
from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.outcomes import Outcome, Refused, Skipped, Taken, refuse
from ward.interop.fhir.patience import patiently
from ward.interop.fhir.plan import Record
from ward.interop.fhir.report import Verdict
from ward.interop.fhir.said import NoneKnown, Said, Unkept, said
from ward.interop.fhir.said.identity import differs
from ward.interop.fhir.said.staff import differs as differs_in_name
from ward.interop.fhir.translate import Untranslatable
from ward.node import Node
from ward.patients.allergies import AllergySaid, state_no_allergies, take_in_allergy
from ward.patients.conditions import ConditionSaid, take_in_condition
from ward.patients.intake import of_source, take_in
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.security.actors import System
from ward.sources import Change
from ward.staff.intake import (
    OrganizationSaid,
    StaffSaid,
    take_in_organization,
    take_in_practitioner,
)
from ward.work import Work, work_as

MAY = frozenset(
    {
        Permission.VIEW_PATIENT,
        Permission.REGISTER_PATIENT,
        Permission.AMEND_PATIENT,
        Permission.RECORD_ALLERGY,
        Permission.RECORD_CONDITION,
        Permission.ENGAGE_STAFF,
    }
)
# What is to be looked at when Ward itself refuses, and how a chart entry names its patient
ABOUT = {"AllergyIntolerance": "AllergyIntolerance.code", "Condition": "Condition.code"}
POINTS = {"AllergyIntolerance": "patient", "Condition": "subject"}


@dataclass(slots=True)
class Recorder:
    """Writes what was planned, thing by thing; without a node it only says what it would do.

    `gone` holds the keys of people that were refused: what points to one of them is refused
    too, for here the key may mean somebody else.
    """

    node: Node | None
    sender: str | None
    gone: set[SourceKey] = field(default_factory=set)

    async def record(self, record: Record) -> tuple[Outcome, Verdict]:
        """Record one thing, or say what is wrong with it."""
        taken = record.taken
        try:
            content = said(taken, self.sender)
            whole = replace(taken, left=tuple(dict.fromkeys((*taken.left, *content.lost))))
            self._refuse_gone(taken, content)
            return whole, await self._written(record, content)
        except Unkept as why:
            return Skipped(taken.where, taken.kind, str(why)), Verdict.SKIPPED
        except Untranslatable as why:
            return self._refused(record, why.element, why.message), Verdict.REFUSED
        except NotAllowed as why:
            element = ABOUT.get(taken.kind, f"{taken.kind}.identifier")
            return self._refused(record, element, why.sentence), Verdict.REFUSED

    def _refuse_gone(self, taken: Taken, content: Said) -> None:
        if content.patient in self.gone:
            raise Untranslatable(_pointing(taken), "points to a Patient that was refused")

    def _refused(self, record: Record, element: str, message: str) -> Refused:
        self.gone.update(record.keys)
        return refuse(record.taken.where, record.taken.kind, element, message)

    async def _written(self, record: Record, content: Said) -> Verdict:
        node = self.node
        if node is None:
            return Verdict.TAKEN
        actor = System(f"import:{self.sender}" if self.sender else "import", MAY)

        async def attempt() -> Change:
            async with work_as(node, actor, "import.fhir") as work:
                return await _write(work, record, content)

        change = await patiently(attempt)
        return Verdict.UNCHANGED if change is Change.UNCHANGED else Verdict.TAKEN


async def _write(work: Work, record: Record, content: Said) -> Change:
    sources = record.sources
    match content.content:
        case Person() as person:
            return await _write_person(work, sources, person)
        case StaffSaid() as staff:
            return await _write_staff(work, sources, staff)
        case OrganizationSaid() as body:
            return await take_in_organization(work, sources, body)
        case AllergySaid() | ConditionSaid() | NoneKnown():
            patient = await _patient(work, record.taken, content)
            return await _write_chart(work, patient, sources[0], content)


async def _write_person(work: Work, sources: list[str], person: Person) -> Change:
    def check(known: Person) -> None:
        if (what := differs(person, known)) is not None:
            raise NotAllowed(f"Here it belongs to a patient with another {what}.")

    first, *also = sources
    return (await take_in(work, first, person, also=also, check=check)).change


async def _write_staff(work: Work, sources: list[str], staff: StaffSaid) -> Change:
    def check(known: str) -> None:
        if differs_in_name(staff, known):
            raise NotAllowed("Here it belongs to a member of staff with another name.")

    return await take_in_practitioner(work, sources, staff, check=check)


async def _write_chart(work: Work, patient: Patient, source: str, content: Said) -> Change:
    match content.content:
        case AllergySaid() as allergy:
            written = await take_in_allergy(work, patient.id, source, allergy)
            return Change.UNCHANGED if written is None else Change.NEW
        case ConditionSaid() as condition:
            noted = await take_in_condition(work, patient.id, source, condition)
            return Change.UNCHANGED if noted is None else Change.NEW
    before = patient.allergy_state
    await state_no_allergies(work, patient.id)
    return Change.UNCHANGED if before is AllergyState.NONE_KNOWN else Change.NEW


async def _patient(work: Work, taken: Taken, content: Said) -> Patient:
    assert content.patient is not None
    found = await of_source(work, content.patient.written)
    if found is None:
        raise Untranslatable(_pointing(taken), "points to a Patient that Ward does not know")
    return found


def _pointing(taken: Taken) -> str:
    return f"{taken.kind}.{POINTS[taken.kind]}.reference"
