"""Stream: the facts of an import, each after those it points to, and all that stays out.

The files are read twice: once to learn who is called what, once to judge and translate. What
points ahead waits; what points to somebody who was refused goes without, or is refused itself
where it means nothing without (an allergy without its patient). Uses no database.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ward.interop.fhir.directory import Directory
from ward.interop.fhir.facts import Fact
from ward.interop.fhir.files import files
from ward.interop.fhir.keys import DIGEST, SourceKey, digest
from ward.interop.fhir.outcomes import Found, Outcome, Refused, Skipped, Taken, refuse
from ward.interop.fhir.read import read_file
from ward.interop.fhir.translate import KINDS, Refer, Untranslatable, left, translate
from ward.interop.fhir.validate import validate


def stream(paths: Iterable[Path], *, sender: str | None = None) -> Iterator[Outcome]:
    """Give what becomes of every resource under these paths, in an order fit for recording.

    `sender` names the system the files come from: then "Patient/1" is an identity of that sender,
    and a later import of the same sender finds it again.
    """
    listed = files(paths)
    directory = Directory(sender)
    for file in listed:
        for found in read_file(file):
            if isinstance(found, Found) and found.kind in KINDS:
                directory.enter(found)
    queue = _Queue(directory)
    for file in listed:
        for item in read_file(file):
            yield from queue.take(item) if isinstance(item, Found) else [item]
    yield from queue.rest()


@dataclass(slots=True)
class _Queue:
    """What has been given out, and what waits for it."""

    directory: Directory
    done: set[SourceKey] = field(default_factory=set)
    waiting: dict[SourceKey, list[Found]] = field(default_factory=dict)
    seen: dict[SourceKey, Fact] = field(default_factory=dict)

    def take(self, found: Found) -> Iterator[Outcome]:
        """Judge one resource, and give it with all that waited for it, or make it wait."""
        problems = validate(found.body)
        if problems:
            yield Refused(found.where, found.kind, problems)
        elif found.kind not in KINDS:
            yield Skipped(found.where, found.kind, f"not imported yet: {found.kind}")
        else:
            yield from self._released([found])

    def rest(self) -> Iterator[Outcome]:
        """Give what still waits, without those it waits for in vain."""
        while self.waiting:
            awaited = self._hopeless() or [min(self.waiting, key=_rank)]  # else a circle
            self.directory.gone.update(awaited)
            yield from self._released([one for key in awaited for one in self.waiting.pop(key)])

    def _hopeless(self) -> list[SourceKey]:
        coming = {
            key
            for held in self.waiting.values()
            for found in held
            for key in self.directory.identity(found)
        }
        return [key for key in self.waiting if key not in coming]

    def _released(self, ready: list[Found]) -> Iterator[Outcome]:
        line = deque(ready)
        while line:
            found = line.popleft()
            outcome = self._translated(found)
            if outcome is None:
                continue
            yield outcome
            if isinstance(outcome, Taken):
                for key in self.directory.identity(found):
                    self.done.add(key)
                    line.extend(self.waiting.pop(key, ()))

    def _translated(self, found: Found) -> Outcome | None:
        refer = Refer(self.directory, found)
        disputed = self.directory.disputed.get(self.directory.identity(found)[0])
        if disputed is not None:
            return refuse(found.where, found.kind, f"{found.kind}.identifier", disputed)
        try:
            fact = translate(refer)
        except Untranslatable as why:
            return refuse(found.where, found.kind, why.element, why.message)
        awaited = next((key for key in refer.pointed if self._ahead(key)), None)
        if awaited is not None:
            self.waiting.setdefault(awaited, []).append(found)
            return None
        return self._judged(refer, fact)

    def _ahead(self, key: SourceKey) -> bool:
        return key not in self.done and self.directory.comes(key)

    def _judged(self, refer: Refer, fact: Fact) -> Outcome:
        found, (key, *also) = refer.found, self.directory.identity(refer.found)
        if key.name.startswith(DIGEST):
            before, key = key, SourceKey(found.kind, digest(found.body, refer.pointed))
            self.directory.final[before] = key
        same = self.seen.get(key) == fact
        self.seen[key] = fact
        return Taken(found.where, found.kind, key, tuple(also), fact, left(refer), unchanged=same)


def _rank(key: SourceKey) -> int:
    return list(KINDS).index(key.kind) if key.kind in KINDS else len(KINDS)
