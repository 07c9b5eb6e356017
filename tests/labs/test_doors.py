"""From the order to the acknowledged result, through the real doors, watched from elsewhere."""

import asyncio
import base64
import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import Permission
from domain.labs import ResultStatus
from realtime.topics import Topic
from tests.labs.reports import CREATININE, POTASSIUM, SODIUM, as_status, later, report
from tests.printed import scanned, words
from ward import clock
from ward.dev.cast import ZONE
from ward.labs.details import Attached
from ward.labs.models import DiagnosticReport, Specimen
from ward.labs.release import release
from ward.labs.said import ResultSaid


def now(minutes: int = 0) -> str:
    """Write a time as the form of the ward does."""
    at = clock.now() + timedelta(minutes=minutes)
    return at.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M")


async def ordered(doctor, patient, **more):
    fields = {"panel": "U&E", "urgency": "urgent", "wanted_at": now(), "question": "AKI?"} | more
    answer = await doctor.post(f"/patients/{patient}/labs", **fields)
    assert answer.status_code == 200, answer.text
    return answer


async def specimens(scene) -> list[Specimen]:
    async with scene.work() as work:
        return await work.every(select(Specimen).order_by(Specimen.id), Permission.VIEW_LABS)


async def who_is(station) -> str:
    found = re.search(r'data-user="([^"]+)"', (await station.get("/results")).text)
    assert found
    return found[1]


async def taken_in(scene, said) -> DiagnosticReport:
    async with scene.work() as work:
        return await release(work, said)


async def test_who_orders_reads_for_whom_twice(ida, doctor) -> None:
    form = (await doctor.get(f"/patients/{ida}/labs/new", headers={"hx-request": "true"})).text
    assert re.search(r"Born [^<]*\d{4} \(\d+y\) · ", form)
    assert re.search(r"Order tests for [A-Z]+, \w+", form)


async def test_from_the_order_to_the_result_on_every_station(
    open_scene, ida, doctor, nurse, laboratory
) -> None:
    ward = Topic("specimens", open_scene.east)
    async with nurse.watch(ward) as desk, laboratory.watch(ward) as bench:
        await ordered(doctor, ida)
        shown = await desk.until("Urea and electrolytes")
        assert "QUILLFEATHER" in shown.content
        assert "Collected" in shown.content
        assert "Urea and electrolytes" in (await bench.until("Urea and electrolytes")).content
        specimen = (await specimens(open_scene))[0]
        at = f"/labs/specimens/{specimen.id}"
        label = await nurse.get(f"{at}/label.pdf")
        assert scanned(label.content, prefix=False) == [specimen.number]
        assert "QUILLFEATHER" in words(label.content)
        answer = await nurse.post(f"{at}/collect", version=specimen.version)
        assert answer.status_code == 200, answer.text
        await bench.until("Lovelock")
        assert (await nurse.post(f"{at}/undo", version=specimen.version + 1)).status_code == 200
        assert (await nurse.post(f"{at}/collect", version=specimen.version + 2)).status_code == 200
        answer = await laboratory.post("/labs/specimens/receive", number=specimen.number.lower())
        assert answer.status_code == 200, answer.text
        await desk.until("1 received")
        async with doctor.watch(Topic("labs", ida)) as chart:
            typed = {"value-k": "6.8", "value-na": "138", "status": "F"}
            version = specimen.version + 4
            answer = await laboratory.post(f"{at}/result", version=version, **typed)
            assert answer.status_code == 200, answer.text
            drawn = await chart.until("CRITICAL")
            assert "6.8" in drawn.content
        await desk.until("0 received")
    page = await doctor.get(f"/patients/{ida}/results")
    assert "CRITICAL" in page.text
    assert "Completed" in page.text
    board = await nurse.get(f"/wards/{open_scene.east}/beds")
    assert "K 6.8 mmol/L HH" in board.text


async def test_the_chip_the_inbox_and_the_chart_hear_of_a_result_and_of_who_has_seen_it(
    open_scene, ida, doctor, nurse
) -> None:
    async with (
        nurse.watch(Topic("beds", open_scene.east)) as board,
        doctor.watch(Topic("results", open_scene.east)) as inbox,
    ):
        made = await taken_in(open_scene, report(ida))
        assert "K 6.8 mmol/L HH" in (await board.until("K 6.8")).content
        assert "Nobody's yet" in (await inbox.until("6.8")).content
        answer = await doctor.post(
            f"/labs/reports/{made.id}/acknowledge", plan="going-to-see", version=made.version
        )
        assert answer.status_code == 200, answer.text
        await inbox.until_gone(f"inbox-{made.id}")
        await board.until_gone("K 6.8")
    shown = await nurse.get(f"/patients/{ida}/results?as=reports")
    assert "I am going to see the patient" in shown.text
    assert "Patelle" in shown.text
    assert "K 6.8" not in (await nurse.get(f"/wards/{open_scene.east}/beds")).text


