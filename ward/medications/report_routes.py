"""Report: the page of rules, scans and times, its rows, and the same as a file."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.access import D0, Permission
from domain.rule_switches import TOO_OFTEN, may_be_switched
from ward.duty.sheets import wards_of
from ward.errors import Missing
from ward.medications import report, switches
from ward.medications.report import DAYS, LOOKED_AT, TARGET
from ward.security.limits import EXPORT
from ward.web import get, page
from ward.work import Work, work_of

MAY = Permission.REPORT_MEDICATIONS
PARTS = ("rules", "scans", "reasons")


async def medicines_report(request: Request) -> Response:
    """Show how rules, scanning and times went on the wards of the grant."""
    days = _days(request)
    async with work_of(request) as work:
        found = await report.whole(work, await _wards(work), days)
        context: dict[str, Any] = {"found": found, "days": days, "choices": DAYS}
        return page(request, "medications/report.html", too_often=TOO_OFTEN, target=TARGET,
                    looked_at=LOOKED_AT, **context)  # fmt: skip


async def rule_rows(request: Request) -> Response:
    """Show each time a rule spoke, and for which reasons it was overridden."""
    days, rule = _days(request), str(request.path_params["rule"])
    async with work_of(request) as work:
        rows = await report.firings_of(work, rule, days)
        reasons = await report.reasons_of(work, rule, days)
        history = await switches.history(work, rule)
        context: dict[str, Any] = {"rule": rule, "rows": rows, "reasons": reasons, "days": days,
                                   "history": history, "free": may_be_switched(rule)}  # fmt: skip
        return page(request, "medications/report_rule.html", words=report.rule_words(rule),
                    **context)  # fmt: skip


async def dose_rows(request: Request) -> Response:
    """Show the doses of a ward that came late, or of which nobody said anything."""
    days, kind = _days(request), str(request.path_params["kind"])
    if kind not in {"late", "missed"}:
        async with work_of(request):
            raise Missing
    async with work_of(request) as work:
        ward_id: UUID = request.path_params["ward_id"]
        listed = report.late_on if kind == "late" else report.missed_on
        rows = await listed(work, ward_id, days)
        label = dict(await wards_of(work)).get(ward_id, "")
        return page(request, "medications/report_doses.html", rows=rows, kind=kind, ward=label,
                    days=days)  # fmt: skip


async def as_file(request: Request) -> Response:
    """Give one part of the report as a file."""
    days, part = _days(request), request.query_params.get("part", PARTS[0])
    async with work_of(request) as work:
        if part not in PARTS:
            raise Missing
        await work.node.limits.spend(EXPORT, str(work.actor.id))
        found = await report.whole(work, await _wards(work), days)
        text = _text(*_table(found, part))
        answer = Response("\ufeff" + text, media_type="text/csv; charset=utf-8")
        answer.headers["content-disposition"] = f'attachment; filename="medicines-{part}.csv"'
        request.state.answer = answer
        return answer


Table = tuple[Sequence[str], list[Sequence[Any]]]


def _table(found: report.Whole, part: str) -> Table:
    heads: Sequence[str]
    match part:
        case "rules":
            heads = ("Rule", "About", "Tier", "Spoke", "Overridden", "Heeded", "Overridden %",
                     "Counted only", "Set to")  # fmt: skip
            return heads, [
                (one.rule, one.words, one.tier.value, one.shown, one.overridden, one.heeded,
                 one.rate, one.silent, one.mode.value)
                for one in found.rules
            ]  # fmt: skip
        case "scans":
            heads = ("Ward", "Given", "Wristband scanned", "Pack scanned", "Late", "Missed",
                     "Not given")  # fmt: skip
            return heads, [
                (one.ward, one.given, one.band, one.pack, one.late, one.missed, one.not_given)
                for one in found.scans
            ]
        case _:
            heads = ("Ward", "What", "Why not scanned", "Doses")
            return heads, [(one.ward, one.what, one.reason, one.count) for one in found.reasons]


def _text(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    written = csv.writer(out)
    written.writerow(heads)
    written.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def _safe(cell: Any) -> str:
    """Keep a spreadsheet from reading a word as a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text


def _days(request: Request) -> int:
    text = request.query_params.get("days", "")
    return int(text) if text in {str(one) for one in DAYS} else DAYS[0]


async def _wards(work: Work) -> list[UUID]:
    return [ward_id for ward_id, _ in await wards_of(work)]


routes = [
    get("/medications/report", medicines_report, MAY, shows={D0}),
    get("/medications/report.csv", as_file, MAY, shows={D0}),
    get("/medications/report/rules/{rule}", rule_rows, MAY, shows={D0}),
    get("/medications/report/wards/{ward_id:uuid}/{kind}", dose_rows, MAY, shows={D0}),
]
