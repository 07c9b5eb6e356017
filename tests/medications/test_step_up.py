"""Step-up: a controlled drug is signed by who proved a moment ago who they are."""

import re
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from tests.adt.scene import Scene
from tests.medications.test_ordering_form import line, orders, sheet_of
from tests.stations import Running, Station
from ward.dev.cast import PASSWORD
from ward.security.sessions import PROOF_HOLDS

MORPHINE = line(0, generic="morphine", dose="5", unit="mg", route="PO", frequency="BD")
METFORMIN = line(0, generic="metformin", dose="500", unit="mg", route="PO", frequency="BD")


async def long_ago(ward: Running, by: timedelta = PROOF_HOLDS + timedelta(seconds=1)) -> None:
    """Let the proof of everybody who is signed in be this old."""
    async with ward.node.engine.begin() as connection:
        asked = text("UPDATE session SET proved_at = proved_at - CAST(:by AS interval)")
        await connection.execute(asked, {"by": by})


async def test_a_controlled_drug_asks_again_who_signs_and_the_form_is_kept(
    ward: Running, open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    await long_ago(ward)
    refused = await doctor.post(sheet_of(ida), **MORPHINE)
    assert (refused.status_code, refused.headers["hx-retarget"]) == (403, "#problem")
    assert 'name="password"' in refused.text
    assert await orders(open_scene, ida) == []
    wrong = await doctor.post("/session/prove", password="wrong")
    assert (wrong.status_code, "password is not right" in wrong.text) == (401, True)
    before = doctor.client.cookies["ward_session"]
    proved = await doctor.post("/session/prove", password=PASSWORD)
    assert (proved.status_code, "Confirmed" in proved.text) == (200, True)
    after = doctor.client.cookies["ward_session"]
    assert after != before
    answer = await doctor.post(sheet_of(ida), **MORPHINE)
    assert answer.status_code == 200, answer.text
    doctor.client.cookies.set("ward_session", before, domain="127.0.0.1")
    doctor.client.cookies.jar.clear()
    old = await doctor.client.get("/account", headers={"cookie": f"ward_session={before}"})
    assert (old.status_code, old.headers["location"]) == (303, "/login?next=/account")


async def test_what_is_not_controlled_is_signed_without_another_proof(
    ward: Running, open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    await long_ago(ward)
    assert (await doctor.post(sheet_of(ida), **METFORMIN)).status_code == 200
    assert len(await orders(open_scene, ida)) == 1


async def test_without_scripts_the_page_asks_and_hands_back_what_was_typed(
    ward: Running, open_scene: Scene, ida: UUID, doctor: Station
) -> None:
    await long_ago(ward)
    asked = await doctor.post(sheet_of(ida), htmx=False, **MORPHINE)
    assert asked.status_code == 403
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', asked.text))
    assert fields["kept.0.generic"] == "morphine"
    answer = await doctor.client.post("/session/prove", data=fields | {"password": PASSWORD})
    assert answer.status_code == 200
    assert f'action="{sheet_of(ida)}"' in answer.text
    kept = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
    assert (await doctor.client.post(sheet_of(ida), data=kept)).status_code == 303
    assert len(await orders(open_scene, ida)) == 1
