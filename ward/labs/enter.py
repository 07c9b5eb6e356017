"""Enter: results typed in at the laboratory go the same way as those that come by message."""

from collections.abc import Mapping
from uuid import UUID

from domain.access import Permission
from domain.analytes import ANALYTES, Analyte, Kind
from domain.errors import NotAllowed
from domain.lab_orders import SpecimenState
from domain.labs import ResultStatus
from ward.labs.details import LabOrder
from ward.labs.judge import read_number
from ward.labs.models import DiagnosticReport, ReportStatus, ServiceRequest, Specimen
from ward.labs.release import release
from ward.labs.said import ReportSaid, ResultSaid
from ward.labs.specimen_kinds import tests_of, titles_of, word
from ward.work import Work

MAY = Permission.RELEASE_RESULT
SENDER = "WARD"
LONGEST = 200
_COMPARATORS = (">=", "<=", ">", "<")
_READY = frozenset({SpecimenState.RECEIVED, SpecimenState.RESULTED})


async def tests_for(work: Work, specimen_id: UUID) -> tuple[Specimen, tuple[Analyte, ...]]:
    """List what a specimen is measured for."""
    specimen = await work.access(Specimen, specimen_id, MAY)
    _, order = await _asked(work, specimen)
    return specimen, _measured(order, specimen)


async def enter(
    work: Work, specimen_id: UUID, values: Mapping[str, str], status: ResultStatus
) -> DiagnosticReport:
    """Release what was typed in for a specimen; the same once more changes nothing."""
    specimen = await work.access(Specimen, specimen_id, MAY)
    if specimen.state not in _READY:
        raise NotAllowed("Receive the specimen first.", "labs.specimen")
    request, order = await _asked(work, specimen)
    typed = [
        _result(one, values[one.key], status)
        for one in _measured(order, specimen)
        if values.get(one.key, "").strip()
    ]
    if not typed:
        raise NotAllowed("Enter at least one result.", "labs.nothing")
    final = status is ResultStatus.FINAL
    said = ReportSaid(
        patient_id=specimen.patient_id,
        sender=SENDER,
        filler=specimen.number,
        title=", ".join(titles_of(order)),
        observed_at=specimen.collected_at or specimen.received_at or work.now,
        reported_at=work.now,
        status=ReportStatus.FINAL if final else ReportStatus.PRELIMINARY,
        section=ANALYTES[_measured(order, specimen)[0].key].section,
        results=tuple(typed),
        order=request.number,
        specimen=f"{word(specimen.kind)} {specimen.number}",
    )
    return await release(work, said)


async def _asked(work: Work, specimen: Specimen) -> tuple[ServiceRequest, LabOrder]:
    request = await work.access(ServiceRequest, specimen.request_id, MAY)
    order: LabOrder = (await work.open([request], ServiceRequest.detail))[request.id]
    return request, order


def _measured(order: LabOrder, specimen: Specimen) -> tuple[Analyte, ...]:
    return tuple(one for one in tests_of(order) if one.specimen == specimen.kind)


def _result(analyte: Analyte, text: str, status: ResultStatus) -> ResultSaid:
    """Read a value as it was typed: <5, 4.1, positive."""
    text = text.strip()[:LONGEST]
    sign = next((one for one in _COMPARATORS if text.startswith(one)), "")
    bare = text.removeprefix(sign).strip()
    number = analyte.kind is Kind.QUANTITY and read_number(bare) is not None
    kind = ("SN" if sign else "NM") if number else "CWE" if analyte.kind is Kind.CODED else "ST"
    return ResultSaid(
        name=analyte.name,
        value=bare if number else text,
        kind=kind,
        status=status,
        loinc=analyte.loinc,
        comparator=sign if number else "",
        unit=analyte.ucum if number else "",
        answer=text.upper() if kind == "CWE" else "",
    )
