"""Beside: four monitors on Six East that send what they measure, as HL7 over MLLP."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.access import D1, Permission
from domain.vitals import PARAMETERS, Vital
from ward import clock
from ward.adt.models import Stay
from ward.beds.models import Bed
from ward.dev.people import Member
from ward.dev.simulator.course import course_of, measure
from ward.dev.simulator.look import marks_of
from ward.dev.simulator.rounds import EYES, Bedded, Rounds, bedded
from ward.interop.hl7.client import connect
from ward.interop.hl7.intake import Intake
from ward.node import Node
from ward.places.models import Ward
from ward.work import work_watching

WARD, BEDS = "6E", ("01", "02", "03", "04")
EVERY = 30.0  # seconds between two messages of one monitor
FASTEST = 10.0
PEER = "simulator"
_SENT = (Vital.PULSE, Vital.SPO2, Vital.RESP_RATE, Vital.SBP, Vital.DBP)

Send = Callable[[bytes], Awaitable[object]]


class Monitors:
    """Send for whoever of the cast lies in these beds; an empty bed sends nothing."""

    def __init__(self, node: Node, rounds: Rounds) -> None:
        self.node, self.rounds = node, rounds
        self.sent = 0

    @property
    def pause(self) -> float:
        """Give the seconds between two messages of one monitor: the story's, but not too many."""
        return max(FASTEST, EVERY / self.rounds.pace.speed)

    async def step(self) -> int:
        """Send one message of each monitor; return how many."""
        marks = marks_of(self.node)
        lying = {one.patient: one for one in await bedded(self.node, marks)}
        watched = [
            (bed, lying[who]) for bed, who in (await _who(self.node)).items() if who in lying
        ]
        for bed, one in watched:
            await self._send(self._message(bed, one, clock.now()))
        self.sent += len(watched)
        return len(watched)

    def _message(self, bed: str, one: Bedded, at: datetime) -> bytes:
        """Measure and write down; what a monitor cannot know (temperature, level) is not there."""
        values = measure(course_of(one.one), self.rounds.hours(one, at)).values
        return message(bed, one.one, {vital: str(values[vital]) for vital in _SENT}, at)

    async def _send(self, written: bytes) -> None:
        """Send through the listener of this process; without one, through the same intake."""
        if "mllp" not in self.node.parts:
            await Intake(self.node).receive(written, PEER)
            return
        settings = self.node.settings
        async with connect(settings.hl7_host, settings.hl7_port, patience=10) as sender:
            await sender.send(written)


def message(bed: str, one: Member, values: dict[Vital, str], at: datetime) -> bytes:
    """Write the ORU^R01 of a monitor."""
    name, stamp = f"MON-{WARD}-{bed}", f"{at:%Y%m%d%H%M%S}+0000"
    number = f"{name}-{at:%H%M%S%f}"
    head = f"MSH|^~\\&|MONITORS|NORTHSITE|WARD|NORTHSITE|{stamp}"
    lines = [
        f"{head}||ORU^R01^ORU_R01|{number}|T|2.5.1||||||UNICODE UTF-8",
        f"PID|1||{one.mrn}^^^NORTHSITE^MR||{one.family}^{one.given}||{one.born:%Y%m%d}",
        f"PV1|1|I|{WARD}^^{bed}",
        f"OBR|1|||85353-1^Vital signs^LN|||{stamp}",
    ]
    for place, (vital, value) in enumerate(values.items(), 1):
        told = PARAMETERS[vital]
        code = f"{told.loinc}^{told.name}^LN"
        lines.append(f"OBX|{place}|NM|{code}||{value}|{told.ucum}^^UCUM|||||F|||{stamp}||||{name}")
    return "".join(f"{line}\r" for line in lines).encode()


async def _who(node: Node) -> dict[str, UUID]:
    """Tell who lies in the beds with monitors."""
    async with work_watching(node, "simulator.monitors", EYES | {D1}) as work:
        here = select(Bed).join(Ward, Ward.id == Bed.ward_id)
        mine = here.where(Ward.code == WARD, Bed.label.in_(BEDS))
        beds = {bed.id: bed.label for bed in await work.every(mine, Permission.VIEW_BEDS)}
        open_now = select(Stay).where(
            Stay.bed_id.in_(beds), Stay.ended_at.is_(None), Stay.voided_at.is_(None)
        )
        stays = await work.every(open_now, Permission.VIEW_STAYS)
    return {beds[stay.bed_id]: stay.patient_id for stay in stays}
