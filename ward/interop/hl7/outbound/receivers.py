"""Receivers: the systems that are told what happens here, and of which kinds of facts."""

import re
from dataclasses import dataclass

from ward.config import Settings

TOLD = {"pharmacy": frozenset({"RAS"}), "laboratory": frozenset({"OML"})}
"""Which messages go to a receiver of this name; any other name is refused at the start."""

_ONE = re.compile(r"([a-z]+)=(\[[0-9A-Fa-f:]+\]|[^\s:=,]+):(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Receiver:
    """A system that listens for HL7 v2 over MLLP."""

    name: str
    host: str
    port: int

    @property
    def application(self) -> str:
        """Write it as MSH-5 does."""
        return self.name.upper()


def receivers(settings: Settings) -> tuple[Receiver, ...]:
    """List the receivers of this installation; none, and nothing is queued."""
    return tuple(
        Receiver(name, host.strip("[]"), int(port))
        for name, host, port in _ONE.findall(settings.hl7_receivers)
    )


def told(settings: Settings, kind: str) -> tuple[Receiver, ...]:
    """List who is told by messages of this kind."""
    return tuple(one for one in receivers(settings) if kind in TOLD.get(one.name, ()))
