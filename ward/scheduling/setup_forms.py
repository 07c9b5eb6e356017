"""Setup forms: how the sheets of a clinic's columns and visits are read."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from starlette.requests import Request

from domain.appointment_codes import AppointmentType
from ward.beds.forms import ticked
from ward.errors import Invalid
from ward.scheduling import visits
from ward.scheduling.choices import Choice
from ward.scheduling.clinics import ResourceKind, VisitType
from ward.scheduling.setup import MOST_COLUMNS, Column, Offered
from ward.web import field, optional
from ward.work import Work

LONGEST, MOST_NEEDS = 60, 5
TYPES = [(one.value, one.word) for one in AppointmentType]
Need = tuple[ResourceKind, UUID | None]


async def column(request: Request) -> Column:
    """Read what a column is to be."""
    username = await optional(request, "username", str)
    linked = "username" in await request.form()
    return Column(
        label=await _label(request, "Say what the calendar calls it."),
        capacity=await _whole(request, "capacity", 1, 50),
        overbook_most=await _whole(request, "overbook_most", 0, 10),
        position=await _whole(request, "position", 0, MOST_COLUMNS),
        username=(username or "") if linked else None,
    )


async def offered(request: Request) -> Offered:
    """Read what a kind of visit is to be."""
    return Offered(
        label=await _label(request, "Say what the visit is called."),
        kind=await field(request, "kind", AppointmentType, missing="Choose a type."),
        minutes=await _whole(request, "minutes", 5, 720),
        before=await _whole(request, "before", 0, 120),
        after=await _whole(request, "after", 0, 120),
        remote=await ticked(request, "remote"),
        online=await ticked(request, "online"),
        needs=await _needs(request),
    )


async def day(request: Request) -> date:
    """Read from which day on something is no longer there."""
    return await field(request, "day", date, missing="Say from which day on.")


async def _label(request: Request, missing: str) -> str:
    said = await field(request, "label", str, missing=missing)
    if len(said) > LONGEST:
        raise Invalid({"label": f"At most {LONGEST} letters stand over a column."})
    return said


async def _whole(request: Request, name: str, least: int, most: int) -> int:
    found = await field(request, name, int)
    if not least <= found <= most:
        raise Invalid({name: f"A number from {least} to {most} is expected."})
    return found


async def _needs(request: Request) -> tuple[Need, ...]:
    said = [str(one) for one in (await request.form()).getlist("needs") if str(one).strip()]
    if not said:
        raise Invalid({"needs": "Say at least one person, room or machine that it needs."})
    if len(said) > MOST_NEEDS:
        raise Invalid({"needs": f"A visit needs at most {MOST_NEEDS}."})
    return tuple(_need(one) for one in said)


def _need(said: str) -> Need:
    kind, _, one = said.partition("/")
    try:
        return ResourceKind(kind), UUID(one) if one else None
    except ValueError:
        raise Invalid({"needs": "This is not in the calendar of this clinic."}) from None


def choices_of(columns: Sequence[Choice]) -> list[tuple[str, str]]:
    """Offer what a visit may need: any of a kind, or exactly one column."""
    kinds = [one for one in ResourceKind if any(each.kind is one for each in columns)]
    anyone = [(kind.value, f"Any {kind.word.lower()}") for kind in kinds]
    return [*anyone, *((f"{one.kind.value}/{one.resource_id}", one.label) for one in columns)]


async def needs_of(work: Work, ward_id: UUID, row: VisitType | None) -> list[str]:
    """Write what a kind of visit needs now, as the form sends it, with room for more."""
    found = (await visits.needs_of(work, ward_id)).get(row.id, []) if row else []
    said = [
        f"{one.kind.value}/{one.resource_id}" if one.resource_id else one.kind.value
        for one in found
    ]
    return [*said, *[""] * (max(3, len(said)) - len(said))][:MOST_NEEDS]
