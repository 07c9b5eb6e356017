"""Waiting list of the demo hospital: who waits for its clinic, and one who is offered a time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID

from domain.waitlists import Priority
from ward.dev.demo import FOUNDER
from ward.node import Node
from ward.scheduling import offers_line, waitlist
from ward.scheduling.details import Wish
from ward.scheduling.offers_line import Freed
from ward.scheduling.visits import offered
from ward.scheduling.waitlist import Wished
from ward.work import Work, work_as

DAY = timedelta(days=1)
ASKED = ("Echocardiogram", "New patient", "Telephone review", "Follow-up")


async def wait(
    node: Node, ward_id: UUID, patients: Sequence[UUID], has: Mapping[UUID, set[str]]
) -> None:
    """Put some on the list, each for a visit that they do not have."""
    async with work_as(node, FOUNDER, "demo.waitlist") as work:
        known = await offered(work, ward_id)
        labels = {one.row.label: key for key, one in known.items()}
        for patient, wished in zip(patients, _wishes(work, labels["Echocardiogram"]), strict=False):
            label = next((one for one in ASKED if one not in has.get(patient, ())), None)
            if label is not None:
                said = replace(wished, visit_type_id=labels[label])
                await waitlist.put(work, ward_id, patient, said)


def _wishes(work: Work, visit: UUID) -> list[Wished]:
    today, wished = work.now.date(), Wished(visit_type_id=visit)
    afternoons = Wish("Works nights, asks for afternoons")
    far = Wish(interpreter="Dari", transport=True)
    return [
        replace(wished, priority=Priority.URGENT, short_notice=True, notice_hours=2),
        replace(wished, opens=time(13), weekdays=(0, 2, 4), wish=afternoons),
        replace(wished, target_on=today - DAY, not_after=today + 30 * DAY),
        replace(wished, not_before=today + 5 * DAY, wish=far),
        replace(wished, priority=Priority.SOON),
    ]


async def keep(node: Node, patient: UUID, visit: UUID, freed: Freed) -> None:
    """Offer a time to somebody who waits for it."""
    async with work_as(node, FOUNDER, "demo.offer") as work:
        said = Wished(visit_type_id=visit, notice_hours=0, priority=Priority.URGENT)
        await waitlist.put(work, freed.ward_id, patient, said)
        await offers_line.offer(work, freed)
