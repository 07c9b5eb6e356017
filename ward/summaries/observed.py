"""Observed: the last observations of a stay and what they scored, in words."""

from datetime import tzinfo

from sqlalchemy import select

from domain import display
from ward.adt.models import Encounter
from ward.summaries.parts import Record
from ward.vitals import queries
from ward.vitals.models import ObservationSet, Scored, SetState
from ward.vitals.queries import SetView
from ward.work import Work

_NAMES = (
    ("Respirations /min", "resp_rate"),
    ("SpO2 %", "spo2"),
    ("Oxygen L/min", "o2_flow"),
    ("Systolic BP mmHg", "sbp"),
    ("Diastolic BP mmHg", "dbp"),
    ("Pulse /min", "pulse"),
    ("Temperature °C", "temp"),
)


async def last_record(
    work: Work, encounter: Encounter, allergies: tuple[str, ...], zone: tzinfo
) -> Record:
    """Put the last set that counts beside the allergies."""
    last = await _last(work, encounter)
    if last is None:
        return Record(allergies, (), "", "")
    return Record(allergies, _values(last), display.instant(last.taken_at, zone), _score(last))


async def _last(work: Work, encounter: Encounter) -> SetView | None:
    mine = select(ObservationSet).where(
        ObservationSet.encounter_id == encounter.id, ObservationSet.state == SetState.FINAL
    )
    newest = mine.order_by(ObservationSet.taken_at.desc(), ObservationSet.id.desc()).limit(1)
    rows = await work.every(newest, queries.VIEW)
    return await queries.set_of(work, rows[0].id) if rows else None


def _values(last: SetView) -> tuple[tuple[str, str], ...]:
    said = [(label, str(last.values[key])) for label, key in _NAMES if key in last.values]
    if last.device == "air":
        said.append(("Oxygen", "Air"))
    return (*said, *((("ACVPU", last.consciousness),) if last.consciousness else ()))


def _score(last: SetView) -> str:
    if last.scored is Scored.NOT_APPLICABLE:
        return f"not for this patient ({last.algorithm})"
    band = f", {last.band.word}" if last.band else ""
    if last.total is None:
        return f"At least {last.at_least}, incomplete ({last.algorithm})"
    return f"{last.total}{band} ({last.algorithm}, SpO2 scale {last.scale})"
