"""Forms: how the sheets of beds and stays are read and what they offer."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request

from ward.beds.models import BedReason
from ward.errors import Invalid
from ward.web import field, optional

Option = tuple[str, str, str | None]

LONGEST_NOTE = 2000


def options(kinds: Iterable[Any]) -> list[Option]:
    """Offer the members of an enumeration: value, word, no remark."""
    return [(str(one.value), str(one.word), None) for one in kinds]


async def local(request: Request, name: str, zone: ZoneInfo) -> datetime | None:
    """Read a time as the ward's clock shows it; an empty field is None."""
    at = await optional(request, name, datetime)
    return at.replace(tzinfo=zone) if at is not None and at.tzinfo is None else at


async def note(request: Request, name: str = "note") -> str | None:
    """Read free text, not longer than can be read."""
    text = await optional(request, name, str)
    if text is not None and len(text) > LONGEST_NOTE:
        raise Invalid({name: f"This text is longer than {LONGEST_NOTE} letters. Shorten it."})
    return text


async def version(request: Request) -> int:
    """Read the version the form showed."""
    return await field(request, "version", int)


async def reason(request: Request) -> BedReason:
    """Read why a bed is blocked or closed."""
    return await field(request, "reason", BedReason, missing="Choose a reason.")


async def ticked(request: Request, name: str) -> bool:
    """Read a tick."""
    return (await request.form()).get(name) == "yes"


REASONS: list[Option] = options(BedReason)
