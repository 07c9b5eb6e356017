"""Give: a dose is given once, to the right patient, or what is wrong has its own sentence."""

import asyncio
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from domain.doses import Status
from domain.frequencies import Code
from domain.windows import LateChoice, Timing
from realtime.topics import Topic
from tests.medications.bedside import at_bed, code, token
from tests.medications.scene import detailed, doses_of
from tests.turns import in_turn
from ward import clock
from ward.duty.queries import names
from ward.medications.change import change
from ward.medications.models import GivenSource, Identified
from ward.medications.suspend import hold_order

SCANNED = (Identified.SCANNED, Identified.SCANNED)


@pytest.fixture
async def bed(open_scene, ida, nurse):
    bed = await at_bed(open_scene, nurse, ida)
    await bed.pack("amoxicillin", "500")
    return bed


def later(**by) -> None:
    clock.shift(clock.offset() + timedelta(**by))


async def test_two_scans_and_one_press_give_a_dose_on_every_station(bed, doctor) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    at = f"/doses/{dose.id}"
    async with doctor.watch(Topic("medications", bed.patient)) as screen:
        opened = await bed.station.get(f"{at}/administration", headers={"hx-request": "true"})
        assert "Scan the wristband" in opened.text
        banded = await bed.band(at)
        assert "Wristband matches" in banded.text
        packed = await bed.station.post(f"{at}/scan", code=code())
        assert "Medicine matches" in packed.text
        assert "1 × tablet of 500" in packed.text
        assert "given to QUILLFEATHER, Ida" in packed.text
        answer = await bed.give(at, pack=code())
        assert answer.status_code == 200, answer.text
        frame = await screen.until("Given")
    assert f'id="dose-{dose.id}"' in frame.content
    row = (await bed.rows())[0]
    assert (row.status, row.timing) == (Status.GIVEN, Timing.ON_TIME)
    assert (row.band, row.pack) == SCANNED
    said = (await bed.said())[0]
    assert (str(said.amount.value), said.lot, said.expires) == ("500", "LOT42A", "2049-12-31")


async def test_of_twenty_at_once_one_gives_and_nineteen_hear_who(bed, charge) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    at = f"/doses/{dose.id}"
    await bed.band(at)
    other = await at_bed(bed.scene, charge, bed.patient)
    await other.band(at)
    tries = [partial(one.give, at, pack=code()) for one in (bed, other) for _ in range(10)]
    answers = await asyncio.gather(*map(in_turn, tries))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    row = (await bed.rows())[0]
    async with bed.scene.work() as work:
        name = (await names(work, [row.recorded_by]))[row.recorded_by].name
    late = [answer.text for answer in answers if answer.status_code == 409]
    assert all(f"{name} gave this dose at" in text for text in late), late
    assert len(await bed.rows()) == 1


async def test_a_retry_after_a_lost_answer_gives_once_and_answers_the_same(bed) -> None:
    request, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    first = await bed.give(f"/doses/{dose.id}", pack=code(), idempotency_key="once")
    again = await bed.give(f"/doses/{dose.id}", pack=code(), idempotency_key="once")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.text == again.text
    assert len(await bed.rows()) == 1
    assert (await doses_of(bed.scene, request.id))[0][0].status is Status.GIVEN


