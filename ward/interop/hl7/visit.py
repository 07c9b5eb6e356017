"""Visit: what PV1, PV2, AL1 and DG1 say of a stay."""

from dataclasses import dataclass
from datetime import tzinfo

from ward.interop.hl7 import datatypes
from ward.interop.hl7.datatypes import Clinician, Coded, Identifier, Place
from ward.interop.hl7.message import Item, Message, Segment
from ward.interop.hl7.moments import Moment, moment
from ward.interop.hl7.said import KEEP, Said, given, said


@dataclass(frozen=True, slots=True)
class VisitFields:
    """A stay or attendance as one message speaks of it."""

    patient_class: Said[str] = KEEP
    """Table 0004: I inpatient, E emergency, O outpatient, P preadmit …"""
    location: Said[Place] = KEEP
    prior_location: Said[Place] = KEEP
    number: Said[Identifier] = KEEP
    admission_type: Said[str] = KEEP
    attending: Said[Clinician] = KEEP
    service: Said[str] = KEEP
    admit_source: Said[str] = KEEP
    disposition: Said[str] = KEEP
    """Table 0112, at discharge."""
    admitted: Said[Moment] = KEEP
    discharged: Said[Moment] = KEEP
    reason: Said[Coded] = KEEP
    expected_discharge: Said[Moment] = KEEP


@dataclass(frozen=True, slots=True)
class AllergyFields:
    """An AL1."""

    allergen: Coded
    kind: str = ""
    """Table 0127: DA drug, FA food, EA environment …"""
    severity: str = ""
    """Table 0128: MI, MO, SV, U."""
    reactions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DiagnosisFields:
    """A DG1."""

    code: Coded
    kind: str = ""
    """Table 0052: A admitting, W working, F final."""
    at: Moment | None = None


def visit(message: Message, zone: tzinfo) -> VisitFields | None:
    """Read PV1 with the PV2 beside it; None when the message has no PV1."""
    pv1 = message.first("PV1")
    if pv1 is None:
        return None
    pv2 = message.first("PV2") or Segment("PV2", (), pv1.marks)

    def time(item: Item) -> Moment | None:
        return moment(item.part(), zone)

    return VisitFields(
        patient_class=said(pv1, 2, datatypes.plain),
        location=said(pv1, 3, datatypes.place),
        prior_location=said(pv1, 6, datatypes.place),
        number=said(pv1, 19, datatypes.identifier),
        admission_type=said(pv1, 4, datatypes.plain),
        attending=said(pv1, 7, datatypes.clinician),
        service=said(pv1, 10, datatypes.plain),
        admit_source=said(pv1, 14, datatypes.plain),
        disposition=said(pv1, 36, datatypes.plain),
        admitted=said(pv1, 44, time),
        discharged=said(pv1, 45, time),
        reason=said(pv2, 3, datatypes.coded),
        expected_discharge=said(pv2, 9, time),
    )


def allergies(message: Message) -> tuple[AllergyFields, ...]:
    """Read every AL1 that names what the patient is allergic to."""
    return tuple(one for al1 in message.all("AL1") if (one := _allergy(al1)))


def _allergy(al1: Segment) -> AllergyFields | None:
    allergen = given(said(al1, 3, datatypes.coded))
    if allergen is None:
        return None
    reactions = tuple(item.part() for item in al1.items(5) if item.part())
    return AllergyFields(allergen, al1.text(2), al1.text(4), reactions)


def diagnoses(message: Message, zone: tzinfo) -> tuple[DiagnosisFields, ...]:
    """Read every DG1 that names a diagnosis; the text of DG1-4 fills in for one without."""
    return tuple(one for dg1 in message.all("DG1") if (one := _diagnosis(dg1, zone)))


def _diagnosis(dg1: Segment, zone: tzinfo) -> DiagnosisFields | None:
    code = given(said(dg1, 3, datatypes.coded)) or Coded("")
    code = Coded(code.code, code.text or dg1.text(4), code.system)
    if not code.code and not code.text:
        return None
    return DiagnosisFields(code, dg1.text(6), moment(dg1.text(5), zone))
