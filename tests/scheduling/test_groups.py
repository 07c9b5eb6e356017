"""A group: many at once are one piece of the calendar, with a sheet that says who they are."""

import re
from datetime import date, time

from tests.scheduling.clinic import Clinic
from tests.scheduling.test_calendar import column, page
from tests.stations import Sign
from ward.scheduling import hours, setup
from ward.scheduling.clinics import HoursKind, ResourceKind


async def test_a_group_is_one_piece_with_its_places_and_a_sheet_of_its_own(
    open_door: Clinic, sign: Sign
) -> None:
    async with open_door.work() as work:
        said = setup.Column(label="Diabetes group", capacity=5, position=8)
        row = await setup.open_column(work, open_door.ward, ResourceKind.CLINICIAN, said)
        line = hours.Line(
            kind=HoursKind.OPEN, opens=time(8), closes=time(18), on_day=open_door.day(),
            since=date(2020, 1, 1),
        )  # fmt: skip
        await hours.add_line(work, row.id, line)
    open_door.resources["Group"] = row.id
    for name in ("Khan", "Bell", "Reid"):
        await open_door.book(await open_door.scene.patient(name, "Ann"), open_door.at(10), "Group")
    desk = await sign("reception")
    piece = column(await page(desk, open_door), open_door, "Group")
    assert "3 of 5" in piece
    assert "5 at once" in piece
    assert "2 free" in piece
    assert piece.count('class="ap ') == 1
    assert "KHAN" not in piece
    (way,) = re.findall(r'href="(/columns/[^"]+)"', piece)
    sheet = (await desk.get(way)).text
    assert all(f"{name}, Ann" in sheet for name in ("KHAN", "BELL", "REID"))
    assert "3 of 5 places are taken" in sheet
    assert "Book somebody into it" in sheet
    brief = column(await page(await sign("nurse"), open_door), open_door, "Group")
    assert "3 of 5" in brief
    assert "/columns/" not in brief
    odd = await desk.get(f"/columns/{row.id}/session?at=soon")
    assert odd.status_code == 422
