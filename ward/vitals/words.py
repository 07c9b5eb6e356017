"""Words: what one cell of the chart, the table and the file says of a set of observations."""

from dataclasses import dataclass

from domain.oxygen import Device
from domain.vitals import Absent, Acvpu, Vital
from ward.vitals.models import Scored
from ward.vitals.queries import SetView

#: The rows of the chart and the columns of the table, in their order.
ROWS = ("resp_rate", "spo2", "oxygen", "bp", "pulse", "consciousness", "temp", "news2")
_ITEM = {"bp": "sbp"}
TONES = {1: "caution", 2: "warning", 3: "critical"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What was recorded of one parameter: in full, as short as it gets, and its points."""

    text: str = ""
    short: str = ""
    points: int | None = None
    tone: str | None = None


NOTHING = Cell()


def cell(key: str, one: SetView) -> Cell:
    """Say what a set has of one row; empty where nothing was recorded."""
    if key == "news2":
        return _score(one)
    full, short = _WRITE.get(key, _number)(key, one)
    if not full:
        why = one.absent.get(_ITEM.get(key, key))
        return Cell(Absent(why).word, "–", None, _lost(why)) if why else NOTHING
    points = one.points.get(_ITEM.get(key, key))
    return Cell(full, short, points, TONES.get(points or 0))


def _lost(why: str) -> str | None:
    return "critical" if why == Absent.NOT_RECORDABLE else None


def _number(key: str, one: SetView) -> tuple[str, str]:
    value = one.values.get(key)
    return ("", "") if value is None else (str(value), str(value))


def _pressure(_key: str, one: SetView) -> tuple[str, str]:
    systolic, diastolic = one.values.get("sbp"), one.values.get("dbp")
    if systolic is None and diastolic is None:
        return "", ""
    text = f"{'–' if systolic is None else systolic}/{'–' if diastolic is None else diastolic}"
    return text, text


def _oxygen(_key: str, one: SetView) -> tuple[str, str]:
    flow, fio2 = one.values.get(Vital.O2_FLOW.value), one.values.get(Vital.FIO2.value)
    device = Device(one.device) if one.device else None
    if device is Device.AIR:
        return "Air", "Air"
    amounts = [f"{flow.normalize():f} L/min"] if flow is not None else []
    amounts += [f"{fio2} %"] if fio2 is not None else []
    if not amounts and device is None:
        return "", ""
    short = f"{flow.normalize():f}" if flow is not None else f"{fio2}%" if fio2 is not None else ""
    return " ".join(amounts) or "Oxygen", f"O₂ {short}".strip()


def _level(_key: str, one: SetView) -> tuple[str, str]:
    if one.consciousness is None:
        return "", ""
    level = Acvpu(one.consciousness)
    return level.word, level.value


def _score(one: SetView) -> Cell:
    """Say the score; a partial sum says that it is one, and never stands as the score."""
    tone = one.urgency.tone if one.urgency else None
    points = {"critical": 3, "warning": 2, "caution": 1}.get(tone or "", 0)
    match one.scored:
        case Scored.NOT_APPLICABLE:
            return Cell("Not applicable", "–", points, tone)
        case Scored.INCOMPLETE:
            return Cell(f"At least {one.at_least}", f"≥{one.at_least}", points, tone)
    word = one.band.word if one.band else ""
    return Cell(f"{one.total} {word}", f"{one.total}", points, tone)


_WRITE = {"bp": _pressure, "oxygen": _oxygen, "consciousness": _level}


def field(key: str, one: SetView) -> str:
    """Say what a set has for one field of the form, for comparison beside it."""
    known = cell("bp" if key == "sbp" else key, one)
    return known.text


def device(one: SetView) -> str:
    """Name what the oxygen comes through."""
    return Device(one.device).word if one.device else ""
