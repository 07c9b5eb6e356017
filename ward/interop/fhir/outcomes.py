"""Outcomes: what became of each resource that was read.

None of these shows a value of a patient when printed: paths and rules only. File names are shown,
because the person who runs the import chose the files.
"""

from dataclasses import dataclass

from ward.interop.fhir.facts import Fact
from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.pick import JsonObject


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """Where a resource stands: its file, its line in an NDJSON file, its place in a Bundle."""

    file: str
    line: int | None = None
    place: str | None = None

    @property
    def written(self) -> str:
        """Write it for a person: bundle.json Bundle.entry[3]."""
        spot = self.file if self.line is None else f"{self.file}:{self.line}"
        return spot if self.place is None else f"{spot} {self.place}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with the element it is wrong in ("Patient.name[0].family")."""

    element: str
    message: str


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """A resource that could be read; nothing is said yet about whether it is valid.

    `bundle` tells the Bundle it came in, so that references inside it stay inside it;
    `condition` is the search (`identifier=system|value`) under which its sender filed it.
    """

    where: Where
    kind: str
    body: JsonObject
    full_url: str | None = None
    bundle: str | None = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that stays out, with the reasons its sender needs to mend it."""

    where: Where
    kind: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something sound that Ward does not import, with the reason."""

    where: Where
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Taken:
    """A resource turned into a fact, ready to be recorded.

    `key` is the identity to look the resource up by, `also` the other names it is known by, and
    `left` the elements that were present but are not carried over ("Patient.photo").
    `unchanged` says that this very fact already came earlier in the same run.
    """

    where: Where
    kind: str
    key: SourceKey
    also: tuple[SourceKey, ...]
    fact: Fact
    left: tuple[str, ...] = ()
    unchanged: bool = False


Outcome = Taken | Refused | Skipped


def refuse(where: Where, kind: str, element: str, message: str) -> Refused:
    """Refuse something for a single reason."""
    return Refused(where, kind, (Problem(element, message),))
