"""Order sets of the house and favourites of a prescriber: filled in with one tap."""

import re
from uuid import UUID

import pytest

from tests.adt.scene import Scene
from tests.medications.test_ordering_form import amoxicillin, line, orders, sheet_of
from tests.stations import Sign, Station
from ward.dev.demo import FOUNDER
from ward.medications import sets
from ward.node import Node
from ward.work import work_as

LINES = line(generic="amoxicillin", route="PO", frequency="TDS") | line(
    1, generic="metformin", dose="500", unit="mg"
)


@pytest.fixture
async def pharmacist(sign: Sign) -> Station:
    return await sign("pharmacist")


async def called(node: Node, name: str) -> sets.Template:
    async with work_as(node, FOUNDER, "test.sets") as work:
        return next(one for one in await sets.sets(work) if one.name == name)


async def test_a_set_fills_lines_and_five_orders_are_signed_together(
    open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    whole = await called(open_scene.node, "Admission of an adult")
    filled = await doctor.post(sheet_of(ida, "new/ask"), do=f"set:{whole.id}")
    assert 'name="0.generic" value="paracetamol"' in filled.text
    assert 'name="4.generic" value="senna"' in filled.text
    fields = dict(re.findall(r'type="hidden" name="(\d\.\w+)" value="([^"]*)"', filled.text))
    fields |= line(1, dose="40", route="SC", unit="mg", frequency="ON")  # the open one
    for n, dose in ((2, "20"), (3, "4"), (4, "15")):
        fields[f"{n}.dose"] = dose
    fields |= {"3.interval": "8", "3.max_count": "3"}
    answer = await doctor.post(sheet_of(ida), **fields)
    assert answer.status_code == 200, answer.text
    made = await orders(open_scene, ida)
    assert [detail.generic for _, detail in made] == [
        "paracetamol",
        "enoxaparin",
        "omeprazole",
        "ondansetron",
        "senna",
    ]
    assert len({row.set_id for row, _ in made}) == 1


async def test_a_pharmacist_makes_changes_and_withdraws_a_set(
    pharmacist: Station, doctor: Station, node: Node, ida: UUID
) -> None:
    made = await pharmacist.post("/order-sets/new", name="Chest", purpose="Ours", **LINES)
    assert made.status_code == 204, made.text
    one = await called(node, "Chest")
    assert [dict(each.texts) for each in one.lines] == [
        {"generic": "amoxicillin", "route": "PO", "frequency": "TDS"},
        {"generic": "metformin", "dose": "500", "unit": "mg"},
    ]
    assert "Chest" in (await doctor.get(sheet_of(ida))).text
    page = await pharmacist.get(f"/order-sets/{one.id}")
    assert 'value="metformin"' in page.text
    said = {"name": "Chest", "purpose": "Ours, shorter", **line(generic="amoxicillin")}
    for path in (f"/order-sets/{one.id}", f"/order-sets/{one.id}/withdrawal"):
        blind = await pharmacist.post(path, **said)
        assert (blind.status_code, "Version is missing" in blind.text) == (422, True)
    assert await called(node, "Chest") == one
    again = await pharmacist.post(f"/order-sets/{one.id}", **said, version=one.version)
    assert again.status_code == 204, again.text
    other = await called(node, "Chest")
    assert (other.id != one.id, len(other.lines)) == (True, 1)
    late = await pharmacist.post(f"/order-sets/{one.id}/withdrawal", version=one.version)
    assert late.status_code == 409
    gone = await pharmacist.post(f"/order-sets/{other.id}/withdrawal", version=other.version)
    assert gone.status_code == 204
    assert "Chest" not in (await doctor.get(sheet_of(ida))).text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (line(generic="nothing"), "The formulary has no nothing."),
        (line(generic="metformin", route="IV"), "metformin: choose one of its routes."),
        (line(generic="metformin", unit="units"), "metformin: choose one of its units."),
        (line(generic="metformin", dose="much"), "metformin: dose cannot be read."),
        (line(generic="methotrexate", frequency="OD"), "methotrexate is given once a week."),
        ({}, "A set has 1 to 20 medicines."),
    ],
)
async def test_a_set_that_could_not_be_ordered_is_refused(
    pharmacist: Station, said: dict[str, str], sentence: str
) -> None:
    answer = await pharmacist.post("/order-sets/new", name="Odd", purpose="None", **said)
    assert answer.status_code == 422
    assert sentence in answer.text


async def test_a_doctor_uses_sets_and_makes_none(doctor: Station) -> None:
    assert (await doctor.get("/order-sets")).status_code == 200
    answer = await doctor.post("/order-sets/new", name="Mine", purpose="Mine", **LINES)
    assert answer.status_code == 403


async def test_a_line_is_kept_as_a_favourite_of_its_prescriber_alone(
    open_scene: Scene, ida: UUID, doctor: Station, sign: Sign
) -> None:
    kept = await doctor.post(
        sheet_of(ida, "favourites"), open="0", **amoxicillin(starts="2099-01-01T08:00")
    )
    assert kept.status_code == 200, kept.text
    assert "My favourites" in kept.text
    (found,) = re.findall(r'value="set:([0-9a-f-]{36})"[^>]*id="ord-fav', kept.text)
    filled = await doctor.post(sheet_of(ida, "new/ask"), do=f"set:{found}")
    assert 'name="0.dose" value="500"' in filled.text
    assert "2099" not in filled.text  # the start is of a patient
    twice = await doctor.post(sheet_of(ida, "favourites"), open="0", **amoxicillin())
    assert twice.status_code == 409
    nurse = await sign("nurse")
    stolen = await nurse.post(sheet_of(ida, "verbal/ask"), do=f"set:{found}")
    assert stolen.status_code == 404
    gone = await doctor.post(sheet_of(ida, f"favourites/{found}/end"))
    assert gone.status_code == 200
    assert "My favourites" not in gone.text
