"""Register of doses: what a controlled drug takes out of the book, and how it comes back."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.registers import Entry
from tests.medications.bedside import VIEW, at_bed, code, gtin, local, token
from ward import clock
from ward.dev.cast import PASSWORD
from ward.medications.house import Product
from ward.medications.products import ProductSaid, add
from ward.medications.register import books
from ward.medications.stock import RegisterEntry

TEN, FIVE = 1, 7


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("morphine", "10")
    return bed


async def product(bed, number: int = TEN):
    async with bed.scene.work() as work:
        packs = await work.every(select(Product).where(Product.gtin == gtin(number)), VIEW)
    return packs[0].id


async def five(bed) -> None:
    said = ProductSaid(gtin(FIVE), "morphine", "tablet", Decimal(5), Unit.MG, (Route.ORAL,))
    async with bed.scene.work() as work:
        await add(work, said)


async def received(bed, number: int = TEN, quantity: str = "100") -> None:
    at = f"/wards/{bed.scene.east}/register"
    answer = await bed.station.post(
        at, product=await product(bed, number), kind="received", quantity=quantity
    )
    assert answer.status_code == 200, answer.text


async def written(bed, number: int = TEN) -> list[tuple[Entry, Decimal]]:
    of = await product(bed, number)
    async with bed.scene.work() as work:
        mine = select(RegisterEntry).where(RegisterEntry.product_id == of)
        rows = await work.every(mine.order_by(RegisterEntry.number), VIEW)
    return [(row.kind, row.change) for row in rows]


async def signed(bed, amount: str = "5", dose: str = "5"):
    _, due = await bed.order("morphine", Code.ONCE, dose=Decimal(dose))
    at = f"/doses/{due.id}"
    await bed.band(at)
    return at, token(await bed.sign(at, amount))


async def test_a_dose_without_a_scan_leaves_the_only_book(bed) -> None:
    await received(bed)
    at, second = await signed(bed)
    answer = await bed.give(at, no_scan="damaged", witness=second)
    assert answer.status_code == 200, answer.text
    lines = [(Entry.GIVEN, Decimal(-5)), (Entry.WASTED, Decimal(-5))]
    assert (await written(bed))[1:] == lines


async def test_where_two_may_be_meant_it_is_asked_which_was_taken(bed) -> None:
    await five(bed)
    await received(bed)
    await received(bed, FIVE)
    at, second = await signed(bed)
    form = await bed.station.get(f"{at}/administration", headers={"hx-request": "true"})
    assert f"taken-{await product(bed, FIVE)}" in form.text
    silent = await bed.give(at, no_scan="damaged", witness=second)
    assert 'data-stop="register.which"' in silent.text
    assert await bed.rows() == []
    told = {f"taken-{await product(bed, FIVE)}": "5"}
    answer = await bed.give(at, no_scan="damaged", witness=second, **told)
    assert answer.status_code == 200, answer.text
    assert await written(bed, FIVE) == [
        (Entry.RECEIVED, Decimal(100)),
        (Entry.GIVEN, Decimal(-5)),
    ]
    assert len(await written(bed)) == 1


async def test_two_strengths_of_one_dose_each_leave_their_own_book(bed) -> None:
    await five(bed)
    await received(bed)
    await received(bed, FIVE)
    at, second = await signed(bed, "15", "15")

    async def press(**said: str):
        form = {"revision": "1", "pack": [code(TEN), code(FIVE)], "witness": second} | said
        return await bed.station.client.post(
            f"{at}/give",
            data=form | {"idempotency_key": str(uuid4())},
            headers={"hx-request": "true"},
        )

    unsaid = await press()
    assert 'data-stop="register.which"' in unsaid.text
    ten, small = [f"taken-{await product(bed, one)}" for one in (TEN, FIVE)]
    short = await press(**{ten: "10", small: "2.5"})
    assert 'data-stop="register.shares"' in short.text
    whole = await press(**{ten: "10", small: "5"})
    assert whole.status_code == 200, whole.text
    assert (await written(bed))[1:] == [(Entry.GIVEN, Decimal(-10))]
    assert (await written(bed, FIVE))[1:] == [(Entry.GIVEN, Decimal(-5))]


async def test_what_comes_back_into_the_book_is_signed_by_two(bed) -> None:
    await received(bed)
    at, second = await signed(bed)
    await bed.give(at, pack=code(), witness=second)
    row = (await bed.rows())[0]
    door = f"/administrations/{row.id}/correction"
    wrong = {"what": "not-given", "reason": "Drawn up for another bed"}
    alone = await bed.station.post(door, **wrong)
    assert alone.status_code == 422
    assert "a second person signs" in alone.text
    assert (await bed.rows())[0].id == row.id
    sheet = await bed.station.post(
        f"{door}/witness", witness_name="charge", witness_password=PASSWORD, **wrong
    )
    assert 'id="witness-signed"' in sheet.text
    back = await bed.station.post(door, **wrong, witness=token(sheet))
    assert back.status_code == 200, back.text
    async with bed.scene.work() as work:
        book = (await books(work, bed.scene.east))[0]
    assert book.balance.startswith("100")
    assert all(line.witness for line in book.lines if line.kind is Entry.CORRECTED)


async def test_what_was_opened_and_not_given_is_wasted(bed) -> None:
    await received(bed)
    at, second = await signed(bed)
    await bed.give(at, pack=code(), witness=second)
    door = f"/administrations/{(await bed.rows())[0].id}/correction"
    sheet = await bed.station.post(
        f"{door}/witness", witness_name="charge", witness_password=PASSWORD
    )
    wrong = {"what": "not-given", "reason": "Dropped", "wasted": "yes"}
    await bed.station.post(door, **wrong, witness=token(sheet))
    async with bed.scene.work() as work:
        book = (await books(work, bed.scene.east))[0]
    assert book.balance.startswith("90")


async def test_another_time_leaves_the_book_and_a_later_taking_back_finds_its_lines(bed) -> None:
    await received(bed)
    at, second = await signed(bed)
    await bed.give(at, pack=code(), witness=second)
    row = (await bed.rows())[0]
    when = local(clock.now() - timedelta(minutes=3), ZoneInfo("Europe/London"))
    moved = await bed.station.post(
        f"/administrations/{row.id}/correction",
        what="other",
        given_at=when,
        reason="Earlier",
        unit="mg",
    )
    assert moved.status_code == 200, moved.text
    assert len(await written(bed)) == 3
    door = f"/administrations/{(await bed.rows())[0].id}/correction"
    assert (await bed.station.post(door, what="not-given", reason="No")).status_code == 422


async def test_paper_leaves_the_book_with_who_signed_it_there(bed) -> None:
    await received(bed)
    _, due = await bed.order("morphine", Code.ONCE, at=clock.now() - timedelta(minutes=9))
    when = local(clock.now() - timedelta(minutes=3), ZoneInfo("Europe/London"))
    answer = await bed.give(f"/doses/{due.id}", paper="yes", given_at=when, second="J. Brown")
    assert answer.status_code == 200, answer.text
    async with bed.scene.work() as work:
        book = (await books(work, bed.scene.east))[0]
    assert [line.witness for line in book.lines[:2]] == ["on paper: J. Brown"] * 2
