"""Passing: a system of the administration that is told by ADT, and what it then believes.

What stood on the wire is read by python-hl7 alone, not by our own parser.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import hl7

from tests.adt.scene import Scene
from tests.interop.hl7.pharmacy import Pharmacy
from ward.adt.admit import admit

COMES, GOES = {"A01", "A02", "A12", "A13", "A17"}, {"A03", "A11"}
EMPTIES = COMES | GOES


@dataclass
class Administration(Pharmacy):
    """Takes every ADT; `raws` is what stood on the wire, each once."""

    kinds: str = "ADT+A08"
    name: str = "pas"
    raws: list[str] = field(default_factory=list)

    async def handle(self, block: bytes, peer: str) -> bytes:
        known = len(self.told)
        answer = await super().handle(block, peer)
        if len(self.told) > known:
            self.raws.append(block.decode())
        return answer

    def point(self) -> None:
        at = f"{self.name}=127.0.0.1:{self.port}/{self.kinds}"
        self.node.settings = self.node.settings.model_copy(update={"hl7_receivers": at})

    @property
    def events(self) -> list[str]:
        """List what it was told, in order."""
        return [part(raw, "MSH", 9, 2) for raw in self.raws]


def part(raw: str, name: str, number: int, component: int = 1, nth: int = 0) -> str:
    """Read one component of the nth segment of a name."""
    segment = hl7.parse(raw).segments(name)[nth]
    text = str(segment[number]) if number < len(segment) else ""
    pieces = text.split("~")[0].split("^")
    return pieces[component - 1] if component <= len(pieces) else ""


def names(raw: str) -> list[str]:
    """List the segments of a message."""
    return [str(segment[0]) for segment in hl7.parse(raw)]


def occupancy(raws: Iterable[str]) -> dict[str, str]:
    """Tell who lies where after these messages: ward and bed to record number."""
    lies: dict[str, str] = {}
    for raw in raws:
        event, count = part(raw, "MSH", 9, 2), names(raw).count("PID")
        who = [part(raw, "PID", 3, nth=nth) for nth in range(count)]
        if event in EMPTIES:
            lies = {bed: number for bed, number in lies.items() if number not in who}
        for nth, number in enumerate(who):
            bed = part(raw, "PV1", 3, 3, nth)
            if event in COMES and bed:
                lies[f"{part(raw, 'PV1', 3, nth=nth)} {bed}"] = number
    return lies


async def lying(
    scene: Scene, bed: str = "6E-01", family: str = "Quillfeather", **said
) -> tuple[UUID, UUID]:
    """Admit somebody two hours ago; give the patient and the encounter."""
    patient = await scene.patient(family)
    async with scene.work() as work:
        at = work.now - timedelta(hours=2)
        return patient, (await admit(work, patient, scene.beds[bed], at=at, **said)).id


def place(raw: str, number: int = 3, nth: int = 0) -> tuple[str, str, str]:
    """Read ward, bed and facility of a place."""
    return tuple(part(raw, "PV1", number, one, nth) for one in (1, 3, 4))  # type: ignore[return-value]
