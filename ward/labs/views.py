"""Views: a result as pages show it, with what it replaced."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.access import D5
from domain.analytes import ANALYTES
from domain.labs import Letter, ResultStatus
from ward.labs import words
from ward.labs.queries import Found
from ward.labs.words import Flag
from ward.projections import projection


@dataclass(frozen=True, slots=True)
class Old:
    """A value that was replaced: shown struck, with when and why."""

    text: str
    letters: str
    at: datetime
    preliminary: bool


@projection(D5)
class ResultView:
    """One result, as lines and cells show it; `text` is None where no value may be shown."""

    id: UUID
    report_id: UUID
    name: str
    text: str | None
    figure: tuple[str, str] | None  # a plain number: before the point, and from it on
    unit: str
    flag: Flag
    arrow: str | None
    status: str
    prose: bool
    reference: str
    comments: tuple[str, ...]
    olds: tuple[Old, ...]
    at: datetime
    number: Decimal | None
    rank: int
    key: str
    group: str
    plain: bool  # a number, and nothing to say about it
    was: str | None  # the value before, of an earlier specimen
    moved: str | None  # how far from it, signed


def view(one: Found, olds: Sequence[Found] = (), before: Found | None = None) -> ResultView:
    """Show a result; `before` is the same test of an earlier specimen."""
    detail, row = one.detail, one.row
    hidden = words.hidden(row.status)
    flag = words.flag(detail, row.status)
    was, moved = _since(one, before)
    figure = None if hidden else words.figure(words.value(detail))
    arrow = None if hidden else _arrow(detail.change, moved, flagged=flag.tone is not None)
    status = words.status(row.status)
    loud = bool(flag.letters or flag.differs or arrow or status or olds)
    return ResultView(
        id=row.id,
        report_id=row.report_id,
        name=detail.name,
        text=None if hidden else words.value(detail),
        figure=figure,
        unit=words.unit(detail.unit),
        flag=flag,
        arrow=arrow,
        status=status,
        prose=words.prose(detail),
        reference=reference(one),
        comments=detail.comments,
        olds=_olds(one, olds),
        at=row.observed_at,
        number=detail.number,
        rank=row.rank,
        key=detail.key,
        group=detail.group,
        plain=figure is not None and not loud,
        was=was,
        moved=moved,
    )


def reference(one: Found) -> str:
    """Write the interval that the result was judged by: as sent, else ours with our unit."""
    detail = one.detail
    if detail.reference or not detail.ours:
        return detail.reference
    analyte = ANALYTES.get(detail.key)
    widest = ", not sex-specific" if detail.widest else ""
    same = analyte is None or detail.unit in {analyte.ucum, analyte.unit}
    beside = "" if analyte is None or same else f" {words.unit(analyte.ucum)}"
    return f"{detail.ours}{beside}{widest}"


def _since(one: Found, before: Found | None) -> tuple[str | None, str | None]:
    if before is None or words.hidden(before.row.status) or before.detail.unit != one.detail.unit:
        return None, None
    was = words.value(before.detail)
    now, then = one.detail.number, before.detail.number
    if now is None or then is None or one.detail.comparator or before.detail.comparator:
        return was, None
    told = _told(one.detail.value) - _told(before.detail.value)
    return was, f"{told:+f}"


def _told(value: str) -> Decimal:
    return Decimal(value.strip())


def _arrow(change: str, moved: str | None, *, flagged: bool) -> str | None:
    """Point where a value went: always where it moved far, else only beside letters."""
    if change in {Letter.UP, Letter.DOWN}:
        return "up" if change == Letter.UP else "down"
    if not flagged or moved is None or Decimal(moved) == 0:
        return None
    return "up" if Decimal(moved) > 0 else "down"


def _olds(one: Found, olds: Sequence[Found]) -> tuple[Old, ...]:
    """List what was replaced; nothing where the value was another patient's."""
    if one.row.status is ResultStatus.WRONG_PATIENT:
        return ()
    return tuple(_old(old) for old in olds if not words.hidden(old.row.status))


def _old(one: Found) -> Old:
    flag = words.flag(one.detail, one.row.status)
    assert one.row.replaced_at is not None
    preliminary = words.status(one.row.status) == "preliminary"
    return Old(words.value(one.detail), flag.letters, one.row.replaced_at, preliminary)


def chains(found: Iterable[Found]) -> dict[UUID, list[Found]]:
    """List, for each result that stands, what it replaced: the newest first."""
    by_id: Mapping[UUID, Found] = {one.row.id: one for one in found}
    chain: dict[UUID, list[Found]] = {}
    for one in by_id.values():
        if one.row.replaced_at is not None:
            continue
        olds, at = [], one.row.replaces_id
        while at is not None and at in by_id:
            olds.append(by_id[at])
            at = by_id[at].row.replaces_id
        chain[one.row.id] = olds
    return chain
