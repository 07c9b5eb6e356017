"""Lab orders: the way of a specimen from the order to the result, and nothing skipped."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.errors import NotAllowed


class RequestStatus(StrEnum):
    """FHIR R4 ServiceRequest.status, as far as an order of the ward can have it."""

    ACTIVE = "active"
    COMPLETED = "completed"
    REVOKED = "revoked"
    WRONG = "entered-in-error"

    @property
    def word(self) -> str:
        """Say where the order stands."""
        return {"revoked": "Cancelled", "entered-in-error": "Entered in error"}.get(
            self.value, self.value.capitalize()
        )


class Urgency(StrEnum):
    """FHIR R4 request-priority, as far as a laboratory tells them apart."""

    ROUTINE = "routine"
    URGENT = "urgent"
    STAT = "stat"

    @property
    def word(self) -> str:
        """Say how soon."""
        return {"stat": "At once"}.get(self.value, self.value.capitalize())


class SpecimenState(StrEnum):
    """Where a specimen is; after FHIR's Specimen and the laboratory's day."""

    WANTED = "wanted"
    COLLECTED = "collected"
    RECEIVED = "received"
    REJECTED = "rejected"
    RESULTED = "resulted"
    CANCELLED = "cancelled"

    @property
    def word(self) -> str:
        """Say where it is."""
        return {"wanted": "To collect"}.get(self.value, self.value.capitalize())


class Act(StrEnum):
    """What is done with a specimen."""

    COLLECT = "collect"
    UNDO = "undo"  # it was not collected after all
    RECEIVE = "receive"
    REJECT = "reject"
    RESULT = "result"
    CANCEL = "cancel"


_S = SpecimenState
_STEPS: Mapping[Act, Mapping[SpecimenState, SpecimenState]] = MappingProxyType(
    {
        Act.COLLECT: {_S.WANTED: _S.COLLECTED},
        Act.UNDO: {_S.COLLECTED: _S.WANTED},
        Act.RECEIVE: {_S.WANTED: _S.RECEIVED, _S.COLLECTED: _S.RECEIVED},
        Act.REJECT: {_S.COLLECTED: _S.REJECTED, _S.RECEIVED: _S.REJECTED},
        # A laboratory answers although nobody scanned: what was measured was collected.
        Act.RESULT: dict.fromkeys((_S.WANTED, _S.COLLECTED, _S.RECEIVED, _S.RESULTED), _S.RESULTED),
        Act.CANCEL: {_S.WANTED: _S.CANCELLED, _S.COLLECTED: _S.CANCELLED},
    }
)


def acts(state: SpecimenState) -> tuple[Act, ...]:
    """List what may be done with a specimen; the buttons of a line are made of it."""
    return tuple(act for act, steps in _STEPS.items() if state in steps)


def move(state: SpecimenState, act: Act) -> SpecimenState:
    """Return where a specimen is afterwards, or say why that cannot be."""
    to = _STEPS[act].get(state)
    if to is None:
        raise NotAllowed(
            f"A specimen that is {state.word.lower()} cannot: {act.value}.", "labs.specimen"
        )
    return to


class Reject(StrEnum):
    """Why a laboratory does not take a specimen; HL7 table 0490 (terminology.hl7.org, v2-0490)."""

    EXPIRED = "EX"
    QUANTITY = "QS"
    NO_NUMBER = "RA"
    BROKEN = "RB"
    CLOTTED = "RC"
    NO_DATE = "RD"
    NO_NAME = "RE"
    HAEMOLYSED = "RH"
    IDENTIFICATION = "RI"
    LABEL = "RM"
    CONTAMINATED = "RN"
    NO_COLLECTOR = "RP"
    STORAGE = "RR"
    NAME_MISSPELT = "RS"

    @property
    def word(self) -> str:
        """Say why."""
        return _REJECTS[self]


_REJECTS = MappingProxyType(
    {
        Reject.EXPIRED: "Expired",
        Reject.QUANTITY: "Not enough",
        Reject.NO_NUMBER: "Record number missing",
        Reject.BROKEN: "Container broken",
        Reject.CLOTTED: "Clotted",
        Reject.NO_DATE: "Time of collection missing",
        Reject.NO_NAME: "Name missing",
        Reject.HAEMOLYSED: "Haemolysed",
        Reject.IDENTIFICATION: "Identification in doubt",
        Reject.LABEL: "Label wrong",
        Reject.CONTAMINATED: "Contaminated",
        Reject.NO_COLLECTOR: "Collector missing",
        Reject.STORAGE: "Stored wrongly",
        Reject.NAME_MISSPELT: "Name misspelt",
    }
)


class Verified(StrEnum):
    """What the laboratory found when a value had moved further than it may; our own words."""

    RIGHT = "right"
    MIXED_UP = "mixed-up"
    CORRECTED = "corrected"

    @property
    def word(self) -> str:
        """Say what was found."""
        return _VERIFIED[self]


_VERIFIED = MappingProxyType(
    {
        Verified.RIGHT: "Specimen and patient are right",
        Verified.MIXED_UP: "Not this patient's, or unfit: a correction follows",
        Verified.CORRECTED: "The result was corrected",
    }
)
