"""About: whom a message to another system is about, and where it goes."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.access import Permission
from ward.adt.models import Encounter
from ward.config import Env
from ward.interop.hl7.outbound import people
from ward.interop.hl7.outbound.receivers import Receiver
from ward.places.models import Branch
from ward.work import Work

P = Permission


@dataclass(frozen=True, slots=True, repr=False)
class About:
    """Whom it is about, as segments that are written already, and where the message goes."""

    to: str
    facility: str
    site: str
    processing_id: str
    zone: tzinfo
    now: datetime
    patient: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """The stay within which something happened, the ward if it is known, and when."""

    encounter_id: UUID
    ward_id: UUID | None
    at: datetime


async def about(work: Work, receiver: Receiver, patient_id: UUID, moment: Moment) -> About:
    """Write who the patient is and where he lay then, as this receiver reads it."""
    encounter = await work.access(Encounter, moment.encounter_id, P.VIEW_STAYS)
    branch = await work.access(Branch, encounter.branch_id, P.VIEW_PLACES)
    zone = ZoneInfo(branch.zone)
    ward_id = moment.ward_id or encounter.ward_id
    where = people.Where(encounter.id, ward_id, moment.at, branch.label, zone)
    patient = (
        await people.pid(work, patient_id, branch.label),
        await people.pv1(work, where),
    )
    return About(
        to=receiver.application,
        facility=branch.label,
        site=receiver.site,
        processing_id="P" if work.node.settings.env is Env.PRODUCTION else "T",
        zone=zone,
        now=work.now,
        patient=patient,
    )
