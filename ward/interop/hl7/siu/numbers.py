"""Numbers: by which number a sender knows an appointment (SCH-1, SCH-2)."""

from dataclasses import dataclass
from uuid import UUID

from ward.crypto import Vault
from ward.interop.hl7.adt import Sender
from ward.interop.hl7.message import Segment
from ward.interop.hl7.siu.parts import SCHEDULING
from ward.interop.hl7.wire import Reading

OURS = "WARD"  # EI-2 of an appointment that began here


@dataclass(frozen=True, slots=True)
class AppointmentNumber:
    """The filler's number, else the placer's: who fills an appointment keeps its calendar."""

    kind: str
    value: str
    given_by: str = ""

    @property
    def our_id(self) -> UUID | None:
        """Give our own id, if the appointment began here."""
        if self.given_by.upper() != OURS:
            return None
        try:
            return UUID(self.value)
        except ValueError:
            return None


def number(sch: Segment) -> AppointmentNumber | None:
    """Read the number; None when the sender gave none."""
    for kind, place in (("filler", 2), ("placer", 1)):
        if value := sch.text(place):
            return AppointmentNumber(kind, value, sch.text(place, 2))
    return None


def mark(vault: Vault, sent: Sender, of: AppointmentNumber) -> bytes:
    """Hash the number with the system that gave it: by this an appointment is found again."""
    sender = f"{sent.application}\0{sent.facility}"
    return vault.hash("hl7.appointment", f"{sender}\0{of.kind}\0{of.given_by}\0{of.value}")


def marks(vault: Vault, reading: Reading) -> frozenset[bytes]:
    """Give the mark of the appointment a message is about; none for any other message."""
    if reading.envelope.type != SCHEDULING or reading.message is None:
        return frozenset()
    sch = reading.message.first("SCH")
    found = number(sch) if sch else None
    sent = Sender(reading.envelope.sending_application, reading.envelope.sending_facility)
    return frozenset({mark(vault, sent, found)} if found else ())
