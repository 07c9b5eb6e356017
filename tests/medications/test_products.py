"""Packs: known by their code, added by scanning or typing it, unknown again when withdrawn."""

import pytest

from domain import gs1
from domain.formulary import FORMULARY, Route
from tests.stations import Sign, Station
from ward.dev.demo import FOUNDER
from ward.dev.medicines import PACKS, gtin
from ward.medications import products
from ward.node import Node
from ward.work import work_as

CODE = "09506000134307"  # row B01 of the vectors for codes


@pytest.fixture
async def pharmacist(sign: Sign) -> Station:
    return await sign("pharmacist")


def pack(**more: str) -> dict[str, str]:
    said = {"code": CODE, "generic": "amoxicillin", "piece": "vial", "strength": "500"}
    return {**said, "unit": "mg", "route_IV": "yes", **more}


async def of(node: Node, code: str = CODE):
    async with work_as(node, FOUNDER, "test.products") as work:
        return await products.product_of(work, code)


def test_every_demo_pack_has_a_code_that_checks_and_a_medicine_that_exists() -> None:
    for row in PACKS.strip().splitlines():
        name, _, _, routes = (part.strip() for part in row.split(";"))
        number, _, generic = name.partition(" ")
        assert gs1.checks(gtin(int(number)))
        assert gtin(int(number))[1:4] == "952"
        assert set(map(Route, routes.split())) <= set(FORMULARY[generic].routes)


@pytest.mark.parametrize(
    "scanned", [f"01{CODE}1729013110LOT42A\x1d21SER0001", CODE, "9506000134307", "]E09506000134307"]
)
async def test_a_pack_is_added_by_its_scanned_or_typed_code(
    pharmacist: Station, node: Node, scanned: str
) -> None:
    answer = await pharmacist.post("/products", **pack(code=scanned))
    assert answer.status_code == 204, answer.text
    found = await of(node)
    assert (found.generic, found.routes) == ("amoxicillin", frozenset({Route.INTRAVENOUS}))
    assert CODE in (await pharmacist.get("/products?q=amoxicillin")).text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"code": "09506000134308"}, "The check digit is wrong."),
        ({"code": "0109506000"}, "Only a part of the code was read."),
        ({"code": "8018950600013430000009"}, "This is a person."),
        ({"generic": "amoxycilin"}, "Choose a medicine of the formulary."),
        ({"strength": "many"}, "Strength cannot be read."),
        ({"strength": ".5"}, "Write 0.5."),
        ({"route_IV": "", "route_SC": "yes"}, "Choose the routes of this medicine"),
    ],
)
async def test_what_is_wrong_with_a_pack_is_said_at_its_field(
    pharmacist: Station, node: Node, said: dict[str, str], sentence: str
) -> None:
    fields = {name: value for name, value in pack(**said).items() if value}
    answer = await pharmacist.post("/products", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await of(node) is None


async def test_a_known_code_is_not_added_twice_and_a_withdrawn_one_comes_back(
    pharmacist: Station, node: Node
) -> None:
    await pharmacist.post("/products", **pack())
    again = await pharmacist.post("/products", **pack(generic="furosemide"))
    assert again.status_code == 409
    assert "This code is known already: amoxicillin" in again.text
    async with work_as(node, FOUNDER, "test.products") as work:
        (row,) = [one for one in await products.all_products(work) if one.gtin == CODE]
    blind = await pharmacist.post(f"/products/{row.id}/withdrawal")
    assert (blind.status_code, "Version is missing" in blind.text) == (422, True)
    assert await of(node) is not None
    gone = await pharmacist.post(f"/products/{row.id}/withdrawal", version=row.version)
    assert gone.status_code == 204, gone.text
    assert await of(node) is None
    assert "Withdrawn: 1" in (await pharmacist.get("/products")).text
    assert (await pharmacist.post("/products", **pack(generic="furosemide"))).status_code == 204
    assert (await of(node)).generic == "furosemide"


async def test_an_unknown_code_comes_filled_in_from_a_scan(pharmacist: Station) -> None:
    sheet = await pharmacist.get(f"/products/new?code={CODE}")
    assert f'value="{CODE}"' in sheet.text


async def test_a_nurse_reads_the_formulary_and_changes_nothing(nurse: Station) -> None:
    assert (await nurse.get("/formulary?q=hydral")).status_code == 200
    assert (await nurse.post("/products", **pack())).status_code == 403


async def test_the_formulary_is_searched_by_name_class_and_mark(nurse: Station) -> None:
    found = await nurse.get("/formulary?q=acetaminophen", headers={"hx-request": "true"})
    assert "1 of 190 medicines" in found.text
    assert "paracetamol" in found.text
    classed = await nurse.get("/formulary?q=statin")
    assert "simvastatin" in classed.text
    alert = await nurse.get("/formulary?only=high-alert")
    assert "warfarin" in alert.text
    assert ">paracetamol<" not in alert.text


async def test_a_medicine_says_in_words_what_it_interacts_with(nurse: Station) -> None:
    page = await nurse.get("/formulary/warfarin")
    assert page.status_code == 200
    assert "aspirin" in page.text
    assert "High-alert" in page.text
    odd = await nurse.get("/formulary/heparin%20(unfractionated)")
    assert odd.status_code == 200
    assert (await nurse.get("/formulary/nothing")).status_code == 404
