"""Cells: one role tries one route, with what is Ida's and a stranger's."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.contracts.matrix.declared import SEES, SEES_FAR, WALL, Line, classes
from tests.contracts.matrix.door import REFUSED, Answer, Door, Outcome, nobody
from tests.contracts.matrix.hospital import canary
from tests.contracts.matrix.samples import Samples
from tests.contracts.matrix.screens import Given
from tests.printed import words

ENDS = frozenset({"/logout", "/session/lock"})  # whoever tries these is gone for the rest
WORDS = {
    (side, f"D{number}"): canary(f"D{number}", side).encode()
    for side in ("near", "far")
    for number in range(11)
}
NOBODY = "nobody"
NIGHTLY = os.environ.get("TEST_SIZE") == "nightly"
_SAMPLE = re.compile(r"\{(near|far):(\w+)\}")


def told(answer: bytes) -> set[tuple[str, str]]:
    """Say which secret words an answer, a frame or a document holds."""
    small = words(answer).encode().lower() if answer.startswith(b"%PDF") else answer.lower()
    return {who for who, word in WORDS.items() if word in small}


@dataclass
class Cells:
    """One role at its door."""

    role: str
    door: Door
    near: Samples
    far: Samples
    wrong: list[str] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    refused: set[tuple[str, frozenset[str]]] = field(default_factory=set)
    tried: int = 0

    async def route(self, line: Line) -> None:
        """Try all cells of a route that this role has."""
        if line.path in ENDS or (line.open and self.role != NOBODY):
            return None
        if line.wall or self.role == WALL:
            return await self._wall(line) if line.wall and self.role == WALL else None
        if self.role == NOBODY:
            return await self._nobody(line)
        holds = self.role in line.holds
        await self._near(line, holds=holds)
        if holds and line.stranger and not (line.method == "POST" and self.role in line.far):
            await self._far(line)
        return None

    async def _nobody(self, line: Line) -> None:
        answer = await self._ask(line, self.near.path(line.path))
        if not line.open and answer.outcome is not Outcome.SIGN_IN:
            self._say(line, f"nobody is {answer.outcome}, and should be sent to sign in")
        self.look(line, answer.body)

    async def _wall(self, line: Line) -> None:
        answer = await self._ask(line, self.near.path(line.path))
        if answer.status >= 400:
            self._say(line, f"the screen on the wall is refused with {answer.status}")
        self.look(line, answer.body)

    async def _near(self, line: Line, *, holds: bool) -> None:
        """Whoever holds a command tries it on a row that is not there: nothing is changed.

        All that refuse a role by one permission refuse it by one line of code; each of them is
        tried at night, one page and one command of each permission by day.
        """
        if not holds and not NIGHTLY:
            kind = (line.method, line.holds)
            if kind in self.refused:
                return
            self.refused.add(kind)
        strange = holds and line.method == "POST"
        answer = await self._ask(line, self.near.path(line.path, strange=strange))
        found = answer.outcome
        if found is Outcome.BROKEN:
            self._say(line, f"breaks with {answer.status}")
        elif holds == (found is Outcome.ROLE):
            must = "hold" if holds else "not hold"
            self._say(line, f"{found}, and the role is declared to {must} it")
        elif holds and not strange and not self.near.lacks(line.path):
            refused = self.role in line.unexplained
            if refused != (found in REFUSED):
                self._say(line, f"{found} with what is Ida's")
        self.look(line, answer.body)

    async def _far(self, line: Line) -> None:
        given = {name: self._given(value) for name, value in line.fields.items()}
        answer = await self._ask(line, self.far.path(line.path), given)
        refused = answer.outcome in REFUSED or (line.asks and answer.outcome is Outcome.ASKED)
        if refused == (self.role in line.far):
            self._say(line, f"{answer.outcome} ({answer.status}) with what is a stranger's")
        self.look(line, answer.body)

    async def _ask(self, line: Line, path: str, fields: dict[str, str] | None = None) -> Answer:
        self.tried += 1
        return await self.door.ask(line.method, path, fields, htmx=line.method == "POST")

    def _given(self, value: str) -> str:
        known = {"near": self.near, "far": self.far}
        filled = _SAMPLE.sub(lambda found: known[found[1]].named(found[2]), value)
        return filled.replace("{nobody}", nobody())

    def screen(self, views: Mapping[str, Line], kind: str, given: Given, *, side: Samples) -> None:
        """Hold what the socket gave to the lines of the screen."""
        mine = [line for name, line in views.items() if name.startswith(f"{kind} ")]
        near = side is self.near
        wanted = [line for line in mine if self.role in (line.holds if near else line.far)]
        self.tried += 1
        got = f"{kind} {given.view}" if given.view else ""
        if got != "".join(line.name for line in wanted):
            asked = "Ida's" if near else "a stranger's"
            self.wrong.append(f"{self.role}: {kind} of {asked}: given {got or given.why}")
        for line in mine:
            if line.name == got:
                self.look(line, given.said)

    def look(self, line: Line, said: bytes) -> None:
        """Look for secret words; each must be meant for this role, and be declared here."""
        found = told(said)
        self.seen |= found
        for side, data in sorted(found):
            may = classes(SEES if side == "near" else SEES_FAR, self.role)
            if data not in may:
                self._say(line, f"shows {data} ({side}), which the role may never read")
            elif data not in line.sees:
                self._say(line, f"shows {data} ({side}), which is not declared")

    def _say(self, line: Line, what: str) -> None:
        self.wrong.append(f"{self.role}: {line.name}: {what}.")
