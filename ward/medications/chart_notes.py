"""Notes: what whoever gives a medicine must know of its order, and what of it is locked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain import drug_allergies
from domain.access import D4
from domain.decisions import Reason
from domain.display import time_of
from domain.doses import Status
from domain.infusions import Change, empty_at
from domain.orders import Act, OrderSource, RequestStatus
from domain.prescribing import Order, Tier
from ward.medications.chart_cells import locking, rate_words
from ward.medications.chart_read import ON_A_PUMP, Rows
from ward.medications.details import OrderDetail
from ward.medications.line import Line
from ward.medications.models import MedicationChange
from ward.medications.words import dose_words, often_words
from ward.projections import projection


@dataclass(frozen=True, slots=True)
class Note:
    """A chip on a line: what whoever gives it must know; `text` says the whole of it."""

    tone: str
    icon: str
    word: str
    text: str = ""


@projection(D4)
class ChangeView:
    """A change that nobody has read yet: the line is locked."""

    request_id: UUID
    change_id: UUID
    at: datetime
    by: str
    drug: str
    what: str  # 50 mg to 25 mg
    reason: str


@dataclass(frozen=True, slots=True)
class PumpView:
    """An infusion that runs."""

    since: datetime
    rate: str
    paused: bool
    empty_at: datetime | None


def notes(rows: Rows, line: Line) -> Iterable[Note]:
    """List what whoever gives it must know, the gravest first."""
    request = line.request
    yield from _allergies(rows, line)
    if request.status is RequestStatus.ON_HOLD:
        held = _latest(rows, line, Act.HOLD)
        yield Note("off", "pause", "Withheld", _by(rows, held) if held else "")
    for asked in rows.missing.get(request.id, []):
        when = time_of(asked.settled_at or asked.asked_at, rows.days.zone)
        yield Note("warning", "clock", "Not on the ward", f"{asked.state.word} {when}")
    if request.status.stands:
        if request.source is OrderSource.VERBAL and request.acknowledged_at is None:
            yield Note("warning", "message-square", "Verbal order, not signed")
        if request.verified_at is None:
            yield Note("plain", "circle-question-mark", "Not verified")
        if request.high_alert:
            yield Note("strong", "triangle-alert", "High alert")
        if request.witnessed:
            yield Note("strong", "users", "Two people")
    for over, said in rows.overrides.get(request.id, []):
        if over.revision <= request.revision:
            role = rows.who(over.by) or over.by_role
            why = " ".join(filter(None, (reason_words(over.reason) + ".", said.text)))
            yield Note("plain", "info", "Overridden", f"{said.sentence} {role}: {why}")


def _allergies(rows: Rows, line: Line) -> Iterable[Note]:
    """Compare a standing order with the allergies of now; what was answered for is not repeated."""
    request = line.request
    if not request.status.stands:
        return
    answered = {(over.rule, tuple(said.about)) for over, said in rows.overrides.get(request.id, [])}
    order = Order(drug=line.drug, route=line.detail.route, id=request.id)
    for found in drug_allergies.check(order, rows.context):
        unsaid = found.rule == drug_allergies.UNKNOWN or (found.rule, found.about) in answered
        if found.tier is not Tier.INLINE and not unsaid:
            tone = "critical" if found.tier is Tier.STOP else "warning"
            yield Note(tone, "shield-alert", "Allergy", found.sentence)


def _by(rows: Rows, act: MedicationChange) -> str:
    said = rows.changed.get(act.id)
    who = rows.who(act.by) or ("" if act.by_role.startswith("job:") else act.by_role)
    when = " by ".join(filter(None, (time_of(act.at, rows.days.zone), who)))
    return f"{when}: {said.reason}" if said and said.reason else when


def _latest(rows: Rows, line: Line, *wanted: Act) -> MedicationChange | None:
    mine = [one for one in rows.changes.get(line.request.id, []) if one.act in wanted]
    return mine[-1] if mine else None


def ended(rows: Rows, line: Line) -> str:
    if line.request.status.stands:
        return ""
    last = _latest(rows, line, Act.STOP, Act.CANCEL)
    word = line.request.status.word
    return f"{word} {_by(rows, last)}" if last else word


def pump(rows: Rows, line: Line) -> PumpView | None:
    """Tell what runs now: since when, how fast, and when the bag is empty."""
    mine = [rows.given.get(dose.id) for dose in rows.doses.get(line.request.id, [])]
    runs = [
        one
        for one in (*mine, *rows.loose.get(line.request.id, []))
        if one is not None and one.status in ON_A_PUMP
    ]
    steps = rows.pumps.get(runs[-1].id) if runs else None
    if not steps:
        return None
    pumped = [Change(row.at, said.ml_h) for row, said in steps]
    bag = next((said.volume_ml for _, said in reversed(steps) if said.volume_ml), None)
    volume = bag or (line.detail.infusion.volume_ml if line.detail.infusion else None)
    return PumpView(
        since=runs[-1].occurred_at,
        rate=rate_words(steps[-1][1]),
        paused=runs[-1].status is Status.PAUSED,
        empty_at=empty_at(pumped, volume) if volume else None,
    )


# ------------------------------------------------------------------------------------- changes


def changes(rows: Rows, lines: Sequence[Line]) -> Iterable[ChangeView]:
    """List the changes that nobody has read, oldest first."""
    for line in lines:
        for one in rows.changes.get(line.request.id, []):
            if one.to_review and one.reviewed_at is None and locking(rows, line):
                said = rows.changed.get(one.id)
                yield ChangeView(
                    request_id=line.request.id,
                    change_id=one.id,
                    at=one.at,
                    by=rows.who(one.by) or one.by_role,
                    drug=line.detail.generic,
                    what=difference(said.was, said.now) if said and said.was and said.now else "",
                    reason=said.reason if said else "",
                )


def difference(was: OrderDetail, now: OrderDetail) -> str:
    """Say what a change changed: 50 mg to 25 mg; twice daily to three times daily."""
    pairs = [
        (dose_words(was), dose_words(now)),
        (was.route.word, now.route.word),
        (often_words(was), often_words(now)),
        (_times(was), _times(now)),
    ]
    return "; ".join(f"{old} to {new}" for old, new in pairs if old != new and new)


def _times(detail: OrderDetail) -> str:
    return ", ".join(f"{at:%H:%M}" for at in detail.times)


def reason_words(reason: Reason) -> str:
    """Write why a finding was set aside."""
    return reason.value.replace("-", " ").capitalize()
