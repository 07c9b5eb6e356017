"""Said: what a laboratory tells of one report, typed; the same from the wire and from a keyboard.

Whoever calls `release` has read the message already: runs of text lines are joined into one
result, HL7's escapes are undone, and every instant has a zone. Values stay text, exactly as sent.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.labs import ResultStatus
from ward.labs.details import Attached
from ward.labs.models import ReportStatus

#: OBX-2 of what is read and not measured; one such result is one text, lines joined by "\n".
PROSE = frozenset({"TX", "FT"})
NUMBERS = frozenset({"NM", "SN", "ST"})  # an ST that is a number is judged as one
CODED = frozenset({"CE", "CWE", "CNE", "IS", "ID"})


@dataclass(frozen=True, slots=True, repr=False)
class ResultSaid:
    """One result of a report: one OBX, or a run of OBX that are the lines of one text."""

    name: str
    value: str  # NM: OBX-5 itself; SN: the number alone; coded: the text; prose: all its lines
    kind: str = "NM"  # OBX-2
    status: ResultStatus = ResultStatus.FINAL
    loinc: str = ""
    code: str = ""  # the sender's own code, where there is no LOINC
    comparator: str = ""  # < <= > >=, from SN.1 or written before an NM
    unit: str = ""  # UCUM as sent
    reference: str = ""  # OBX-7 as sent
    sent: tuple[str, ...] = ()  # OBX-8, each repetition
    answer: str = ""  # of a coded result: its code
    comments: tuple[str, ...] = ()  # the NTE under it
    group: str = ""  # OBX-4
    observed_at: datetime | None = None  # OBX-14, if not the report's


@dataclass(frozen=True, slots=True, repr=False)
class ReportSaid:
    """One report: one OBR with all its results, as it stands in this message."""

    patient_id: UUID
    sender: str  # who numbers reports: application and facility of the sender
    filler: str  # OBR-3, its number there; with the code of the battery where one number has many
    title: str
    observed_at: datetime  # OBR-7
    reported_at: datetime  # OBR-22, else the message's: a later version has a later one
    status: ReportStatus = ReportStatus.FINAL
    section: str = "LAB"  # OBR-24, HL7 table 0074
    results: tuple[ResultSaid, ...] = ()
    order: str = ""  # ORC-2 / OBR-2, if it is a number of ours
    specimen: str = ""  # in words
    producer: str = ""
    comments: tuple[str, ...] = ()
    attached: Attached | None = None
