"""Grid: all results over time, one row a test and unit, one column a collection, newest last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from domain.access import D5
from domain.analytes import ANALYTES, PANELS
from domain.labs import ResultStatus
from ward.labs import words
from ward.labs.queries import Found
from ward.labs.views import ResultView, chains, reference, view
from ward.projections import projection

#: The panels that give the grid its parts, in this order; each test stands in the first of them.
_NAMES = MappingProxyType(
    {
        "U&E": "Urea and electrolytes",
        "BONE": "Bone",
        "LFT": "Liver",
        "CBCD": "Full blood count",
        "COAG": "Coagulation",
        "ABG": "Arterial blood gas",
        "TROP": "Troponin",
        "IRON": "Iron",
        "TFT": "Thyroid",
        "LIPID": "Lipids",
        "UA": "Urinalysis",
    }
)
_PARTS = tuple(_NAMES)
_PART_OF = MappingProxyType(
    {one.key: part for part in reversed(_PARTS) for one in PANELS[part].members}
)
_PLACES = MappingProxyType({key: nth for nth, key in enumerate(ANALYTES)})


@dataclass(frozen=True, slots=True)
class Column:
    """One collection; the newest says so."""

    at: datetime
    preliminary: bool  # all of it is
    newest: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One test in one unit: a cell for each column, None where it was not done."""

    id: UUID  # of its newest result: the trend is asked for by it
    name: str
    unit: str
    reference: str
    cells: tuple[ResultView | None, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong together."""

    name: str
    rows: tuple[Row, ...]


@projection(D5)
class Grid:
    """The cumulative view."""

    columns: tuple[Column, ...]
    parts: tuple[Part, ...]
    earlier: bool  # there is more before the first column


def grid(found: Iterable[Found], *, earlier: bool = False) -> Grid:
    """Lay results out; reports in words have their own place."""
    listed = list(found)
    chain = chains(listed)
    standing = [one for one in listed if one.row.id in chain and _belongs(one)]
    columns = _columns(standing)
    series: dict[tuple[bytes, str], list[Found]] = {}
    for one in standing:
        series.setdefault((one.row.test_hash, one.detail.unit), []).append(one)
    parts: dict[str, list[Row]] = {}
    for rows in sorted(series.values(), key=_place):
        parts.setdefault(_part(rows[-1]), []).append(_row(rows, columns, chain))
    return Grid(columns, tuple(Part(name, tuple(rows)) for name, rows in parts.items()), earlier)


def _belongs(one: Found) -> bool:
    return not words.prose(one.detail) and one.detail.kind != "ED"


def _columns(found: Sequence[Found]) -> tuple[Column, ...]:
    times = sorted({one.row.observed_at for one in found})
    firm = {one.row.observed_at for one in found if one.row.status is not _LOOSE}
    return tuple(Column(at, at not in firm, at == times[-1]) for at in times)


_LOOSE = ResultStatus.PRELIMINARY


def _row(found: Sequence[Found], columns: Sequence[Column], chain: dict[UUID, list[Found]]) -> Row:
    cells: dict[datetime, ResultView] = {}
    before = None
    for one in found:
        cells[one.row.observed_at] = view(one, chain[one.row.id], before)
        before = one
    newest = found[-1]
    return Row(
        id=newest.row.id,
        name=newest.detail.name,
        unit=words.unit(newest.detail.unit),
        reference=next((text for one in reversed(found) if (text := reference(one))), ""),
        cells=tuple(cells.get(column.at) for column in columns),
    )


def _part(one: Found) -> str:
    analyte = ANALYTES.get(one.detail.key)
    if analyte is None:
        return "Other tests"
    panel = _PART_OF.get(analyte.key)
    return _NAMES[panel] if panel else words.SECTIONS.get(analyte.section, "Other tests")


def _place(found: Sequence[Found]) -> tuple[int, int, str]:
    detail = found[-1].detail
    part = _PART_OF.get(detail.key)
    if part is not None:
        members = [one.key for one in PANELS[part].members]
        return _PARTS.index(part), members.index(detail.key), detail.unit
    known = detail.key in _PLACES
    last = len(_PARTS) + (0 if known else 1)
    return last, _PLACES.get(detail.key, 0), f"{detail.name} {detail.unit}"
