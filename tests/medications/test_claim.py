"""Claim: who is at a bedside is seen on every station, for as long as they are there."""

from datetime import timedelta

import pytest

from domain.frequencies import Code
from realtime.topics import Topic
from tests.medications.bedside import at_bed
from tests.medications.conftest import admitted
from ward import clock
from ward.medications.claims import claims_of, open_claims


@pytest.fixture
async def bed(open_scene, ida, nurse):
    return await at_bed(open_scene, nurse, ida)


async def there(bed, patient=None):
    async with bed.scene.work() as work:
        return await open_claims(work, patient or bed.patient)


async def test_opening_a_dose_shows_who_prepares_it_on_another_station(bed, doctor) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    async with doctor.watch(Topic("medications", bed.patient)) as screen:
        answer = await bed.station.post(f"/doses/{dose.id}/claim")
        assert answer.status_code == 204
        frame = await screen.until('data-state="preparing"')
    assert f'id="dose-{dose.id}"' in frame.content
    claim = (await there(bed))[0]
    assert (claim.dose_id, claim.until - claim.since) == (dose.id, timedelta(seconds=90))


async def test_the_sheet_says_where_its_lease_is_renewed(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    sheet = await bed.station.get(
        f"/doses/{dose.id}/administration", headers={"hx-request": "true"}
    )
    assert f'data-lease="/doses/{dose.id}/claim"' in sheet.text
    assert f'data-stays="/patients/{bed.patient}/bedside"' in sheet.text


async def test_opening_another_dose_moves_the_claim(bed) -> None:
    _, first = await bed.order(frequency=Code.ONCE)
    _, second = await bed.order("metoprolol", Code.ONCE)
    for dose in (first, second):
        await bed.station.post(f"/doses/{dose.id}/claim")
    assert [one.dose_id for one in await there(bed)] == [second.id]
    await bed.station.post(f"/patients/{bed.patient}/bedside")
    assert [one.dose_id for one in await there(bed)] == [None]


async def test_a_lease_ends_by_itself_and_the_screens_are_drawn_again(bed, doctor) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.station.post(f"/doses/{dose.id}/claim")
    async with doctor.watch(Topic("medications", bed.patient)) as screen:
        clock.shift(clock.offset() + timedelta(seconds=91))
        frame = await screen.until('data-state="due"')
    assert f'id="dose-{dose.id}"' in frame.content
    assert await there(bed) == []


async def test_renewing_keeps_the_claim_and_tells_nobody(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.station.post(f"/doses/{dose.id}/claim")
    first = (await there(bed))[0]
    clock.shift(clock.offset() + timedelta(seconds=60))
    answer = await bed.station.post(f"/doses/{dose.id}/claim")
    assert "ward-revs" not in answer.headers
    again = (await there(bed))[0]
    assert (again.id, again.since) == (first.id, first.since)
    assert again.until - first.until > timedelta(seconds=59)


async def test_whoever_goes_to_another_bed_has_left_this_one(bed) -> None:
    other = await admitted(bed.scene, "6E-02", "Otherwise")
    there_too = await at_bed(bed.scene, bed.station, other)
    await bed.station.post("/bedside/scan", code=bed.worn)
    await bed.station.post("/bedside/scan", code=there_too.worn)
    async with bed.scene.work() as work:
        found = await claims_of(work, [bed.patient, other])
    assert list(found) == [other]
    _, dose = await bed.order(frequency=Code.ONCE)
    answer = await bed.give(f"/doses/{dose.id}", no_scan=None)
    assert "Scan the wristband first." in answer.text


async def test_two_nurses_at_one_bed_are_both_seen(bed, charge) -> None:
    await bed.station.post("/bedside/scan", code=bed.worn)
    await charge.post("/bedside/scan", code=bed.worn)
    assert len(await there(bed)) == 2


async def test_leaving_ends_it(bed) -> None:
    await bed.station.post("/bedside/scan", code=bed.worn)
    await bed.station.post(f"/patients/{bed.patient}/bedside/leave")
    assert await there(bed) == []
