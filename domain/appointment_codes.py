"""Appointment codes: why one is cancelled, of which type it is, and its states in HL7 v2.

Sources: FHIR code system appointment-cancellation-reason; HL7 tables 0276 and 0278 (2.5.1), 0278
as the HL7 v2-to-FHIR guide maps it (STU1); clinical/scheduling.md, 1.
"""

from enum import StrEnum

from domain.appointments import AppointmentStatus
from domain.errors import NotAllowed

CANCELLATION_SYSTEM = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"


class CancellationReason(StrEnum):
    """Why an appointment is cancelled: the codes of FHIR that a desk is offered."""

    PATIENT = "pat"
    PATIENT_REMINDER = "pat-crs"
    PATIENT_PORTAL = "pat-cpp"
    PATIENT_DIED = "pat-dec"
    PATIENT_BETTER = "pat-fb"
    PATIENT_TRANSPORT = "pat-lt"
    PATIENT_MOVED = "pat-mv"
    PATIENT_WAITLIST = "pat-swl"
    PROVIDER = "prov"
    PROVIDER_PERSONAL = "prov-pers"
    PROVIDER_HOSPITAL = "prov-hosp"
    MAINTENANCE = "maint"
    MEDICINES = "meds-inc"
    OTHER = "other"
    ERROR = "oth-err"
    ROOM = "oth-room"
    WEATHER = "oth-weath"

    @property
    def word(self) -> str:
        """Name the reason on a form."""
        return _REASONS[self]

    @property
    def by_patient(self) -> bool:
        """Tell whether it was the patient who could or would not come."""
        return self.value.partition("-")[0] == "pat"


_R = CancellationReason
_REASONS = {
    _R.PATIENT: "Patient",
    _R.PATIENT_REMINDER: "Patient: cancelled by the reminder",
    _R.PATIENT_PORTAL: "Patient: cancelled in the portal",
    _R.PATIENT_DIED: "Patient: died",
    _R.PATIENT_BETTER: "Patient: feels better",
    _R.PATIENT_TRANSPORT: "Patient: no transport",
    _R.PATIENT_MOVED: "Patient: moved away",
    _R.PATIENT_WAITLIST: "Patient: has an earlier time from the waiting list",
    _R.PROVIDER: "Clinician",
    _R.PROVIDER_PERSONAL: "Clinician: personal reason",
    _R.PROVIDER_HOSPITAL: "Clinician: needed elsewhere in the hospital",
    _R.MAINTENANCE: "Equipment under maintenance",
    _R.MEDICINES: "Medicines not complete",
    _R.OTHER: "Other",
    _R.ERROR: "Other: booked in error",
    _R.ROOM: "Other: no room or resource",
    _R.WEATHER: "Other: weather",
}


def explain(reason: CancellationReason, text: str = "") -> str:
    """Return the reason as it is recorded; plain "Other" must be told in words."""
    if reason is CancellationReason.OTHER and not text.strip():
        raise NotAllowed("Say why: Other needs a few words.", "appointment.reason")
    return f"{reason.word}: {text.strip()}" if text.strip() else reason.word


class AppointmentType(StrEnum):
    """HL7 table 0276, which FHIR reuses for Appointment.appointmentType."""

    CHECKUP = "CHECKUP"
    EMERGENCY = "EMERGENCY"
    FOLLOWUP = "FOLLOWUP"
    ROUTINE = "ROUTINE"
    WALKIN = "WALKIN"

    @property
    def word(self) -> str:
        """Name the type on a form."""
        return {"FOLLOWUP": "Follow-up", "WALKIN": "Walk-in", "CHECKUP": "Check-up"}.get(
            self.value, self.value.capitalize()
        )


def type_from_hl7(code: str) -> AppointmentType | None:
    """Translate SCH-7 (table 0276, which senders extend); None when it is a code of theirs."""
    found = code.strip().upper()
    return AppointmentType(found) if found in list(AppointmentType) else None


class FillerStatus(StrEnum):
    """HL7 table 0278, SCH-25: how an appointment stands with the system that keeps it."""

    PENDING = "Pending"
    WAITLIST = "Waitlist"
    BOOKED = "Booked"
    STARTED = "Started"
    COMPLETE = "Complete"
    CANCELLED = "Cancelled"
    DISCONTINUED = "Dc"
    DELETED = "Deleted"
    BLOCKED = "Blocked"
    OVERBOOK = "Overbook"
    NO_SHOW = "Noshow"


_S, _F = AppointmentStatus, FillerStatus
_FROM_0278 = {
    _F.PENDING: _S.PENDING,
    _F.WAITLIST: _S.WAITLIST,
    _F.BOOKED: _S.BOOKED,
    _F.OVERBOOK: _S.BOOKED,  # and marked as overbooked
    _F.STARTED: _S.CHECKED_IN,  # going on: here, and not yet done
    _F.COMPLETE: _S.FULFILLED,
    _F.CANCELLED: _S.CANCELLED,
    _F.DISCONTINUED: _S.CANCELLED,  # the rest of it does not happen
    _F.DELETED: _S.ENTERED_IN_ERROR,
    _F.NO_SHOW: _S.NO_SHOW,
}
_TO_0278 = {
    _S.PROPOSED: _F.PENDING,
    _S.PENDING: _F.PENDING,
    _S.WAITLIST: _F.WAITLIST,
    _S.BOOKED: _F.BOOKED,
    _S.ARRIVED: _F.BOOKED,  # 0278 has no word for a patient who waits in the room outside
    _S.CHECKED_IN: _F.STARTED,
    _S.FULFILLED: _F.COMPLETE,
    _S.CANCELLED: _F.CANCELLED,
    _S.NO_SHOW: _F.NO_SHOW,
    _S.ENTERED_IN_ERROR: _F.DELETED,
}


def status_from_hl7(code: str) -> AppointmentStatus | None:
    """Translate SCH-25; None for a blocked slot, which is no appointment, and for no code of 0278.

    An `Overbook` is booked beside another: ask `is_overbooked`.
    """
    found = _filler(code)
    return _FROM_0278.get(found) if found else None


def is_overbooked(code: str) -> bool:
    """Tell whether the sender booked it beside another on purpose."""
    return _filler(code) is FillerStatus.OVERBOOK


def _filler(code: str) -> FillerStatus | None:
    return next((each for each in FillerStatus if each.lower() == code.strip().lower()), None)


def status_to_hl7(status: AppointmentStatus, *, overbooked: bool = False) -> FillerStatus:
    """Translate for SCH-25."""
    if overbooked and status is AppointmentStatus.BOOKED:
        return FillerStatus.OVERBOOK
    return _TO_0278[status]
