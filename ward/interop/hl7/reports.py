"""Reports: the OBR groups of an observation message, as a laboratory means them.

Nothing is decided here. Vital signs are left out: `measured` reads those. What a sender has not
done yet (OBX-11 I, O, N) is no result.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from types import MappingProxyType

from domain.labs import ResultStatus
from ward.interop.hl7 import values
from ward.interop.hl7.loinc import loinc_of, names_a_panel, vital_of
from ward.interop.hl7.message import Message, Segment
from ward.interop.hl7.moments import moment
from ward.labs.details import Attached
from ward.labs.models import ReportStatus
from ward.labs.said import PROSE, ReportSaid, ResultSaid

_R, _S = ReportStatus, ResultStatus
#: HL7 table 0123, as far as it says that there is something to read.
_REPORTS = MappingProxyType(
    {"A": _R.PARTIAL, "P": _R.PRELIMINARY, "R": _R.PRELIMINARY, "F": _R.FINAL}
    | {"C": _R.CORRECTED, "X": _R.CANCELLED}
)
#: HL7 table 0085; a sender's further shades of final, corrected and preliminary are these.
_RESULTS = MappingProxyType(
    {one.value: one for one in _S}
    | dict.fromkeys("BUV", _S.FINAL)
    | {"A": _S.CORRECTED}
    | {"S": _S.PRELIMINARY}
)
_NOT_YET = frozenset("ION")
_BY_REPORT = MappingProxyType({"F": "F", "C": "F", "P": "P", "A": "P", "R": "R", "X": "X"})
_WITHOUT_VALUE = frozenset({_S.NOT_OBTAINED, _S.DELETED, _S.WRONG_PATIENT})
_LONGEST_NAME, _LONGEST_FLAG = 200, 40
EMPTY = "A document without content was sent."


@dataclass(frozen=True, slots=True, repr=False)
class ReportFields:
    """One OBR with its results; `said` lacks only whose it is."""

    said: ReportSaid
    unreadable: int = 0
    """Documents that hold nothing."""


@dataclass(slots=True, repr=False)
class _Group:
    """One OBR with all that follows it."""

    obr: Segment
    orc: Segment | None
    comments: list[str] = field(default_factory=list)
    observations: list[tuple[Segment, list[str]]] = field(default_factory=list)
    specimen: Segment | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Sent:
    """What holds for a whole message."""

    nobody: ReportSaid
    """A report without anything: who sends, and when."""
    zone: tzinfo


def reports(message: Message, sent: Sent) -> list[ReportFields]:
    """Read every OBR that reports something; each document beyond the first is one of its own."""
    found: list[ReportFields] = []
    numbered: dict[str, int] = {}
    for group in _groups(message):
        for one in _report(group, sent):
            again = numbered[one.said.filler] = numbered.get(one.said.filler, 0) + 1
            filler = one.said.filler if again == 1 else f"{one.said.filler}#{again}"
            found.append(replace(one, said=replace(one.said, filler=filler)))
    return found


def _groups(message: Message) -> Iterator[_Group]:
    """Divide a message into its OBR groups; an ORC stands before its OBR."""
    group: _Group | None = None
    orc: Segment | None = None
    for segment in message.segments:
        match segment.name:
            case "ORC":
                orc = segment
            case "OBR":
                if group:
                    yield group
                group = _Group(segment, orc)
            case "OBX" if group:
                if group.specimen is None:  # an OBX after SPM speaks of the specimen
                    group.observations.append((segment, []))
            case "SPM" if group:
                group.specimen = segment
            case "NTE" if group:
                _comment(group, segment)
    if group:
        yield group


def _comment(group: _Group, nte: Segment) -> None:
    text = "\n".join(item.part() for item in nte.items(3)).strip()
    if text:
        (group.observations[-1][1] if group.observations else group.comments).append(text)


def _report(group: _Group, sent: Sent) -> Iterator[ReportFields]:
    obr = group.obr
    results = list(_results(group, sent.zone))
    said = replace(
        sent.nobody,
        filler="",
        title=_name(obr, 4) or "Report",
        observed_at=_observed(group, sent),
        reported_at=_time(obr, 22, sent.zone) or sent.nobody.reported_at,
        status=_status(obr, results),
        section=_section(obr),
        results=tuple(_merged(results)),
        order=_order(group),
        specimen=_specimen(group),
        producer=_producer(group),
        comments=tuple(group.comments),
    )
    said = replace(said, filler=_filler(group, said))
    documents = list(_documents(group))
    read = [one for _, one in documents if one]
    first = replace(said, attached=read[0]) if read else said
    if first.results or first.attached or first.comments or first.status is _R.CANCELLED:
        yield ReportFields(first, len(documents) - len(read))
    elif documents:
        yield ReportFields(replace(first, comments=(EMPTY,)), len(documents))
    for number, one in enumerate(read[1:], 2):
        filler = f"{said.filler}/document{number}"
        yield ReportFields(replace(said, filler=filler, results=(), comments=(), attached=one))


def _documents(group: _Group) -> Iterator[tuple[Segment, Attached | None]]:
    for obx, _ in group.observations:
        if values.kind_of(obx) == values.DOCUMENT and obx.text(11) not in _NOT_YET:
            yield obx, values.document(obx)


def _results(group: _Group, zone: tzinfo) -> Iterator[ResultSaid]:
    for obx, comments in group.observations:
        if vital_of(obx) or (names_a_panel(obx) and not obx.items(5)):
            continue
        if values.kind_of(obx) != values.DOCUMENT and obx.text(11) not in _NOT_YET:
            yield from _result(obx, group.obr, tuple(comments), zone)


def _result(
    obx: Segment, obr: Segment, comments: tuple[str, ...], zone: tzinfo
) -> Iterator[ResultSaid]:
    """Read one OBX; each repetition of its value is a result."""
    status = _RESULTS.get(obx.text(11) or _BY_REPORT.get(obr.text(25), "P"), _S.PRELIMINARY)
    flags = tuple(part[:_LONGEST_FLAG] for item in obx.items(8) if (part := item.part()))
    found = values.values(obx)
    if not found and (flags or comments or status in _WITHOUT_VALUE):
        found = [values.Value("")]
    for one in found:
        yield ResultSaid(
            name=_name(obx, 3) or "Result",
            value=one.text,
            kind=values.kind_of(obx) or "ST",
            status=status,
            loinc=loinc_of(obx),
            code=obx.text(3) or obx.text(3, 4),
            comparator=one.comparator,
            unit=obx.text(6) or obx.text(6, 2),
            reference=obx.text(7),
            sent=flags,
            answer=one.answer,
            comments=comments,
            group=obx.text(4),
            observed_at=_time(obx, 14, zone),
        )


def _merged(results: Sequence[ResultSaid]) -> Iterator[ResultSaid]:
    """Join a run of OBX that are the lines of one text."""
    last: ResultSaid | None = None
    for one in results:
        if last and one.kind in PROSE and _head(one) == _head(last):
            lines, comments = f"{last.value}\n{one.value}", (*last.comments, *one.comments)
            last = replace(last, value=lines, comments=comments)
            continue
        if last:
            yield last
        last = one
    if last:
        yield last


def _head(one: ResultSaid) -> tuple[object, ...]:
    return one.kind, one.loinc, one.code, one.name, one.group, one.status


def _status(obr: Segment, results: Sequence[ResultSaid]) -> ReportStatus:
    """Say where the report stands; without a word of its own its results tell."""
    sent = _REPORTS.get(obr.text(25))
    if sent:
        return sent
    statuses = {one.status for one in results}
    if not statuses or statuses & {_S.PRELIMINARY, _S.UNVERIFIED}:
        return _R.PRELIMINARY
    return _R.CORRECTED if _S.CORRECTED in statuses else _R.FINAL


def _filler(group: _Group, said: ReportSaid) -> str:
    """Name a report by its sender's number (filler, else placer) and the battery.

    Without any number the battery, its time and its specimen are the report's name.
    """
    battery = group.obr.text(4) or group.obr.text(4, 4) or said.title
    for number in _numbers(group):
        if number:
            return f"{number}/{battery}"
    return f"/{battery}/{said.observed_at.isoformat()}/{said.specimen}"


def _numbers(group: _Group) -> Iterator[str]:
    for segment, number in ((group.obr, 3), (group.orc, 3), (group.obr, 2), (group.orc, 2)):
        if segment:
            yield segment.text(number)
    if group.orc:
        yield group.orc.text(4)


def _order(group: _Group) -> str:
    """Give the number of our own order; a number of somebody else's says nothing here."""
    for segment in (group.obr, group.orc):
        if segment and segment.text(2) and segment.text(2, 2).upper() == OURS:
            return segment.text(2)
    return ""


