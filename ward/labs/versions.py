"""Versions: how a report that comes again is laid over what stands: nothing is lost or doubled.

A result is known again by its test, its group (OBX-4) and its place among those of the same test.
What was reported later wins; at the same instant the status decides, so that the same message
told twice changes nothing, and one that was overtaken on its way changes nothing either.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from domain.labs import ResultStatus
from ward.labs.details import ResultDetail
from ward.labs.models import LabResult
from ward.labs.said import ResultSaid

Key = tuple[bytes, str, int]
_S = ResultStatus
_STEP = MappingProxyType(
    {_S.UNVERIFIED: 0, _S.PRELIMINARY: 1, _S.FINAL: 2, _S.NOT_OBTAINED: 2, _S.CORRECTED: 3}
)
_GONE = 4  # deleted, or of another patient
DONE = frozenset({_S.FINAL, _S.CORRECTED})
WITHDRAWN = frozenset({_S.DELETED, _S.WRONG_PATIENT})


def step(status: ResultStatus) -> int:
    """Tell how far a result has come; it never goes back within one version of a report."""
    return _STEP.get(status, _GONE)


@dataclass(frozen=True, slots=True)
class Standing:
    """A result as it stands, opened."""

    row: LabResult
    detail: ResultDetail


@dataclass(frozen=True, slots=True)
class Change:
    """One result to write down, and what it replaces."""

    said: ResultSaid
    test: bytes
    place: int
    old: Standing | None = None

    @property
    def corrects(self) -> bool:
        """Tell whether somebody may have relied on something else."""
        if self.old is None or self.old.row.status not in DONE:
            return self.old is not None and self.said.status in WITHDRAWN
        return self.said.status in WITHDRAWN or differs(self.said, self.old.detail)


@dataclass(slots=True)
class _Counted:
    """Counts the results of each test and group, in their order."""

    seen: Counter[tuple[bytes, str]] = field(default_factory=Counter)

    def key(self, test: bytes, group: str) -> Key:
        nth = self.seen[test, group]
        self.seen[test, group] += 1
        return test, group, nth


def changes(
    said: Sequence[tuple[ResultSaid, bytes]],
    standing: Iterable[Standing],
    past: Iterable[Standing],
    *,
    age: int,
) -> list[Change]:
    """List what a report brings; `age` says whether it is newer (1), as old (0) or older (-1)."""
    counted, known = _Counted(), _Counted()
    there = {known.key(one.row.test_hash, one.detail.group): one for one in standing}
    told: dict[tuple[bytes, str], list[Standing]] = {}
    for one in past:
        told.setdefault((one.row.test_hash, one.detail.group), []).append(one)
    found = []
    for place, (each, test) in enumerate(said):
        old = there.get(counted.key(test, each.group))
        if old is None:
            found.append(Change(each, test, place))
        elif _wins(each, old, told.get((test, each.group), ()), age):
            found.append(Change(each, test, old.row.place, old))
    return found


def _wins(said: ResultSaid, old: Standing, past: Iterable[Standing], age: int) -> bool:
    """Tell whether what is said now takes the place of what stands."""
    before, now = step(old.row.status), step(said.status)
    if same(said, old) or age < 0:
        return False
    if age == 0:
        return now >= before and not any(same(said, one) for one in past)
    return now >= before or before == _GONE or now >= _STEP[_S.FINAL]


def same(said: ResultSaid, old: Standing) -> bool:
    """Tell whether the same is told again, to the letter."""
    told = (said.status, said.sent, said.comments, said.reference, said.name)
    known = (old.row.status, old.detail.sent, old.detail.comments, old.detail.reference)
    return told == (*known, old.detail.name) and not differs(said, old.detail)


def differs(said: ResultSaid, old: ResultDetail) -> bool:
    """Tell whether another value is told than before."""
    now = (said.value, said.comparator, said.unit, said.answer)
    return now != (old.value, old.comparator, old.unit, old.answer)
