"""Along: who of mother and infant could move with a patient, as the sheets offer and send it."""

from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from domain.access import Permission
from domain.infants import Kin
from ward.adt import queries
from ward.adt.models import MoveRequest
from ward.errors import Invalid
from ward.infants import queries as infants
from ward.web import field
from ward.work import Work


@dataclass(frozen=True, slots=True)
class Along:
    """Somebody a form offers to move as well; `id` is of the encounter, or of the request."""

    id: UUID
    version: int
    name: str
    known: str
    kin: Kin
    ward: str
    bed: str
    held: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Somebody a form has ticked, with the bed that was chosen for them."""

    id: UUID
    bed_id: UUID
    seen: int


_UNSEEN = "The form does not say which version of who moves along it showed. Open it again."


async def along(work: Work, patient_id: UUID, permission: Permission) -> list[Along]:
    """Answer: which linked patients lie in a bed, and may this person name and move them?"""
    names = await infants.called(work, patient_id)
    if not names:
        return []
    kin = {one.patient_id: one.kin for one in await infants.linked(work, patient_id)}
    places = await queries.places(work, list(names))
    mine = await queries.among_encounters(
        work, [one.encounter_id for one in places.values()], permission
    )
    return [
        Along(
            row.id,
            row.version,
            names[one].name,
            names[one].known,
            kin[one],
            places[one].ward,
            places[one].bed,
        )
        for one in kin
        if one in places and (row := mine.get(places[one].encounter_id))
    ]


async def asked_along(work: Work, move: MoveRequest) -> list[Along]:
    """Answer: which linked patients is the same ward asked to take?"""
    names = await infants.called(work, move.patient_id)
    if not names:
        return []
    kin = {one.patient_id: one.kin for one in await infants.linked(work, move.patient_id)}
    places = await queries.whereabouts(work, list(names))
    return [
        Along(
            row.id,
            row.version,
            names[row.patient_id].name,
            names[row.patient_id].known,
            kin[row.patient_id],
            places[row.patient_id].ward if row.patient_id in places else "",
            places[row.patient_id].bed if row.patient_id in places else "",
            row.bed_id,
        )
        for row in await queries.asked_for(work, list(names))
        if row.to_ward_id == move.to_ward_id
    ]


async def sent(request: Request) -> list[Sent]:
    """Read who was ticked to move along; each needs a bed."""
    form = await request.form()
    found, problems = [], {}
    for one in await ticked_along(request):
        try:
            bed_id = UUID(str(form.get(f"bed-{one}") or ""))
        except ValueError:
            problems[f"bed-{one}"] = "Choose a bed for each who moves along, or untick them."
            continue
        found.append(Sent(one, bed_id, await field(request, f"seen-{one}", int, missing=_UNSEEN)))
    if problems:
        raise Invalid(problems)
    return found


async def ticked_along(request: Request) -> list[UUID]:
    """Read who was ticked to move along."""
    ticks = (await request.form()).multi_items()
    names = [name.removeprefix("along-") for name, said in ticks if said == "yes"]
    return [UUID(name) for name in names if _is_id(name)]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
