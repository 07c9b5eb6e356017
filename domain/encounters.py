"""Encounters: their states, their classes, and where a stay comes from and goes to."""

from enum import StrEnum

from domain.errors import NotAllowed


class EncounterStatus(StrEnum):
    """FHIR R4 Encounter.status."""

    PLANNED = "planned"
    ARRIVED = "arrived"
    TRIAGED = "triaged"
    IN_PROGRESS = "in-progress"
    ON_LEAVE = "onleave"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"
    UNKNOWN = "unknown"

    @property
    def word(self) -> str:
        """Name the state in everyday words."""
        return _WORDS.get(self, self.value.replace("-", " ").capitalize())


_WORDS = {EncounterStatus.ON_LEAVE: "On leave", EncounterStatus.FINISHED: "Discharged"}

OPEN = frozenset({EncounterStatus.IN_PROGRESS, EncounterStatus.ON_LEAVE})

_S = EncounterStatus
_NEXT = {
    _S.PLANNED: [_S.ARRIVED, _S.IN_PROGRESS, _S.CANCELLED],
    _S.ARRIVED: [_S.TRIAGED, _S.IN_PROGRESS, _S.CANCELLED],  # cancelled: left before seen
    _S.TRIAGED: [_S.IN_PROGRESS, _S.CANCELLED],
    _S.IN_PROGRESS: [_S.ON_LEAVE, _S.FINISHED],
    _S.ON_LEAVE: [_S.IN_PROGRESS, _S.FINISHED],
    _S.FINISHED: [_S.IN_PROGRESS],  # cancel discharge only
}


def choices(status: EncounterStatus) -> list[EncounterStatus]:
    """List what may follow; everything but an error can turn out to be one."""
    if status is _S.ENTERED_IN_ERROR:
        return []
    return [*_NEXT.get(status, []), _S.ENTERED_IN_ERROR]


def move(status: EncounterStatus, to: EncounterStatus) -> EncounterStatus:
    """Return the new status, or say why the encounter may not take it."""
    if to not in choices(status):
        raise NotAllowed(
            f"An encounter cannot go from {status.word} to {to.word}.", "encounter.status"
        )
    return to


def cancelled(status: EncounterStatus) -> EncounterStatus:
    """Tell what a cancelled encounter becomes: one already begun was entered in error."""
    begun = status in OPEN
    return move(status, _S.ENTERED_IN_ERROR if begun else _S.CANCELLED)


class EncounterClass(StrEnum):
    """FHIR R4 Encounter.class, code system v3-ActCode."""

    INPATIENT = "IMP"
    ACUTE = "ACUTE"
    NON_ACUTE = "NONAC"
    EMERGENCY = "EMER"
    AMBULATORY = "AMB"
    OBSERVATION = "OBSENC"
    SHORT_STAY = "SS"
    PRE_ADMISSION = "PRENC"
    VIRTUAL = "VR"
    HOME = "HH"
    FIELD = "FLD"


# PV1-2, HL7 table 0004. C, N and U have no class of their own: the sender's code is kept.
_CLASS_OF_0004 = {
    "I": EncounterClass.INPATIENT,
    "E": EncounterClass.EMERGENCY,
    "O": EncounterClass.AMBULATORY,
    "P": EncounterClass.PRE_ADMISSION,
    "R": EncounterClass.AMBULATORY,  # recurring
    "B": EncounterClass.INPATIENT,  # obstetrics
}


def class_from_hl7(code: str) -> EncounterClass | None:
    """Translate PV1-2 (table 0004); None when the code says nothing we can use."""
    return _CLASS_OF_0004.get(code.strip().upper())


_TO_0004 = {
    **dict.fromkeys(("IMP", "ACUTE", "NONAC", "OBSENC", "SS"), "I"),  # they lie in a bed
    "EMER": "E",
    "PRENC": "P",
}


def class_to_hl7(kind: EncounterClass) -> str:
    """Translate for PV1-2; who lies in no bed and is no emergency is an outpatient."""
    return _TO_0004.get(kind, "O")


class AdmitSource(StrEnum):
    """FHIR R4 Encounter.hospitalization.admitSource."""

    HOSPITAL = "hosp-trans"
    EMERGENCY = "emd"
    OUTPATIENTS = "outp"
    BORN = "born"
    GENERAL_PRACTITIONER = "gp"
    MEDICAL_PRACTITIONER = "mp"
    NURSING_HOME = "nursing"
    PSYCHIATRIC_HOSPITAL = "psych"
    REHABILITATION = "rehab"
    OTHER = "other"

    @property
    def word(self) -> str:
        """Name the source on a form."""
        return _SOURCE_WORDS[self]


_SOURCE_WORDS = {
    AdmitSource.HOSPITAL: "Transfer from another hospital",
    AdmitSource.EMERGENCY: "Emergency department",
    AdmitSource.OUTPATIENTS: "Outpatients",
    AdmitSource.BORN: "Born in hospital",
    AdmitSource.GENERAL_PRACTITIONER: "General practitioner",
    AdmitSource.MEDICAL_PRACTITIONER: "Medical practitioner",
    AdmitSource.NURSING_HOME: "Nursing home",
    AdmitSource.PSYCHIATRIC_HOSPITAL: "Psychiatric hospital",
    AdmitSource.REHABILITATION: "Rehabilitation",
    AdmitSource.OTHER: "Other",
}


class Disposition(StrEnum):
    """FHIR R4 Encounter.hospitalization.dischargeDisposition."""

    HOME = "home"
    ALTERNATIVE_HOME = "alt-home"
    OTHER_FACILITY = "other-hcf"
    HOSPICE = "hosp"
    LONG_TERM = "long"
    AGAINST_ADVICE = "aadvice"
    DIED = "exp"
    PSYCHIATRIC_HOSPITAL = "psy"
    REHABILITATION = "rehab"
    SKILLED_NURSING = "snf"
    OTHER = "oth"

    @property
    def word(self) -> str:
        """Name the destination on a form."""
        return _DISPOSITION_WORDS[self]


_DISPOSITION_WORDS = {
    Disposition.HOME: "Home",
    Disposition.ALTERNATIVE_HOME: "Alternative home",
    Disposition.OTHER_FACILITY: "Other healthcare facility",
    Disposition.HOSPICE: "Hospice",
    Disposition.LONG_TERM: "Long-term care",
    Disposition.AGAINST_ADVICE: "Left against advice",
    Disposition.DIED: "Died",
    Disposition.PSYCHIATRIC_HOSPITAL: "Psychiatric hospital",
    Disposition.REHABILITATION: "Rehabilitation",
    Disposition.SKILLED_NURSING: "Skilled nursing facility",
    Disposition.OTHER: "Other",
}

# PV1-36, HL7 table 0112, is filled in by each site. Only the code that our message examples
# use is known here; any other goes through the site's own table and is kept as sent.
_DISPOSITION_OF_0112 = {"01": Disposition.HOME}


def disposition_from_hl7(code: str) -> Disposition | None:
    """Translate PV1-36; None when only the site can say what its code means."""
    return _DISPOSITION_OF_0112.get(code.strip())


def disposition_to_hl7(disposition: Disposition) -> str:
    """Translate for PV1-36: the code all know, else our own, which is FHIR's."""
    known = {found: code for code, found in _DISPOSITION_OF_0112.items()}
    return known.get(disposition, disposition.value)
