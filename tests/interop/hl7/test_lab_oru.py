"""ORU of a laboratory: every type of value reaches the record as it was sent, once."""

import base64
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.access import Permission
from tests.adt.scene import person
from tests.interop.hl7.border import act, rows, standing
from tests.interop.hl7.corpus import vector
from tests.interop.hl7.laboratory import (
    CREATININE,
    DONE,
    HB,
    NA,
    K,
    counted,
    message,
    obr,
    obx,
    shown,
    unmatched,
)
from tests.interop.hl7.monitoring import HEART, charted, only, remarks_of
from tests.interop.hl7.monitoring import obx as vital
from tests.labs.reports import reports, results
from ward import clock
from ward.labs.details import Attached
from ward.labs.models import DiagnosticReport, ReportStatus
from ward.patients.intake import person_of
from ward.patients.models import Patient
from ward.patients.person import When
from ward.patients.register import register


async def details(scene):
    return {d.name: d for row, d in await results(scene) if row.replaced_at is None}


async def test_numbers_enter_with_flags_units_and_intervals(open_scene, ida) -> None:
    sent = message(
        "1",
        obx(K, "6.80", interval="3.5-5.0", flags="HH~A"),
        "NTE|#|L|Not haemolysed.~Telephoned.",
        obx(NA, "138", interval="136-145", flags="N"),
        obx("10839-9^Troponin I^LN", "<^0.01", "ng/mL", kind="SN", interval="0-0.04"),
    )
    assert await act(open_scene.node, sent) == ["AA"]
    assert await standing(open_scene.node) == {"1": DONE}
    found = await details(open_scene)
    assert (found["Potassium"].value, found["Potassium"].sent) == ("6.80", ("HH", "A"))
    assert found["Potassium"].comments == ("Not haemolysed.\nTelephoned.",)
    assert found["Potassium"].unit == "mmol/L"
    assert (found["Troponin I"].comparator, found["Troponin I"].value) == ("<", "0.01")
    (made,) = await reports(open_scene)
    assert (made.patient_id, made.status, made.worst, made.section) == (
        ida,
        ReportStatus.FINAL,
        3,
        "CH",
    )


@pytest.mark.parametrize(
    ("kind", "value", "there"),
    [
        ("ST", "Clotted", "Clotted"),
        ("ST", "> 90", ">90"),
        ("CE", "POS^Positive^L", "Positive"),
        ("CWE", "^^^^^^^^Seen in the margin", "Seen in the margin"),
        ("CWE", "260385009^Negative^SCT", "Negative"),
        ("IS", "NEG", "NEG"),
        ("DT", "20241108", "2024-11-08"),
        ("TM", "0959", "09:59"),
        ("TS", "20150818060605-0500", "2015-08-18 06:06:05 -0500"),
        ("SN", "^1^:^128", "1:128"),
        ("SN", ">=^100", ">=100"),
        ("RP", "https://pacs.example/7^^image^JPEG", "https://pacs.example/7"),
        ("TX", "First line~second \\T\\ third", "First line\nsecond & third"),
        ("FT", "One\\.br\\Two", "One\nTwo"),
        ("XTN", "^PRN^PH^^44^020^555", "PRN PH 44 020 555"),
    ],
)
async def test_each_type_of_value_is_read(open_scene, ida, kind, value, there) -> None:
    await act(open_scene.node, message("1", obx("T-1^Test^L", value, "", kind=kind)))
    assert (await shown(open_scene))["Test"][0] == there


async def test_lines_of_a_text_are_one_result_and_repeats_are_several(open_scene, ida) -> None:
    lines = [obx("DX^Findings^L", f"Line {n}", "", kind="TX", group="1") for n in (1, 2, 3)]
    other = obx("DX^Findings^L", "Elsewhere", "", kind="TX", group="2")
    twice = obx("GRAM^Gram stain^L", "GPC^Cocci^L~GNR^Rods^L", "", kind="CE")
    await act(open_scene.node, message("1", *lines, other, twice))
    found = [(d.name, d.value, d.group) for _, d in await results(open_scene)]
    assert found == [
        ("Findings", "Line 1\nLine 2\nLine 3", "1"),
        ("Findings", "Elsewhere", "2"),
        ("Gram stain", "Cocci", ""),
        ("Gram stain", "Rods", ""),
    ]


