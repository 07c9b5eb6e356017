"""Issue: print a band that takes the place of all before it."""

from uuid import UUID

from domain import wristbands
from domain.access import Permission
from domain.errors import NotAllowed
from domain.wristbands import Carries, Cause
from ward.db import new_id
from ward.errors import Stale
from ward.patients.models import Patient
from ward.work import Work
from ward.wristbands.events import WristbandIssued
from ward.wristbands.models import SERIALS, RecipientNumber, Wristband
from ward.wristbands.queries import Whose, printed, whose_band

_MAY = Permission.ISSUE_WRISTBAND


async def issue(
    work: Work, patient_id: UUID, cause: Cause | None = None, *, seen: int | None = None
) -> Wristband:
    """Give a patient a new band; the earlier ones are refused from now on.

    `cause` says why, from the second on; `seen` is the issue that the form showed as valid
    (0: none), so that two who see the same band do not both replace it.
    """
    patient = await work.access(Patient, patient_id, _MAY, lock=True)
    whose = await whose_band(work, patient, _MAY)
    last = whose.band.issue if whose.band else 0
    if seen is not None and seen != last:
        raise Stale(f"Wristband {last} was issued just now. Print that one, or look again.")
    why = wristbands.cause(first=last == 0, said=cause)
    carries = await _number(work, patient, whose)
    if whose.band is not None:
        whose.band.replaced_at = work.now
        await work.flush()  # one valid band: the database holds us to it
    band = Wristband(
        id=new_id(),
        patient_id=patient.id,
        issue=last + 1,
        carries=carries,
        cause=why,
        printed_at=work.now,
        printed_by=work.actor.id,
    )
    await work.seal(band, printed_as=printed(whose.person))
    work.add(band, _MAY)
    work.record(WristbandIssued(patient.id, patient.ward_id, band.id, band.issue))
    return band


async def _number(work: Work, patient: Patient, whose: Whose) -> Carries:
    """See that the band has something to carry: the patient's number, once and for good."""
    prefix = work.node.settings.wristband_prefix
    if prefix is None:
        if not whose.person.mrn:
            raise NotAllowed("This patient has no record number.", "wristbands.no-number")
        return Carries.MRN
    if whose.number is None:
        serial = (await (await work.connection()).execute(SERIALS.next_value())).scalar_one()
        number = wristbands.gsrn(prefix, serial)
        hashed = work.node.vault.hash("gsrn", number)
        row = RecipientNumber(id=new_id(), patient_id=patient.id, number_hash=hashed)
        await work.seal(row, number=number)
        work.add(row, _MAY)
    return Carries.GSRN
