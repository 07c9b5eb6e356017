"""Witness: a second person, somebody else, with their own password and their own sum."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from domain.frequencies import Code
from domain.registers import Entry
from tests.medications.bedside import VIEW, at_bed, code, gtin, token
from tests.stations import ids
from ward import clock
from ward.dev.cast import PASSWORD
from ward.medications.house import Product
from ward.medications.register import books
from ward.medications.stock import RegisterEntry
from ward.users import devices


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("morphine", "10")
    return bed


async def morphine(bed):
    request, dose = await bed.order("morphine", Code.ONCE)
    assert request.witnessed
    await bed.band(f"/doses/{dose.id}")
    return f"/doses/{dose.id}"


async def test_a_controlled_drug_is_not_given_alone(bed) -> None:
    at = await morphine(bed)
    answer = await bed.give(at, pack=code())
    assert 'data-stop="dose.second-check"' in answer.text


async def test_who_signs_is_told_at_the_button_that_it_is_being_checked(bed) -> None:
    page = (await bed.station.get(f"{await morphine(bed)}/administration")).text
    assert re.search(r'id="dose-witness"[^>]* hx-indicator="#witness-sign"', page)
    assert re.search(r'id="witness-sign"[^>]* data-busy="Checking"', page)


async def test_with_a_second_person_it_is_given_and_both_are_kept(bed) -> None:
    at = await morphine(bed)
    signed = await bed.sign(at, "5.0")
    assert "Signed" in signed.text
    answer = await bed.give(at, pack=code(), witness=token(signed))
    assert answer.status_code == 200, answer.text
    row = (await bed.rows())[0]
    assert row.witnessed_by is not None
    assert row.witnessed_by != row.recorded_by


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"who": "nurse"}, "must be somebody else than you"),
        ({"who": "reception"}, "may not give medicines on this ward"),
        ({"password": "wrong password"}, "user name or password is not right"),
        ({"who": "nobody"}, "user name or password is not right"),
    ],
)
async def test_who_may_not_sign_hears_why(bed, said, sentence) -> None:
    at = await morphine(bed)
    answer = await bed.sign(at, "5", **said)
    assert answer.status_code == 409
    assert sentence in answer.text


async def test_two_values_stop_the_dose(bed) -> None:
    at = await morphine(bed)
    signed = token(await bed.sign(at, "50"))
    answer = await bed.give(at, pack=code(), witness=signed)
    assert 'data-stop="witness.mismatch"' in answer.text
    assert await bed.rows() == []


async def test_a_signature_is_for_one_dose_and_a_few_minutes(bed) -> None:
    at = await morphine(bed)
    signed = token(await bed.sign(at, "5"))
    forged = await bed.give(at, pack=code(), witness=signed[:-4] + "0000")
    assert 'data-stop="witness.forged"' in forged.text
    clock.shift(clock.offset() + timedelta(minutes=6))
    late = await bed.give(at, pack=code(), witness=signed)
    assert 'data-stop="witness.old"' in late.text


async def test_tries_are_counted_like_those_of_the_door(bed) -> None:
    at = await morphine(bed)
    answers = [await bed.sign(at, "5", who="lab", password="wrong") for _ in range(11)]
    assert answers[-1].status_code == 429


# -- the register --------------------------------------------------------------------


async def written(bed) -> list[RegisterEntry]:
    async with bed.scene.work() as work:
        return await work.every(select(RegisterEntry).order_by(RegisterEntry.number), VIEW)


async def line(bed, kind: Entry, quantity: str, *, signed: bool = False, **said):
    async with bed.scene.work() as work:
        packs = await work.every(select(Product).where(Product.gtin == gtin(1)), VIEW)
    at = f"/wards/{bed.scene.east}/register"
    if signed:
        sheet = await bed.station.post(
            f"{at}/witness",
            witness_name="charge",
            witness_password=PASSWORD,
            product=packs[0].id,
            kind=kind.value,
            quantity=quantity,
        )
        said["witness"] = token(sheet)
    return await bed.station.post(
        at, product=packs[0].id, kind=kind.value, quantity=quantity, **said
    )


async def test_a_dose_takes_from_the_register_and_what_is_left_over_is_wasted(bed) -> None:
    assert (await line(bed, Entry.RECEIVED, "100")).status_code == 200
    at = await morphine(bed)
    signed = token(await bed.sign(at, "5"))
    assert (await bed.give(at, pack=code(), witness=signed)).status_code == 200
    rows = await written(bed)
    assert [(row.kind, row.change, row.balance) for row in rows] == [
        (Entry.RECEIVED, Decimal(100), Decimal(100)),
        (Entry.GIVEN, Decimal(-5), Decimal(95)),
        (Entry.WASTED, Decimal(-5), Decimal(90)),
    ]
    assert all(row.witnessed_by for row in rows[1:])
    page = await bed.station.get(f"/wards/{bed.scene.east}/register")
    assert "morphine, tablet of 10" in page.text


async def test_a_count_needs_a_witness_and_a_mismatch_needs_words(bed) -> None:
    await line(bed, Entry.RECEIVED, "100")
    alone = await line(bed, Entry.COUNTED, "100")
    assert alone.status_code == 422
    fine = await line(bed, Entry.COUNTED, "100", signed=True)
    assert fine.status_code == 200, fine.text
    silent = await line(bed, Entry.COUNTED, "90", signed=True)
    assert "The count does not agree with the book." in silent.text
    told = await line(bed, Entry.COUNTED, "90", signed=True, incident="One ampoule broken")
    assert told.status_code == 200, told.text
    async with bed.scene.work() as work:
        book = (await books(work, bed.scene.east))[0]
    assert (book.lines[0].incident, book.lines[1].incident) == ("One ampoule broken", None)
    assert book.balance.startswith("90")


async def test_more_than_is_left_is_refused(bed) -> None:
    await line(bed, Entry.RECEIVED, "4")
    at = await morphine(bed)
    signed = token(await bed.sign(at, "5"))
    answer = await bed.give(at, pack=code(), witness=signed)
    assert "Count the drug first." in answer.text
    assert await bed.rows() == []


async def test_no_line_of_the_register_can_be_changed(bed) -> None:
    await line(bed, Entry.RECEIVED, "100")
    async with bed.scene.work() as work:
        rows = await work.every(select(RegisterEntry), VIEW)
        rows[0].balance = Decimal(7)
        with pytest.raises(DBAPIError, match="permission denied"):
            await work.flush()
        await work.give_up()


async def test_on_an_enrolled_device_the_second_person_signs_with_a_pin_of_theirs_there(
    bed, ward
) -> None:
    here, elsewhere, nurse2 = await _with_pin(bed, ward)
    at = await morphine(bed)
    refused = await bed.sign(at, "5", who="nurse2", password="830264")
    assert refused.status_code == 409  # this is no enrolled device
    await _seat_at(ward, elsewhere)
    refused = await bed.sign(at, "5", who="nurse2", password="830264")
    assert refused.status_code == 409  # a PIN of another device
    await _seat_at(ward, here)
    assert (await bed.sign(at, "5", who="nurse2", password="830265")).status_code == 409
    signed = await bed.sign(at, "5", who="nurse2", password="830264")
    answer = await bed.give(at, pack=code(), witness=token(signed))
    assert answer.status_code == 200, answer.text
    assert (await bed.rows())[0].witnessed_by == nurse2


async def _with_pin(bed, ward):
    """Enrol two tablets, and set a PIN of nurse2's on the first."""
    people = await ids(ward.node, "app_user", "username")
    async with bed.scene.work() as work:
        made = [(await devices.enrol(work, name, bed.scene.east))[0] for name in ("1", "2")]
        await work.flush()
        await devices.set_pin(work, made[0], people["nurse2"], "830264", "830264")
    return made[0].id, made[1].id, people["nurse2"]


async def _seat_at(ward, device_id) -> None:
    async with ward.node.engine.begin() as connection:
        await connection.execute(text("UPDATE session SET device_id = :id"), {"id": device_id})


async def test_nobody_signs_with_a_password_that_somebody_else_chose(bed, admin) -> None:
    at = await morphine(bed)
    charge = (await ids(bed.scene.node, "app_user", "username"))["charge"]
    given = "given-over-the-counter"
    await admin.client.post(f"/admin/users/{charge}/password", data={"password": given})
    refused = await bed.sign(at, "5.0", password=given)
    assert refused.status_code == 409
    assert "Somebody else chose this person" in refused.text
