"""Forms: how the sheets of the roster are read."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.requests import Request

from domain.duty import DutyRole
from ward.beds.forms import local
from ward.errors import Invalid
from ward.web import field

NONE = "none"


async def part(request: Request) -> DutyRole:
    """Read in which part somebody is on duty."""
    return await field(request, "part", DutyRole, missing="Choose the part.")


async def until(request: Request, zone: ZoneInfo) -> datetime:
    """Read when the shift ends, by the ward's clock."""
    at = await local(request, "until", zone)
    if at is None:
        raise Invalid({"until": "Say until when."})
    return at


async def chosen(request: Request, name: str) -> list[str]:
    """Read the ticks of one name; several may stand in one value, with commas between."""
    form = await request.form()
    return [one for text in form.getlist(name) for one in str(text).split(",") if one.strip()]


async def ids(request: Request, name: str) -> list[UUID]:
    """Read the ids of what was ticked."""
    return _read(name, await chosen(request, name))


async def had(request: Request) -> dict[UUID, UUID | None]:
    """Read whose each bed was when the form was drawn: `bed:nurse`, or `bed:none`."""
    pairs = [one.partition(":") for one in await chosen(request, "had")]
    nurses = [None if who == NONE else _read("had", [who])[0] for _, _, who in pairs]
    return dict(zip(_read("had", [bed for bed, _, _ in pairs]), nurses, strict=True))


async def whom(request: Request, name: str) -> UUID | None:
    """Read to whom beds go; nobody is a choice of its own."""
    text = await field(request, name, str, missing="Choose the nurse.")
    return None if text == NONE else _read(name, [text])[0]


def _read(name: str, texts: Iterable[str]) -> list[UUID]:
    try:
        return [UUID(text.strip()) for text in texts]
    except ValueError:
        raise Invalid({name: "One of these is not a known choice."}) from None
