"""Pharmacy, live: what waits for a pharmacist on a ward; a line for each order."""

from uuid import UUID

from domain.access import D0, D1, D4, Permission
from ward import live
from ward.beds import queries as beds
from ward.live import Region, Screen
from ward.medications import pharmacy
from ward.medications.pharmacy import Counts, ToVerify, Waiting
from ward.places.models import Ward
from ward.work import Work

VIEWS = {"full": {D0, D1, D4}}


@live.screen("pharmacy", Permission.VIEW_MEDICATIONS, of=Ward, views=VIEWS)
async def waiting(work: Work, ward_id: UUID) -> Screen:
    """Draw what is to be verified, given unverified, not signed, and not on the ward."""
    ward = await beds.board_head(work, ward_id)
    found = await pharmacy.waiting(work, ward_id)
    counts = Counts(
        ward_id,
        ward.label,
        len(found.verify),
        len(found.given),
        len(found.verbal),
        len(found.missing),
    )
    head = Region(f"rx-head-{ward_id}", "medications/_pharmacy_head.html", {"counts": counts},
                  slot="head")  # fmt: skip
    regions = [
        *[_verify(found, one, "verify") for one in found.verify],
        *[_verify(found, one, "given") for one in found.given],
        *[_region(found, "verbal", one.id, one.patient_id, {"order": one}) for one in found.verbal],
        *[
            _region(found, "missing", one.missing.id, one.missing.patient_id, {"awaited": one})
            for one in found.missing
        ],
    ]
    return Screen("medications/_pharmacy.html", {"counts": counts}, [head, *regions], ward.zone)


def _verify(found: Waiting, one: ToVerify, slot: str) -> Region:
    return _region(found, slot, one.id, one.patient_id, {"order": one}, "verify")


def _region(  # noqa: PLR0913, PLR0917 - what a line is drawn from
    found: Waiting,
    slot: str,
    key: UUID,
    patient_id: UUID,
    context: dict[str, object],
    template: str = "",
) -> Region:
    context |= {"who": found.people.get(patient_id), "place": found.places.get(patient_id)}
    name = f"medications/_pharmacy_{template or slot}.html"
    return Region(f"rx-{slot}-{key}", name, context, (patient_id,), slot=f"rx_{slot}")