async def test_a_document_is_kept_sealed_and_a_second_is_a_report_of_its_own(
    open_scene, ida
) -> None:
    pdf = base64.b64encode(b"%PDF-1.4 one").decode()
    more = base64.b64encode(b"%PDF-1.4 two").decode()
    sent = message(
        "1",
        obr(battery="ECHO^Echocardiogram^L", section="CUS"),
        obx("PDF^Report^L", f"^application^pdf^Base64^{pdf}", "", kind="ED"),
        obx("PDF^Report^L", f"^application^pdf^Base64^{more}", "", kind="ED"),
    )
    await act(open_scene.node, sent)
    async with open_scene.work() as work:
        opened = await work.open(await reports(open_scene), DiagnosticReport.attached)
    assert list(opened.values()) == [
        Attached("application/pdf", pdf),
        Attached("application/pdf", more),
    ]
    (stored,) = await rows(open_scene.node, "SELECT min(attached) FROM diagnostic_report")
    assert b"JVBER" not in stored[0]


async def test_an_empty_document_is_told(open_scene, ida) -> None:
    empty = obx("PDF^Report^L", "^application^pdf^Base64^", "", kind="ED")
    await act(open_scene.node, message("1", obx(K, "4.1"), empty))
    assert "document without content" in await remarks_of(open_scene, "1")


async def test_an_imaging_report_is_text_without_flags(open_scene, ida) -> None:
    sent = message(
        "1",
        obr(battery="XCHEST^Chest X-ray^L", section="RAD"),
        obx("IMP^Impression^L", "No focal consolidation.", "", kind="FT"),
    )
    await act(open_scene.node, sent)
    (made,) = await reports(open_scene)
    assert (made.section, made.worst) == ("RAD", 0)
    assert (await details(open_scene))["Impression"].letters == ()


async def test_several_obr_are_several_reports_and_a_number_may_serve_many(open_scene, ida) -> None:
    parts = (
        obr(filler="9^LAB", battery="UE^Urea^L"),
        obx(K, "4.1"),
        obr(filler="9^LAB", battery="FBC^Blood count^L"),
        "NTE|#|L|Film to follow",
        obx(HB, "13.1", "g/dL"),
        obr(filler="", battery="PLAN^Panel^L"),
    )
    await act(open_scene.node, message("1", *parts))
    assert len(await reports(open_scene)) == 2
    again = message("2", obr(filler="9^LAB", battery="FBC^Blood count^L"), obx(HB, "13.1", "g/dL"))
    await act(open_scene.node, again)
    assert len(await reports(open_scene)) == 2


async def test_preliminary_final_and_corrected_follow_each_other(open_scene, ida) -> None:
    now = clock.now()
    for number, (status, value) in enumerate((("P", "6.5"), ("F", "6.8"), ("C", "4.1"))):
        at = now + timedelta(minutes=number)
        one = message(str(number), obr(status=status, reported=at), obx(K, value, status=status))
        await act(open_scene.node, one)
    (made,) = await reports(open_scene)
    assert (made.status, made.worst) == (ReportStatus.CORRECTED, 1)
    values = [(d.value, row.replaced_at is None) for row, d in await results(open_scene)]
    assert values == [("6.5", False), ("6.8", False), ("4.1", True)]


async def test_one_that_was_overtaken_on_its_way_changes_nothing(open_scene, ida) -> None:
    now = clock.now()
    final = message("2", obr(reported=now), obx(K, "6.8"))
    before = message(
        "1", obr(status="P", reported=now - timedelta(minutes=9)), obx(K, "7.7", status="P")
    )
    await act(open_scene.node, final, before)
    assert await shown(open_scene) == {"Potassium": ("6.8", 3)}
    assert set((await standing(open_scene.node)).values()) == {DONE}


