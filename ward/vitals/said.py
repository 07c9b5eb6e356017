"""Said: what somebody charts, checked before it counts, and what it scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from domain import news2, oxygen, vitals
from domain.errors import NotAllowed
from domain.news2 import Inputs, Item, Result, Scale
from domain.vitals import Absent, Acvpu, Vital
from ward.errors import Invalid
from ward.vitals.models import Readings, Scored, SetSource

AHEAD = timedelta(minutes=1)  # how far a tablet's clock may run before ours
CONSCIOUSNESS = Vital.CONSCIOUSNESS
COMA = (Vital.GCS_TOTAL, Vital.GCS_EYE, Vital.GCS_VERBAL, Vital.GCS_MOTOR)


class Unsure(Invalid):
    """Values that are possible but unlikely (422): each field with its question."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Said:
    """One round of observations as a nurse, a paper or a monitor tells it; nothing is implied.

    `sure` names the unlikely values that somebody has said yes to.
    """

    taken_at: datetime
    values: Mapping[Vital, Decimal] = field(default_factory=dict)
    absent: Mapping[Vital, Absent] = field(default_factory=dict)
    consciousness: Acvpu | None = None
    device: oxygen.Device | None = None
    sure: frozenset[Vital] = frozenset()
    note: str | None = None
    source: SetSource = SetSource.BEDSIDE

    @property
    def empty(self) -> bool:
        """Say whether nothing at all was observed."""
        return not (self.values or self.absent or self.consciousness or self.device)


def checked(said: Said, *, now: datetime, since: datetime) -> Said:
    """Return what was said at its own steps, or every field that cannot be, with its sentence."""
    wrong: dict[str, str] = {}
    values: dict[Vital, Decimal] = {}
    for vital, value in said.values.items():
        try:
            values[vital] = vitals.check(vital, value)
        except NotAllowed as refused:
            wrong[vital.value] = refused.sentence
    wrong |= _whole(said, values) | _when(said.taken_at, now, since)
    if said.empty:
        wrong["resp_rate"] = "Nothing was entered. Enter at least one observation."
    if wrong:
        raise Invalid(wrong)
    _ask(said, values)
    return _at_its_time(said, values)


def _whole(said: Said, values: Mapping[Vital, Decimal]) -> dict[str, str]:
    """Check what only holds of several values together."""
    wrong: dict[str, str] = {}
    flow, fio2 = values.get(Vital.O2_FLOW), values.get(Vital.FIO2)
    try:
        vitals.check_pressure(values.get(Vital.SBP), values.get(Vital.DBP))
    except NotAllowed as refused:
        wrong["dbp"] = refused.sentence
    try:
        oxygen.check_oxygen(said.device, flow, fio2)
    except NotAllowed as refused:
        wrong["device"] = refused.sentence
    coma = [values.get(part) for part in COMA]
    if None not in coma:
        try:
            vitals.check_coma(*(value for value in coma if value is not None))
        except NotAllowed as refused:
            wrong[Vital.GCS_TOTAL.value] = refused.sentence
    for vital in said.absent:
        if vital in values or (vital is CONSCIOUSNESS and said.consciousness):
            wrong[vital.value] = "Give the value or the reason why there is none, not both."
    return wrong


def _when(taken_at: datetime, now: datetime, since: datetime) -> dict[str, str]:
    if taken_at > now + AHEAD:
        return {"taken_at": "This time is in the future. Give the time it was taken."}
    if taken_at < since.replace(second=0, microsecond=0):
        return {"taken_at": "This time is before the patient was admitted. Check date and time."}
    return {}


def _ask(said: Said, values: Mapping[Vital, Decimal]) -> None:
    """Ask about what is unlikely; a monitor is not asked, the nurse who confirms is."""
    if said.source is SetSource.MONITOR:
        return
    questions = {
        vital.value: question
        for vital, value in values.items()
        if vital not in said.sure and (question := vitals.unlikely(vital, value))
    }
    if questions:
        raise Unsure(questions)


def _at_its_time(said: Said, values: Mapping[Vital, Decimal]) -> Said:
    """Chart to the minute; what a monitor sends keeps its second, by which it grows stale."""
    exact = said.source is SetSource.MONITOR
    return Said(
        taken_at=said.taken_at if exact else said.taken_at.replace(second=0, microsecond=0),
        values=values,
        absent=said.absent,
        consciousness=said.consciousness,
        device=said.device,
        sure=said.sure,
        note=(said.note or "").strip() or None,
        source=said.source,
    )


def score(said: Said, scale: Scale, age_years: int | None) -> Result:
    """Score what was said; pregnancy is not recorded yet, so the score assumes none."""
    flow, fio2 = said.values.get(Vital.O2_FLOW), said.values.get(Vital.FIO2)
    level: Acvpu | Absent | None = said.consciousness or said.absent.get(CONSCIOUSNESS)

    def number(vital: Vital) -> Decimal | Absent | None:
        return said.values.get(vital, said.absent.get(vital))

    inputs = Inputs(
        resp_rate=number(Vital.RESP_RATE),
        spo2=number(Vital.SPO2),
        oxygen=oxygen.on_oxygen(flow, fio2, said.device),
        sbp=number(Vital.SBP),
        pulse=number(Vital.PULSE),
        consciousness=level,
        temp=number(Vital.TEMP),
        scale=scale,
    )
    return news2.score(inputs, age_years=age_years, pregnant=None)


def readings(said: Said, result: Result) -> Readings:
    """Put together what is sealed: every value as recorded, and the points of each."""
    points = {item.value: points for item, points in result.points.items() if points is not None}
    return Readings(
        values={vital.value: value for vital, value in said.values.items()},
        absent={vital.value: why.value for vital, why in said.absent.items()},
        consciousness=said.consciousness.value if said.consciousness else None,
        device=said.device.value if said.device else None,
        points=points,
        total=result.total,
        at_least=result.at_least,
        note=said.note,
    )


def scored(result: Result) -> Scored:
    """Say whether there is a score."""
    if not result.applicable:
        return Scored.NOT_APPLICABLE
    return Scored.COMPLETE if result.complete else Scored.INCOMPLETE


def again(stored: Readings, scale: int, scored: Scored) -> Result:
    """Make the result again that was computed when the readings were charted."""
    if scored is Scored.NOT_APPLICABLE:
        nothing = MappingProxyType(dict.fromkeys(Item))
        return Result(nothing, (), _lost(stored), Scale(scale), applicable=False)
    points = MappingProxyType({item: stored.points.get(item.value) for item in Item})
    lost = _lost(stored)
    missing = tuple(item for item in Item if points[item] is None and item not in lost)
    return Result(points, missing, lost, Scale(scale))


def _lost(stored: Readings) -> tuple[Item, ...]:
    return tuple(
        item for item in Item if stored.absent.get(item.value) == Absent.NOT_RECORDABLE.value
    )