async def test_without_the_wristband_nothing_is_given(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    answer = await bed.give(f"/doses/{dose.id}", pack=code())
    assert answer.status_code == 409
    assert 'data-stop="rights.no-wristband"' in answer.text
    assert await bed.rows() == []


async def test_the_wristband_is_read_again_after_ten_minutes_or_elsewhere(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    at = f"/doses/{dose.id}"
    await bed.band(at)
    later(minutes=11)
    await bed.station.post("/session/activity")
    assert 'data-stop="rights.rescan"' in (await bed.give(at, pack=code())).text
    await bed.band(at)
    await bed.station.post(f"/patients/{bed.patient}/bedside/leave")
    assert "Scan the wristband first." in (await bed.give(at, pack=code())).text


@pytest.mark.parametrize(
    ("said", "stop"),
    [
        ({"amount": "250"}, "rights.wrong-dose"),
        ({"amount": "750", "partly": "spilled"}, "rights.wrong-dose"),
        ({"given_at": "2099-01-01T08:00"}, "rights.future"),
        ({"given_at": "2020-01-01T08:00"}, "dose.before-stay"),
        ({"revision": 7}, "rights.order-changed"),
    ],
)
async def test_what_is_wrong_with_a_dose_has_its_own_stop(bed, said, stop) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    answer = await bed.give(f"/doses/{dose.id}", pack=code(), **said)
    assert answer.status_code == 409
    assert f'data-stop="{stop}"' in answer.text, answer.text
    assert await bed.rows() == []


async def test_a_part_is_given_with_a_reason(bed) -> None:
    request, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    answer = await bed.give(f"/doses/{dose.id}", pack=code(), amount="250", partly="Vomited half")
    assert answer.status_code == 200, answer.text
    assert (await doses_of(bed.scene, request.id))[0][0].status is Status.GIVEN_PARTIAL
    assert (await bed.said())[0].text == "Vomited half"


async def test_without_a_scanner_two_identifiers_and_a_reason_count(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    at = f"/doses/{dose.id}"
    one = await bed.station.client.post(
        f"{at}/give",
        data={"revision": "1", "no_scan": "damaged", "identifier": ["name"]},
        headers={"hx-request": "true"},
    )
    assert 'data-stop="rights.two-identifiers"' in one.text
    two = await bed.station.client.post(
        f"{at}/give",
        data={"revision": "1", "no_scan": "damaged", "identifier": ["name", "born"]},
        headers={"hx-request": "true"},
    )
    assert two.status_code == 200, two.text
    row = (await bed.rows())[0]
    assert (row.band, row.pack) == (Identified.DAMAGED, Identified.DAMAGED)
    assert (await bed.said())[0].identifiers == ("born", "name")


async def test_with_the_wristband_read_a_pack_without_a_code_needs_only_the_reason(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    answer = await bed.give(f"/doses/{dose.id}", no_scan="no-code")
    assert answer.status_code == 200, answer.text
    row = (await bed.rows())[0]
    assert (row.band, row.pack) == (Identified.SCANNED, Identified.NO_CODE)


async def test_a_high_alert_medicine_without_a_scan_needs_a_second_person(bed) -> None:
    _, dose = await bed.order("warfarin", Code.ONCE)
    at = f"/doses/{dose.id}"
    await bed.band(at)
    sheet = await bed.station.get(f"{at}/administration", headers={"hx-request": "true"})
    assert "Second person" in sheet.text
    alone = await bed.give(at, no_scan="damaged")
    assert 'data-stop="rights.second-person"' in alone.text
    signed = token(await bed.sign(at, "3"))
    both = await bed.give(at, no_scan="damaged", witness=signed)
    assert both.status_code == 200, both.text


async def test_a_late_dose_asks_for_a_choice_and_an_early_one_for_a_reason(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE, at=clock.now() + timedelta(hours=2))
    at = f"/doses/{dose.id}"
    await bed.band(at)
    early = await bed.give(at, pack=code())
    assert 'data-stop="rights.early"' in early.text
    later(hours=3)
    await bed.sign_in_again()
    await bed.band(at)
    late = await bed.give(at, pack=code())
    assert 'data-stop="rights.late"' in late.text
    sheet = await bed.station.get(f"{at}/administration", headers={"hx-request": "true"})
    assert "overdue 1h" in sheet.text
    done = await bed.give(at, pack=code(), late_choice="keep", late="Patient away from the ward")
    assert done.status_code == 200, done.text
    assert (await bed.rows())[0].timing is Timing.LATE
    said = (await bed.said())[0]
    assert (said.late_choice, said.text) == (LateChoice.KEEP, "Patient away from the ward")


async def test_early_with_a_reason_is_given_and_marked(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE, at=clock.now() + timedelta(hours=2))
    await bed.band(f"/doses/{dose.id}")
    answer = await bed.give(f"/doses/{dose.id}", pack=code(), early="Goes to theatre")
    assert answer.status_code == 200, answer.text
    assert (await bed.rows())[0].timing is Timing.EARLY


async def test_a_late_entry_keeps_both_times_and_paper_its_source(bed) -> None:
    _, dose = await bed.order(frequency=Code.ONCE, at=clock.now() - timedelta(minutes=10))
    when = (clock.now() - timedelta(minutes=40)).astimezone(ZoneInfo("Europe/London"))
    answer = await bed.give(
        f"/doses/{dose.id}", given_at=f"{when:%Y-%m-%dT%H:%M}", paper="yes", early="On paper"
    )
    assert answer.status_code == 200, answer.text
    row = (await bed.rows())[0]
    assert row.source is GivenSource.PAPER
    assert row.recorded_at - row.occurred_at > timedelta(minutes=30)
    assert row.band is Identified.PAPER


async def test_a_changed_order_locks_the_line_until_it_is_read(bed) -> None:
    request, _ = await bed.order()
    await bed.band(f"/doses/{(await doses_of(bed.scene, request.id))[0][0].id}")
    async with bed.scene.work() as work:
        await change(
            work, request.id, detailed("amoxicillin", dose=2 * DOSE), "Weight known", (), seen=None
        )
    dose = (await doses_of(bed.scene, request.id))[0][0]
    answer = await bed.give(f"/doses/{dose.id}", pack=code(), revision=2, early="x")
    assert 'data-stop="dose.changed"' in answer.text, answer.text
    assert "500" in answer.text
    assert "1,000" in answer.text


async def test_a_withheld_order_is_not_given(bed) -> None:
    request, dose = await bed.order(frequency=Code.ONCE)
    await bed.band(f"/doses/{dose.id}")
    async with bed.scene.work() as work:
        await hold_order(work, request.id, "Going to theatre", seen=None)
    answer = await bed.give(f"/doses/{dose.id}", pack=code())
    assert 'data-stop="dose.held"' in answer.text


async def test_a_doctor_on_no_relation_and_reception_may_not(bed, reception) -> None:
    _, dose = await bed.order(frequency=Code.ONCE)
    answer = await reception.post(f"/doses/{dose.id}/give", revision=1)
    assert answer.status_code == 403


async def test_the_next_pack_needs_no_other_wristband(bed) -> None:
    await bed.pack("metoprolol", "50")
    first, dose = await bed.order(frequency=Code.ONCE)
    _, other = await bed.order("metoprolol", Code.ONCE)
    assert (await bed.given(first)).status_code == 200
    answer = await bed.give(f"/doses/{other.id}", pack=code(2))
    assert answer.status_code == 200, answer.text
    assert dose.id != other.id


DOSE = detailed("amoxicillin").dose
