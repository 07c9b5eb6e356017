"""Ward settings: times, windows and second checks hold from then on, and never looser than ISMP."""

import re
from uuid import UUID

import pytest

from domain.frequencies import Code
from tests.adt.scene import Scene
from tests.medications.scene import prescribed
from tests.stations import Sign, Station
from ward.medications.settings import settings_of


@pytest.fixture
async def pharmacist(sign: Sign) -> Station:
    return await sign("pharmacist")


def fields_of(html: str) -> dict[str, str]:
    """Take what the form holds, as a browser sends it."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", html):
        name, value = re.search(r'name="(\w[\w-]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and not ("checkbox" in tag and "checked" not in tag):
            found[name[1]] = value[1]
    areas = re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>([^<]*)</textarea>', html)
    return found | dict(areas)


async def drawn(station: Station, ward_id: UUID) -> dict[str, str]:
    page = await station.get(f"/wards/{ward_id}/medicines")
    assert page.status_code == 200, page.text
    return fields_of(page.text)


async def put(station: Station, ward_id: UUID, **more: str):
    said = {**await drawn(station, ward_id), **more}
    said = {name: text for name, text in said.items() if text}
    return await station.post(f"/wards/{ward_id}/medicines", **said)


async def test_times_of_a_ward_are_those_of_its_orders_and_offered_in_the_form(
    open_scene: Scene, ida: UUID, pharmacist: Station, doctor: Station
) -> None:
    answer = await put(pharmacist, open_scene.east, times_BD="07:30 19:30")
    assert answer.status_code == 204, answer.text
    begun = await doctor.post(f"/patients/{ida}/medications/new/ask", do="pick:metoprolol")
    assert "Twice daily (07:30 19:30)" in begun.text
    order = await prescribed(open_scene, ida, "metoprolol", Code.BD)
    async with open_scene.work() as work:
        found = await settings_of(work, open_scene.east)
    assert [f"{at:%H:%M}" for at in found.times[Code.BD]] == ["07:30", "19:30"]
    assert order.planned_until is not None
    assert (await drawn(pharmacist, open_scene.east))["times_BD"] == "07:30 19:30"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"daily_or_less": "121"}, "may be stricter than the guideline, not looser"),
        ({"time_critical": "31"}, "may be stricter than the guideline, not looser"),
        ({"once": "0"}, "is more than 0."),
        ({"times_TDS": "08:00 09:00 22:00"}, "closer than half of its interval"),
        ({"times_BD": "08:00"}, "Twice daily needs 2 different times."),
        ({"closes": "07:00"}, "The pharmacy closes after it opens."),
        ({"controlled": "morphium"}, "The formulary has no morphium."),
    ],
)
async def test_what_no_ward_may_set_is_refused(
    open_scene: Scene, pharmacist: Station, said: dict[str, str], sentence: str
) -> None:
    answer = await put(pharmacist, open_scene.east, **said)
    assert answer.status_code == 422, answer.text
    assert sentence.casefold() in answer.text.casefold()


async def test_a_stricter_window_and_the_list_of_second_checks_are_kept(
    open_scene: Scene, pharmacist: Station
) -> None:
    said = {"several_daily": "45", "second_neonate": "", "critical": "gentamicin"}
    assert (await put(pharmacist, open_scene.east, **said)).status_code == 204
    async with open_scene.work() as work:
        found = await settings_of(work, open_scene.east)
    assert found.widths.several_daily == 45
    assert "neonate" not in found.second_checks
    assert found.critical == ("gentamicin",)


async def test_two_pharmacists_do_not_overwrite_each_other(
    open_scene: Scene, pharmacist: Station
) -> None:
    before = await drawn(pharmacist, open_scene.east)
    assert (await put(pharmacist, open_scene.east, opens="09:00")).status_code == 204
    late = await pharmacist.post(f"/wards/{open_scene.east}/medicines", **before)
    assert late.status_code == 409


async def test_a_nurse_reads_the_settings_and_sets_none(
    open_scene: Scene, nurse: Station, pharmacist: Station
) -> None:
    page = await nurse.get(f"/wards/{open_scene.east}/medicines")
    assert page.status_code == 200
    assert "disabled" in page.text
    said = await drawn(pharmacist, open_scene.east)
    assert (await nurse.post(f"/wards/{open_scene.east}/medicines", **said)).status_code == 403
