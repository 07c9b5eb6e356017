"""Effects: what ADT messages do to patients, beds and visits, and when they wait instead."""

from tests.interop.hl7.border import act, adt, lying, rows, standing
from tests.interop.hl7.corpus import vector
from ward.node import Node


async def test_an_admission_registers_the_patient_and_takes_the_bed(quiet: Node) -> None:
    await act(quiet, adt("A01", "1"))
    assert await lying(quiet) == {"Six East 04": "O"}
    assert await standing(quiet) == {"1": ("done", None)}
    assert await rows(quiet, "SELECT count(*) FROM patient WHERE ward_id IS NOT NULL") == [(1,)]


async def test_a_transfer_moves_and_a_discharge_empties(quiet: Node) -> None:
    await act(quiet, adt("A01", "1"), adt("A02", "2", place="6W^^02", at="20260504100000+0100"))
    assert await lying(quiet) == {"Six East 04": "H", "Six West 02": "O"}
    await act(quiet, adt("A03", "3", place="6W^^02", at="20260504110000+0100"))
    assert await lying(quiet) == {"Six East 04": "H", "Six West 02": "H"}
    assert set((await standing(quiet)).values()) == {("done", None)}


async def test_each_step_can_be_taken_back(quiet: Node) -> None:
    now = await rows(quiet, "SELECT to_char(now() - interval '9 minutes', 'YYYYMMDDHH24MISS+0000')")
    at = now[0][0]
    await act(quiet, adt("A01", "1", at=at), adt("A02", "2", place="6W^^02", at=at))
    await act(quiet, adt("A12", "3", at=at))
    assert (await lying(quiet))["Six East 04"] == "O"
    await act(quiet, adt("A03", "4", at=at), adt("A13", "5", at=at))
    assert (await lying(quiet))["Six East 04"] == "O"
    await act(quiet, adt("A11", "6", at=at))
    assert (await lying(quiet))["Six East 04"] == "H"
    assert {value[0] for value in (await standing(quiet)).values()} == {"done"}


async def test_a_visit_without_a_bed_arrives(quiet: Node) -> None:
    await act(quiet, adt("A04", "1", place="OPD"))
    assert await lying(quiet) == {}
    assert await rows(quiet, "SELECT status FROM encounter") == [("arrived",)]


async def test_an_update_changes_the_person_and_never_the_bed(quiet: Node) -> None:
    await act(quiet, adt("A01", "1"))
    before = await rows(quiet, "SELECT identity FROM patient")
    await act(quiet, adt("A08", "2", name="PLOVER^ANNA MARIE", place="Six East^^09"))
    assert await lying(quiet) == {"Six East 04": "O"}
    assert await rows(quiet, "SELECT identity FROM patient") != before
    (remarks,) = await rows(quiet, "SELECT remarks FROM hl7_message WHERE msh10 = '2'")
    assert "an update moves nobody" in remarks[0][0]


async def test_an_update_registers_somebody_unknown(quiet: Node) -> None:
    await act(quiet, adt("A08", "1"))
    assert await rows(quiet, "SELECT count(*) FROM patient") == [(1,)]


async def test_unknown_patients_and_visits_wait(quiet: Node) -> None:
    await act(quiet, vector("X12"), adt("A08", "1"), adt("A03", "2", visit="V26-9"))
    found = await standing(quiet)
    assert found["A03-0112"] == ("review", "unknown_patient")
    assert found["2"] == ("review", "unknown_visit")


async def test_a_second_admission_of_an_open_visit_waits(quiet: Node) -> None:
    await act(quiet, adt("A01", "1"), adt("A01", "2", place="Six East^^05"))
    assert (await standing(quiet))["2"] == ("review", "open_visit")
    assert await lying(quiet) == {"Six East 04": "O"}


async def test_a_taken_bed_waits_and_leaves_no_half_done_work(quiet: Node) -> None:
    await act(quiet, adt("A01", "1"))
    await act(quiet, adt("A01", "2", mrn="7009999", name="OTHER^BEA", visit="V26-2"))
    assert (await standing(quiet))["2"] == ("review", "bed_taken")
    assert await rows(quiet, "SELECT count(*) FROM patient") == [(1,)]


async def test_a_message_without_a_place_waits(quiet: Node) -> None:
    await act(quiet, adt("A01", "1", place=""))
    assert await standing(quiet) == {"1": ("review", "no_place")}


async def test_a_ward_without_a_bed_is_asked_for_one(quiet: Node) -> None:
    await act(quiet, adt("A01", "1", place="Six East"))
    assert await standing(quiet) == {"1": ("done", None)}
    assert await rows(quiet, "SELECT status FROM move_request") == [("requested",)]


async def test_a_number_used_for_another_person_waits(quiet: Node) -> None:
    await act(quiet, adt("A08", "1"), adt("A08", "2", name="HERON^ZOE", born="19990101"))
    assert (await standing(quiet))["2"] == ("review", "other_person")


async def test_a_proposed_merge_waits_and_lets_others_pass(quiet: Node) -> None:
    merge = adt("A40", "2", extra="MRG|7005555^^^NORTHSITE^MR")
    await act(quiet, adt("A08", "1"), merge, adt("A01", "3"))
    found = await standing(quiet)
    assert found["2"] == ("review", "merge")
    assert found["3"] == ("done", None)


async def test_an_older_update_does_not_undo_a_newer_one(quiet: Node) -> None:
    await act(quiet, adt("A08", "1", at="20260505090000+0100"))
    before = await rows(quiet, "SELECT identity FROM patient")
    await act(quiet, adt("A08", "2", name="PLOVER^OLD", at="20260504090000+0100"))
    assert await rows(quiet, "SELECT identity FROM patient") == before


async def test_a_time_ahead_of_our_clock_is_taken_as_now(quiet: Node) -> None:
    await act(quiet, adt("A01", "1", at="20990101000000+0000"))
    assert await standing(quiet) == {"1": ("done", None)}
    assert await lying(quiet) == {"Six East 04": "O"}


async def test_allergies_and_diagnoses_come_with_the_admission_once(quiet: Node) -> None:
    allergy = "AL1|1|DA|723^amoxicillin^RXNORM|SV|rash\rDG1|1||J18.9^Pneumonia^I10"
    await act(quiet, adt("A01", "1", extra=allergy), adt("A08", "2", extra=allergy))
    assert await rows(quiet, "SELECT count(*) FROM allergy") == [(1,)]
    assert await rows(quiet, "SELECT count(*) FROM condition") == [(1,)]