async def test_two_acknowledge_at_once_and_one_hears_who_was_faster(
    open_scene, ida, doctor, sign
) -> None:
    other = await sign("doctor2")
    made = await taken_in(open_scene, report(ida))
    path = f"/labs/reports/{made.id}/acknowledge"
    answers = await asyncio.gather(
        *(one.post(path, plan="going-to-see", version=made.version) for one in (doctor, other))
    )
    assert sorted(one.status_code for one in answers) == [200, 409], [one.text for one in answers]
    late = next(one for one in answers if one.status_code == 409)
    assert re.search(r"(Joan Patelle|Emil Adeyemi) acknowledged this at", late.text)
    count = "SELECT count(*) FROM acknowledgement"
    assert await open_scene.scalar(count) == 1


async def test_nothing_needed_about_a_critical_result_wants_its_reason(
    open_scene, ida, doctor
) -> None:
    made = await taken_in(open_scene, report(ida))
    path = f"/labs/reports/{made.id}/acknowledge"
    refused = await doctor.post(path, plan="nothing-needed", version=made.version)
    assert refused.status_code == 409
    assert "Say why" in refused.text
    done = await doctor.post(path, plan="nothing-needed", note="Haemolysed", version=made.version)
    assert done.status_code == 200, done.text


async def test_a_correction_comes_back_and_shows_the_old_value_struck(
    open_scene, ida, doctor
) -> None:
    said = report(ida)
    made = await taken_in(open_scene, said)
    path = f"/labs/reports/{made.id}/acknowledge"
    await doctor.post(path, plan="going-to-see", version=made.version)
    async with doctor.watch(Topic("results", open_scene.east)) as inbox:
        fixed = as_status(POTASSIUM, ResultStatus.CORRECTED, value="4.2")
        await taken_in(open_scene, later(said, fixed, SODIUM))
        await inbox.until("corrected")
    page = await doctor.get(f"/patients/{ida}/results")
    assert "<s>6.8 HH</s>" in page.text
    gone = as_status(POTASSIUM, ResultStatus.WRONG_PATIENT, value="4.2")
    await taken_in(open_scene, later(later(said), gone, SODIUM))
    page = await doctor.get(f"/patients/{ida}/results")
    assert "another patient&#39;s" in page.text
    assert "6.8" not in page.text
    assert "4.2" not in page.text
    csv = await doctor.get(f"/patients/{ida}/results.csv")
    assert "6.8" not in csv.text
    assert "4.2" not in csv.text


async def test_a_rejected_specimen_is_wanted_again_and_says_why(
    open_scene, ida, doctor, nurse, laboratory
) -> None:
    await ordered(doctor, ida)
    one = (await specimens(open_scene))[0]
    await nurse.post(f"/labs/specimens/{one.id}/collect", version=one.version)
    async with nurse.watch(Topic("specimens", open_scene.east)) as desk:
        answer = await laboratory.post(
            f"/labs/specimens/{one.id}/reject", why="RH", version=one.version + 1
        )
        assert answer.status_code == 200, answer.text
        assert "haemolysed" in (await desk.until("Again")).content
    again = (await specimens(open_scene))[-1]
    assert (again.replaces_id, again.number != one.number) == (one.id, True)


async def test_an_order_is_cancelled_until_the_laboratory_has_it(
    open_scene, ida, doctor, laboratory
) -> None:
    await ordered(doctor, ida)
    await ordered(doctor, ida, panel="CBC")
    first, second = await specimens(open_scene)
    number = f"/labs/orders/{first.request_id}/cancel"
    assert (await doctor.post(number, reason="Doubled", version=1)).status_code == 200
    await laboratory.post("/labs/specimens/receive", number=second.number)
    late = await doctor.post(f"/labs/orders/{second.request_id}/cancel", reason="No", version=1)
    assert late.status_code == 409
    assert "The laboratory has it already" in late.text


