"""Answers: what the bed card, the chart and the way home learn of results and specimens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain.access import D5
from domain.analytes import ANALYTES
from domain.discharge import Answer, Item
from domain.lab_orders import RequestStatus
from domain.labs import CRITICAL
from ward.adt.queries import patients_in
from ward.adt.questions import ResultCheck, before_discharge, care_recorded
from ward.adt.whose import whose
from ward.ask import once
from ward.beds.parts import counts
from ward.beds.questions import on_the_card
from ward.duty.questions import Load, Loads, on_the_roster
from ward.labs import chart, queries
from ward.labs.details import LabOrder
from ward.labs.models import DiagnosticReport, LabResult, ServiceRequest
from ward.labs.queries import VIEW
from ward.labs.release import ABNORMAL
from ward.labs.specimen_kinds import titles_of
from ward.labs.views import ResultView, view
from ward.patients.queries import among
from ward.patients.questions import on_the_summary
from ward.projections import projection
from ward.work import Work

CRITICAL_MARK, MARK = "results-critical", "results"
RANK = 9  # among early warning scores: above all of them but the highest. Engineering default.
PANEL = 6  # abnormal results that the panel of the chart names
counts("results-critical", "Critical result", CRITICAL_MARK, tone="critical", icon="flask-conical")
counts("results", "Results to see", MARK, tone="warning", icon="flask-conical")


@projection(D5)
class LabFlag:
    """A chip of a bed card: a critical result that nobody has acknowledged, or how many wait."""

    code: str
    label: str
    tone: str


@projection(D5)
class LabAct:
    """What makes somebody go there now; `for_users` is who owns it."""

    act: str | None
    rank: int
    marks: tuple[str, ...]


@projection(D5)
class LabPanel:
    """The panel of the chart: what waits, what is abnormal in the newest collections."""

    waiting: int
    critical: int
    abnormal: tuple[ResultView, ...]
    reports: int
    pending: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """What nobody has acknowledged of one patient."""

    critical: tuple[str, ...]
    abnormal: int


@on_the_card.answer("flags_labs", VIEW)
async def flags_labs(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, list[LabFlag]]:
    """Answer which critical result waits for who lies there, else how many abnormal ones."""
    return {bed: _flags(one) for bed, one in (await _unseen_in(work, bed_ids)).items()}


@on_the_card.answer("labs", VIEW)
async def labs_act(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, LabAct]:
    """Answer who must be seen now because of a result."""
    return {bed: _act(one) for bed, one in (await _unseen_in(work, bed_ids)).items()}


@on_the_roster.answer("labs", VIEW)
async def load(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, Loads]:
    """Answer in which beds a critical result waits."""
    return {
        bed: Loads((Load(CRITICAL_MARK, "critical results", len(one.critical), 1, "critical"),))
        for bed, one in (await _unseen_in(work, bed_ids)).items()
        if one.critical
    }


@on_the_summary.answer("labs", VIEW)
async def panel(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, LabPanel]:
    """Answer what was found last, and what is still asked for."""
    return {one: await _panel(work, one) for one in patient_ids}


@before_discharge.answer("lab_orders", VIEW)
async def before_leaving(
    work: Work, encounters: Sequence[UUID]
) -> Mapping[UUID, list[ResultCheck]]:
    """Answer what the laboratory still owes, and which results nobody has acknowledged."""
    patients = await whose(work, encounters, VIEW)
    active = select(ServiceRequest).where(
        among(ServiceRequest.encounter_id, encounters),
        ServiceRequest.status == RequestStatus.ACTIVE,
    )
    owed = await work.every(active.order_by(ServiceRequest.id), VIEW)
    asked: dict[UUID, LabOrder] = await work.open(owed, ServiceRequest.detail)
    waiting = await unseen(work, sorted(set(patients.values())))
    return {
        one: _checks(
            patients[one],
            [", ".join(titles_of(asked[row.id])) for row in owed if row.encounter_id == one],
            waiting.get(patients[one], Unseen((), 0)),
        )
        for one in encounters
        if one in patients
    }


def _checks(patient_id: UUID, owed: Sequence[str], waiting: Unseen) -> list[ResultCheck]:
    more = waiting.abnormal
    others = ("1 abnormal report" if more == 1 else f"{more} abnormal reports",) if more else ()
    link = f"/patients/{patient_id}/results"
    listed: dict[Item, tuple[str, ...]] = {
        Item.CRITICAL_SEEN: waiting.critical,
        Item.NO_OPEN_ORDERS: tuple(owed),
        Item.RESULTS_SEEN: others,
    }
    return [
        ResultCheck(item, Answer.NOT_DONE if what else Answer.DONE, what, link)
        for item, what in listed.items()
    ]


@care_recorded.answer("labs", VIEW)
async def recorded(work: Work, encounters: Sequence[UUID]) -> Mapping[UUID, bool]:
    """Answer whether anything was asked of the laboratory during these encounters."""
    mine = select(ServiceRequest).where(among(ServiceRequest.encounter_id, encounters))
    return {row.encounter_id: True for row in await work.every(mine, VIEW)}


async def _unseen_in(work: Work, bed_ids: Sequence[UUID]) -> dict[UUID, Unseen]:
    lying = await patients_in(work, bed_ids)
    patients = sorted(lying.values())
    found = await once(work, ("labs", *patients), lambda: unseen(work, patients))
    return {bed: found[patient] for bed, patient in lying.items() if patient in found}


async def unseen(work: Work, patients: Sequence[UUID]) -> dict[UUID, Unseen]:
    """Answer: which abnormal reports of these patients has nobody acknowledged?"""
    if not patients:
        return {}
    waits = select(DiagnosticReport).where(
        among(DiagnosticReport.patient_id, patients),
        DiagnosticReport.acknowledged_at.is_(None),
        DiagnosticReport.worst >= ABNORMAL,
    )
    rows = await work.every(waits.order_by(DiagnosticReport.reported_at, DiagnosticReport.id), VIEW)
    critical = [row.id for row in rows if row.worst == CRITICAL]
    named = await _named(work, critical)
    found: dict[UUID, Unseen] = {}
    for row in rows:
        before = found.get(row.patient_id, Unseen((), 0))
        more = 0 if row.worst == CRITICAL else 1
        found[row.patient_id] = Unseen(
            (*before.critical, *named.get(row.id, ())), before.abnormal + more
        )
    return found


async def _named(work: Work, reports: Sequence[UUID]) -> dict[UUID, list[str]]:
    if not reports:
        return {}
    grave = (
        among(LabResult.report_id, reports),
        LabResult.replaced_at.is_(None),
        LabResult.rank == CRITICAL,
    )
    found: dict[UUID, list[str]] = {}
    for one in await queries.results(work, *grave):
        found.setdefault(one.row.report_id, []).append(_short(view(one)))
    return found


def _short(one: ResultView) -> str:
    """Write a result as a chip has room for it: K 6.8 mmol/L HH."""
    analyte = ANALYTES.get(one.key)
    name = _SYMBOLS.get(one.key, analyte.name if analyte else one.name)
    return " ".join(part for part in (name, one.text or "", one.unit, one.flag.letters) if part)


#: What a ward calls them; the full name stands in the chart.
_SYMBOLS = {"k": "K", "na": "Na", "hgb": "Hb", "plt": "Plt", "glu": "Glucose", "ca": "Ca"}


def _flags(one: Unseen) -> list[LabFlag]:
    if one.critical:
        more = f" +{len(one.critical) - 1}" if len(one.critical) > 1 else ""
        return [LabFlag("critical_result", f"{one.critical[0]}{more}", "critical")]
    words = "1 abnormal result" if one.abnormal == 1 else f"{one.abnormal} abnormal results"
    return [LabFlag("results", words, "warning")]


def _act(one: Unseen) -> LabAct:
    marks = (CRITICAL_MARK, MARK) if one.critical else (MARK,)
    act = "Critical result" if one.critical else None
    return LabAct(act, RANK if one.critical else 0, marks)


async def _panel(work: Work, patient_id: UUID) -> LabPanel:
    grid = await chart.cumulative(work, patient_id)
    cells = [row.cells[-1] for part in grid.parts for row in part.rows]
    newest = [cell for cell in cells if cell and cell.flag.tone]
    newest.sort(key=lambda cell: -cell.rank)
    waiting, critical = await queries.unseen(work, patient_id)
    asked = select(ServiceRequest).where(
        ServiceRequest.patient_id == patient_id, ServiceRequest.status == RequestStatus.ACTIVE
    )
    return LabPanel(
        waiting=waiting,
        critical=critical,
        abnormal=tuple(newest[:PANEL]),
        reports=len(cells),
        pending=len(await work.every(asked, VIEW)),
    )