OURS = "WARD"  # ORC-2.2 of an order that began here


def _observed(group: _Group, sent: Sent) -> datetime:
    """Tell when the specimen was taken: OBR-7, SPM-17, OBX-14, else when it was reported."""
    first = group.observations[0][0] if group.observations else None
    places = ((group.obr, 7), (group.specimen, 17), (first, 14), (group.obr, 22))
    times = (_time(segment, number, sent.zone) for segment, number in places if segment)
    return next((one for one in times if one), sent.nobody.observed_at)


def _time(segment: Segment, number: int, zone: tzinfo) -> datetime | None:
    found = moment(segment.text(number), zone)
    return found.at if found else None


def _name(segment: Segment, number: int) -> str:
    """Name a test or a battery in the sender's words."""
    item = segment.item(number)
    words = (item.part(2), item.part(5), item.part(9), item.part(1), item.part(4))
    return next((one for one in words if one), "")[:_LONGEST_NAME]


def _section(obr: Segment) -> str:
    sent = obr.text(24).upper()
    return sent if sent.isalnum() and len(sent) <= 5 else "LAB"


def _specimen(group: _Group) -> str:
    if group.specimen:
        return _name(group.specimen, 4)
    return _name(group.obr, 15)


def _producer(group: _Group) -> str:
    """Name the laboratory that did it: OBX-23, else OBX-15."""
    for obx, _ in group.observations:
        if name := obx.text(23) or _name(obx, 15):
            return name[:_LONGEST_NAME]
    return ""
