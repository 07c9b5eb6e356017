"""Who looked at my record: in plain words, to the patient and to nobody else."""

import re
from html import unescape

import pytest

from domain.access import Relation
from domain.breakglass import Reason, Verdict
from tests.adt.scene import Scene
from tests.adt.test_transfer import lying
from tests.stations import Sign, Station
from ward.audit import looks
from ward.audit.looks import Reader, Told
from ward.db import new_id
from ward.patients.models import PatientAccount


def said(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page[page.index("trail-plain") :]))


@pytest.fixture
async def patient(sign: Sign) -> Station:
    return await sign("patient")


async def test_a_patient_reads_who_looked_and_why(
    open_scene: Scene, nurse: Station, doctor: Station, patient: Station
) -> None:
    ida, _ = await lying(open_scene, "6E-01")
    await _account(open_scene, ida)
    for _ in range(2):
        await nurse.get(f"/patients/{ida}/medications")
    await doctor.get(f"/patients/{ida}/results")
    answer = await patient.get("/account/access")
    assert answer.status_code == 200
    told = said(answer.text)
    assert "nurse, looked at your medicines." in told
    assert "2 times that day" in told
    assert "doctor, looked at your test results." in told
    assert "Reason: works where you were a patient" in told
    assert "QUILLFEATHER" not in told.upper()
    assert 'href="/account/access"' in (await patient.get("/account")).text


async def _account(scene: Scene, patient_id) -> None:
    user = await scene.scalar("SELECT id FROM app_user WHERE username = 'patient'")
    async with scene.work() as work:
        connection = await work.connection()
        known = PatientAccount.__table__
        await connection.execute(known.delete().where(known.c.user_id == user))
        row = {"id": new_id(), "version": 1, "user_id": user, "patient_id": patient_id}
        await connection.execute(known.insert(), row | {"since": work.now})


async def test_whoever_reads_of_another_s_record_is_told_whose_it_is(
    open_scene: Scene, nurse: Station, doctor: Station, sign: Sign
) -> None:
    ida, _ = await lying(open_scene, "6E-01")
    await nurse.get(f"/patients/{ida}/medications")
    await doctor.get(f"/patients/{ida}/results")
    told = said((await (await sign("privacy")).get(f"/patients/{ida}/access")).text)
    told = unescape(told[: told.index("Machines of the hospital")])
    assert "nurse, looked at the patient's medicines." in told
    assert "Reason: works where the patient was" in told
    assert not re.search(r"\byour?\b", told)


EVERY = {
    **{f"part {name}": told for name, told in looks.PARTS.items()},
    **{f"reason {name}": told for name, told in looks.REASONS.items()},
    **{f"house {name}": told for name, told in looks.HOUSE.items()},
    **{
        f"opened {why}, found {verdict}": looks.opened(why, verdict)
        for why in Reason
        for verdict in looks.FOUND
    },
    "search": looks.SEARCHED,
    "record": looks.RECORD,
}


@pytest.mark.parametrize("told", EVERY.values(), ids=EVERY)
def test_every_word_of_a_look_is_told_to_the_patient_and_of_the_patient(told: Told) -> None:
    own, another = told.to(Reader.PATIENT), told.to(Reader.OFFICE)
    assert own
    assert another
    assert not re.search(r"\bpatient\b(?!s)", own.replace("you were a patient", ""))
    assert not re.search(r"\byour?s?\b", another)
    assert (own == another) is not bool(re.search(r"\byour?\b", own))


def test_every_reason_and_every_finding_has_its_words() -> None:
    assert set(looks.WHY_OPENED) == set(Reason)
    assert set(looks.FOUND) == {None, *(verdict for verdict in Verdict if verdict.closes)}
    assert set(looks.REASONS) == set(Relation) - {Relation.SELF, Relation.SYSTEM}
    assert looks.reason("nurse", "something new").to(Reader.PATIENT) == ""


async def test_a_look_that_was_refused_is_told_as_one(
    open_scene: Scene, nurse: Station, patient: Station
) -> None:
    ida, _ = await lying(open_scene, "6W-01")
    await _account(open_scene, ida)
    assert (await nurse.get(f"/patients/{ida}")).status_code == 403
    told = said((await patient.get("/account/access")).text)
    assert "tried to open your personal record and was refused. Nothing was shown." in told


async def test_a_patient_reads_of_no_other_record(open_scene: Scene, patient: Station) -> None:
    ida = await open_scene.patient()
    other = await open_scene.patient("Otherwise")
    await _account(open_scene, ida)
    assert (await patient.get(f"/patients/{ida}/access")).status_code == 200
    assert (await patient.get(f"/patients/{other}/access")).status_code == 403


async def test_whoever_has_no_record_is_told_so(open_scene: Scene, sign: Sign) -> None:
    privacy = await sign("privacy")
    answer = await privacy.get("/account/access")
    assert answer.status_code == 404
    assert "no record of your own" in answer.text
    ida = await open_scene.patient()
    page = (await privacy.get(f"/patients/{ida}/access")).text
    assert "Who looked at the record of QUILLFEATHER, Ida" in page


@pytest.mark.parametrize(
    ("code", "resource", "told", "of"),
    [
        ("live.view_start", "patient", "your personal record", "the patient's personal record"),
        (
            "live.view_start",
            "ward",
            "the list of beds, with you on it",
            "the list of beds, with the patient on it",
        ),
        ("patients.find", "", "your name, in a search", "the patient's name, in a search"),
        ("labs.results", "", "your test results", "the patient's test results"),
        ("something.new", "", "your record", "the patient's record"),
    ],
)
def test_parts_are_told_in_everyday_words(code: str, resource: str, told: str, of: str) -> None:
    assert looks.part(code, resource) == Told(told, of)