async def test_a_call_is_written_down_with_its_read_back(
    open_scene, ida, laboratory, doctor
) -> None:
    made = await taken_in(open_scene, report(ida))
    result = await open_scene.scalar(
        "SELECT id FROM lab_result WHERE report_id = :report AND rank = 3", report=made.id
    )
    path = f"/labs/results/{result}/call"
    wrong = await laboratory.post(path, receiver="Ada Lovelock, nurse")
    assert wrong.status_code == 409
    assert "read back" in wrong.text
    done = await laboratory.post(path, receiver="Ada Lovelock, nurse", correct="yes")
    assert done.status_code == 200, done.text
    page = await doctor.get(f"/patients/{ida}/results?as=reports")
    assert "Potassium 6.8 mmol/L to Ada Lovelock, nurse, read back correctly" in page.text


async def test_handing_over_and_cover_put_it_before_somebody_else(
    open_scene, ida, doctor, sign
) -> None:
    other = await sign("doctor2")
    made = await taken_in(open_scene, report(ida))
    emil, joan = await who_is(other), await who_is(doctor)
    async with doctor.watch(Topic("results", open_scene.east)) as inbox:
        answer = await doctor.post(
            f"/labs/reports/{made.id}/owner", to_user=emil, version=made.version
        )
        assert answer.status_code == 200, answer.text
        assert "Emil Adeyemi" in (await inbox.until("Adeyemi")).content
        away = await other.post("/results/cover", cover_id=joan, until=now(600))
        assert away.status_code in {200, 204}, away.text
        assert "Cover: Joan Patelle" in (await inbox.until("Cover")).content
        back = await other.post("/results/cover/end")
        assert back.status_code in {200, 204}, back.text


async def test_a_report_is_answered_only_by_a_form_that_says_what_it_showed(
    open_scene, ida, doctor, sign
) -> None:
    emil = await who_is(await sign("doctor2"))
    made = await taken_in(open_scene, report(ida))
    for path, said in (("acknowledge", {"plan": "going-to-see"}), ("owner", {"to_user": emil})):
        answer = await doctor.post(f"/labs/reports/{made.id}/{path}", **said)
        assert answer.status_code == 422
        assert "Version is missing" in answer.text
    async with open_scene.work() as work:
        row = await work.access(DiagnosticReport, made.id, Permission.VIEW_LABS)
    assert (row.acknowledged_at, row.owner_id) == (None, made.owner_id)


async def test_the_document_opens_and_paper_and_file_are_safe(open_scene, ida, doctor) -> None:
    content = base64.b64encode(b"%PDF-1.4 hello").decode()
    evil = ResultSaid("Comment", "=cmd|' /C calc'!A0", "ST")
    said = report(ida, POTASSIUM, evil, attached=Attached("application/pdf", content))
    made = await taken_in(open_scene, said)
    opened = await doctor.get(f"/labs/reports/{made.id}/document")
    assert opened.content == b"%PDF-1.4 hello"
    assert opened.headers["content-type"] == "application/pdf"
    csv = await doctor.get(f"/patients/{ida}/results.csv")
    assert ",'=cmd" in csv.text
    assert ",6.8,mmol/L,HH," in csv.text
    paper = words((await doctor.get(f"/patients/{ida}/results.pdf")).content)
    assert "Potassium" in paper
    assert "6.8 HH" in paper


async def test_a_trend_has_the_same_numbers_as_its_table(open_scene, ida, doctor) -> None:
    first = report(ida, replace(POTASSIUM, value="4.9"), filler="L-1")
    await taken_in(open_scene, replace(first, observed_at=first.observed_at - timedelta(hours=9)))
    await taken_in(open_scene, report(ida, POTASSIUM, CREATININE, filler="L-2"))
    result = await open_scene.scalar("SELECT id FROM lab_result WHERE rank = 3")
    drawn = await doctor.get(f"/labs/results/{result}/trend", headers={"hx-request": "true"})
    assert drawn.status_code == 200, drawn.text
    assert "3.5 to 5.0" in drawn.text
    assert drawn.text.count("<circle") == 2
    page = await doctor.get(f"/patients/{ida}/results?all=yes")
    assert "was 4.9, +1.9" in page.text


async def test_imaging_goes_the_same_way_without_letters(open_scene, ida, doctor) -> None:
    said = ResultSaid("Chest X-ray", "No focal lesion.\nHeart normal.", "TX")
    await taken_in(open_scene, report(ida, said, title="Chest X-ray", section="RAD"))
    page = await doctor.get(f"/patients/{ida}/results?as=reports")
    assert "No focal lesion." in page.text
    assert "Radiology" in page.text
