"""Details: what is sealed of an order, of a report and of one result."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, repr=False)
class LabOrder:
    """What a laboratory is asked for: panels and single tests by the keys of data/labs.csv."""

    panels: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    question: str = ""  # why it is asked; goes to the laboratory
    note: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class ReportDetail:
    """What a report says beside its results; a report in words has its text as a result."""

    title: str
    comments: tuple[str, ...] = ()
    specimen: str = ""
    producer: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Attached:
    """A document that came with a report, in base64; kept sealed."""

    kind: str  # application/pdf
    content: str


@dataclass(frozen=True, slots=True, repr=False)
class ResultDetail:
    """One result, exactly as it was sent, and what we make of it.

    `value` is the text as reported: trailing zeros stay. `number` is it in the unit of our limits,
    None where there is no number or nobody can convert it.
    """

    name: str
    value: str
    key: str = ""  # of domain.analytes; empty: we do not know this test
    loinc: str = ""
    comparator: str = ""
    unit: str = ""
    number: Decimal | None = None
    reference: str = ""  # as sent
    ours: str = ""  # the interval that was ours when it was judged
    sent: tuple[str, ...] = ()  # OBX-8 as sent
    letters: tuple[str, ...] = ()  # what we found
    change: str = ""  # U or D
    widest: bool = False  # sex not known: judged by the widest interval
    comments: tuple[str, ...] = ()
    code: str = ""  # the sender's own, of the test
    answer: str = ""  # of a coded result: its code, as sent
    kind: str = ""  # OBX-2: how it was sent
    group: str = ""  # OBX-4: results that belong together, as in microbiology


@dataclass(frozen=True, slots=True, repr=False)
class ReadBack:
    """A telephone call about a critical result: who said it to whom, and that it was repeated."""

    caller: str
    receiver: str
    correct: bool
    note: str = ""
    value: str = ""  # what was read out, as it stood then


@dataclass(frozen=True, slots=True, repr=False)
class Acknowledged:
    """What somebody says they will do about a report."""

    action: str
    note: str = ""
