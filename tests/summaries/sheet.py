"""Sheet: the form that signs a summary, as a doctor has it open."""

import re
from uuid import UUID

import httpx

_FIELDS = re.compile(r'name="(version|shown)" value="([^"]*)"')


def fields(form: str) -> dict[str, str]:
    """Read what the form says that it shows."""
    return dict(_FIELDS.findall(form))


async def opened(station, summary: UUID | str) -> dict[str, str]:
    """Open the sheet; give its fields."""
    answer = await station.get(f"/summaries/{summary}/signature")
    assert answer.status_code == 200, answer.text
    return fields(answer.text)


async def put(station, summary: UUID | str) -> httpx.Response:
    """Open the sheet, read what it shows, and sign that."""
    shown = await opened(station, summary)
    return await station.post(f"/summaries/{summary}/signature", **shown)
