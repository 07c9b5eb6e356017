"""Receivers: the systems that are told what happens here, and of which kinds of facts."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from ward.config import Settings


class Kind(StrEnum):
    """What a receiver can be told of."""

    MOVES = "ADT"
    UPDATES = "A08"
    PERSONS = "A28"
    DOSES = "RAS"
    LAB_ORDERS = "OML"

    @property
    def word(self) -> str:
        """Name it on the page."""
        return _WORDS[self]


_WORDS = {
    Kind.MOVES: "Admissions, moves and discharges (ADT)",
    Kind.UPDATES: "Changes of personal data and of the day home (ADT A08)",
    Kind.PERSONS: "Persons who are in no hospital (ADT A28, A31)",
    Kind.DOSES: "Doses given or not (RAS)",
    Kind.LAB_ORDERS: "Orders to the laboratory (OML)",
}
USUAL = {
    "pharmacy": frozenset({Kind.DOSES}),
    "laboratory": frozenset({Kind.LAB_ORDERS}),
    "pas": frozenset({Kind.MOVES, Kind.UPDATES}),
}
"""What a receiver of this name is told where nothing else is said; any other name must say it."""

_SHORT = 3
_ONE = re.compile(
    r"([a-z][a-z0-9_-]*)=(\[[0-9A-Fa-f:]+\]|[^\s:=,/]+):(\d{1,5})(?:/([A-Z0-9]+(?:\+[A-Z0-9]+)*))?"
)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A system that listens for HL7 v2 over MLLP.

    `called` is what MSH-5 says where that is not the name, `site` what MSH-6 says where that is
    not the site of the patient. `added`: an administrator added it; else the settings name it.
    """

    name: str
    host: str
    port: int
    kinds: frozenset[Kind] = frozenset()
    called: str = ""
    site: str = ""
    added: bool = False

    @property
    def application(self) -> str:
        """Write it as MSH-5 does."""
        return self.called or self.name.upper()

    @property
    def address(self) -> str:
        """Write where it listens."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def sent(self, actor: str) -> bool:
        """Say whether this system did something itself, by a message: it is not told again."""
        return actor.casefold() == f"hl7:{self.application}".casefold()


def receivers(settings: Settings) -> tuple[Receiver, ...]:
    """List the receivers that the settings name."""
    return _named(settings.hl7_receivers)


def title(name: str) -> str:
    """Name a receiver on a page: an abbreviation stays one."""
    return name.upper() if len(name) <= _SHORT else name.replace("_", " ").capitalize()


@cache
def _named(said: str) -> tuple[Receiver, ...]:
    return tuple(
        Receiver(name, host.strip("[]"), int(port), _kinds(name, kinds))
        for name, host, port, kinds in _ONE.findall(said)
    )


def _kinds(name: str, said: str) -> frozenset[Kind]:
    return frozenset(map(Kind, said.split("+"))) if said else USUAL.get(name, frozenset())
