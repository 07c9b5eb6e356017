"""Newborn: brings the infant of one of the cast to the demo, in a bed near its mother's."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import Permission
from domain.beds import BedStatus
from domain.encounters import AdmitSource
from domain.sexes import Sex
from ward.adt.admit import admit
from ward.beds.models import Bed
from ward.dev import cast
from ward.dev.demo import FOUNDER
from ward.infants.service import link
from ward.node import Node
from ward.patients.allergies import state_no_allergies
from ward.patients.intake import of_mrn
from ward.patients.models import Patient
from ward.patients.person import Name, Number, Person, Precision, When
from ward.patients.register import register
from ward.places.models import Ward
from ward.work import Work, work_as

MOTHER, NEWBORN = "55001047", "55001990"  # Fitzwarren, who lies on Six West
BED = ("6W", "05")
OLD = timedelta(hours=20)


async def bring_newborn(node: Node) -> bool:
    """Register and admit the newborn, linked to its mother; False where it is known already."""
    async with work_as(node, FOUNDER, "demo.newborn") as work:
        mother = await of_mrn(work, MOTHER)
        bed = await _ready_bed(work)
        if mother is None or bed is None or await of_mrn(work, NEWBORN):
            return False
        infant = await _register(work)
        await link(work, infant.id, mother.id)
        await admit(work, infant.id, bed.id, at=work.now - OLD, source=AdmitSource.BORN)
        return True


async def _register(work: Work) -> Patient:
    born = (work.now - OLD).astimezone(ZoneInfo(cast.ZONE))
    person = Person(
        name=Name("Fitzwarren", "Iris"),
        born=When(born.date(), Precision.MINUTE, at=born),
        sex=Sex.FEMALE,
        numbers=(Number(NEWBORN),),
    )
    infant = await register(work, person)
    await state_no_allergies(work, infant.id)
    return infant


async def _ready_bed(work: Work) -> Bed | None:
    code, label = BED
    here = select(Bed).join(Ward, Ward.id == Bed.ward_id).where(Ward.code == code)
    for bed in await work.every(here.where(Bed.label == label), Permission.VIEW_BEDS):
        state = bed.state_at(work.now)
        if state.status is BedStatus.UNOCCUPIED and state.overlay is None:
            return bed
    return None