@pytest.mark.parametrize("status", ["D", "W", "X"])
async def test_a_result_taken_back_counts_no_longer(open_scene, ida, status) -> None:
    now = clock.now()
    await act(open_scene.node, message("1", obr(reported=now), obx(K, "6.8"), obx(NA, "138")))
    back = obx(K, "" if status == "X" else "6.8", status=status)
    later = obr(reported=now + timedelta(minutes=5), status="C")
    await act(open_scene.node, message("2", later, back))
    assert (await shown(open_scene))["Potassium"][1] == 0
    assert (await reports(open_scene))[0].worst == 1


@pytest.mark.parametrize("status", ["I", "O", "N"])
async def test_what_is_not_done_yet_is_no_result(open_scene, ida, status) -> None:
    await act(open_scene.node, message("1", obx(K, "", status=status), obx(NA, "138")))
    assert await shown(open_scene) == {"Sodium": ("138", 1)}


async def test_a_message_without_any_result_is_kept(open_scene, ida) -> None:
    assert await act(open_scene.node, message("1", obr(status="S"))) == ["AA"]
    assert await rows(open_scene.node, "SELECT state, kept FROM hl7_message") == [("done", True)]


async def test_the_unit_is_not_guessed(open_scene, ida) -> None:
    await act(open_scene.node, message("1", obx(K, "6.8", "furlong"), obx("X^Own test^L", "9")))
    found = await details(open_scene)
    assert (found["Potassium"].number, found["Potassium"].letters) == (None, ())
    assert found["Own test"].letters == ()
    assert set((await shown(open_scene)).values()) == {("6.8", 0), ("9", 0)}


async def test_of_a_mixed_message_both_parts_are_taken(open_scene, ida) -> None:
    await act(open_scene.node, message("1", vital(HEART, "70"), obx(K, "4.1")))
    assert await standing(open_scene.node) == {"1": DONE}
    assert (await only(open_scene, ida)).values == {"pulse": 70}
    assert await shown(open_scene) == {"Potassium": ("4.1", 1)}


async def test_results_of_somebody_in_no_bed_are_filed_and_vitals_wait(open_scene) -> None:
    somebody = await open_scene.patient("Harrow", "Nils")
    mrn = await _mrn(open_scene, somebody)
    who = {"mrn": mrn, "name": "HARROW^NILS"}
    await act(open_scene.node, message("1", vital(HEART, "70"), obx(K, "4.1"), **who))
    assert await shown(open_scene) == {"Potassium": ("4.1", 1)}
    assert await standing(open_scene.node) == {"1": ("review", "unknown_visit")}
    assert await charted(open_scene, somebody) == []
    assert await unmatched(open_scene) == []


async def _mrn(scene, patient_id):
    async with scene.work() as work:
        row = await work.access(Patient, patient_id, Permission.VIEW_PATIENT)
        return (await person_of(work, row)).mrn


async def test_the_same_results_under_another_number_change_nothing(open_scene, ida) -> None:
    now = clock.now()
    parts = (obr(reported=now, at=now), obx(K, "6.8"), obx(CREATININE, "1.1", "mg/dL"))
    await act(open_scene.node, message("1", *parts))
    before = await counted(open_scene)
    await act(open_scene.node, message("2", *parts), message("3", *parts[::2], parts[1]))
    after = await counted(open_scene)
    assert after[1:3] == before[1:3]


async def test_the_message_of_the_facts_enters_whole(open_scene) -> None:
    async with open_scene.work() as work:
        known = person("Testpatient", "Ada", "700123")
        await register(work, replace(known, born=When(date(1961, 2, 14))))
    assert await act(open_scene.node, vector("M06")) == ["CA"]
    found = await shown(open_scene)
    assert found["Potassium"] == ("6.8", 3)
    assert found["Troponin I"][0] == "<0.01"
    assert found["Creatinine"] == ("2.31", 2)
