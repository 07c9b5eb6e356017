"""ADT messages become facts: who, where, when, and what is to be kept or deleted."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.interop.hl7.corpus import RULES, corpus_file, expected, vector
from ward.interop.hl7 import wire
from ward.interop.hl7.adt import AdtEvent, AdtFact, Sender, fact
from ward.interop.hl7.codes import Outcome, Use
from ward.interop.hl7.datatypes import Address, Coded, Contact, Identifier, PersonName, Place
from ward.interop.hl7.moments import Precision
from ward.interop.hl7.said import DELETE, KEEP, Said, given, settle
from ward.interop.hl7.visit import AllergyFields, VisitFields

LONDON = ZoneInfo("Europe/London")


def _fact(block: bytes) -> AdtFact:
    reading = wire.read(block, RULES)
    assert reading.outcome is Outcome.ACCEPTED, reading.faults
    return fact(reading, LONDON)


def _visit(found: AdtFact) -> VisitFields:
    assert found.visit
    return found.visit


def _value(said: Said[Any]) -> Any:
    value = given(said)
    assert value is not None
    return value


def test_an_admission() -> None:
    found = _fact(vector("M01"))
    assert found.event is AdtEvent.ADMIT
    assert found.sender == Sender("PAS", "NORTHSITE")
    assert found.control_id == "A01-0001"
    assert found.patient.mrn == Identifier("700123", "NORTHSITE", "MR")
    assert found.patient.national == Identifier("9990001112", "NATIONAL", "NI")
    assert found.patient.name == PersonName("TESTPATIENT", "ADA", "MARIE", "", "MS")
    assert _value(found.patient.born).on == date(1961, 2, 14)
    assert found.patient.sex == "F"
    assert found.patient.address == Address(
        "12 SAMPLE ROAD", "", "EXAMPLETON", "", "EX1 2AB", "GBR"
    )
    assert found.patient.contacts == (Contact("+440000000001"),)
    assert found.patient.dead is KEEP


def test_the_stay_it_begins() -> None:
    found = _fact(vector("M01"))
    stay = _visit(found)
    assert stay.patient_class == "I"
    assert stay.location == Place("W7", "B2", "07", "NORTHSITE")
    assert str(stay.location) == "W7^B2^07"
    assert stay.number == Identifier("V26-00451", "NORTHSITE", "VN")
    assert _value(stay.attending).name.family == "SYNTHETIC"
    assert stay.service == "MED"
    assert _value(stay.admitted).at == datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
    assert _value(stay.expected_discharge).on == date(2026, 5, 9)
    assert stay.discharged is KEEP
    assert _value(found.occurred).at == datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
    assert _value(found.recorded).at == datetime(2026, 5, 4, 8, 35, tzinfo=UTC)
    assert found.allergies == (
        AllergyFields(Coded("723", "amoxicillin", "RXNORM"), "DA", "SV", ("rash",)),
    )
    assert [(one.code.code, one.kind) for one in found.diagnoses] == [("J18.9", "A")]


def test_a_transfer_says_from_where_to_where() -> None:
    stay = _visit(_fact(vector("M02")))
    assert (str(stay.prior_location), str(stay.location)) == ("W7^B2^07", "W9^S1^01")


def test_a_discharge_says_when_and_how() -> None:
    stay = _visit(_fact(vector("M03")))
    assert stay.disposition == "01"
    assert _value(stay.discharged).at == datetime(2026, 5, 8, 10, 0, tzinfo=UTC)


def test_an_update_unescapes_deletes_and_keeps() -> None:
    patient = _fact(vector("M04")).patient
    assert patient.name == PersonName("TESTPATIENT-NUÑEZ", "ADA", "MARIE", "", "MS")
    assert [name.family for name in patient.other_names] == ["OLDNAME"]
    line = _value(patient.address).line
    assert line == "FLAT 3&4, PIPE|HOUSE, CARET^LANE, REP~ROW, BACK\\SLASH"
    assert patient.contacts is DELETE
    assert patient.language is KEEP
    assert settle(patient.contacts, ("known",)) is None
    assert settle(patient.language, "eng") == "eng"
    assert settle(patient.sex, "M") == "F"


def test_a_merge_pairs_what_stays_with_what_is_retired() -> None:
    (merge,) = _fact(vector("M05")).merges
    assert merge.survivor.mrn == Identifier("700123", "NORTHSITE", "MR")
    assert merge.retired_mrn == Identifier("700999", "NORTHSITE", "MR")


def test_a_real_merge_of_two_pairs() -> None:
    merges = _fact(corpus_file("fhir-converter/ADT-A40-02.hl7")).merges
    assert len(merges) == 2
    assert all(merge.retired_mrn for merge in merges)


@pytest.mark.parametrize("event", ["A01", "A02", "A03"])
@pytest.mark.parametrize("number", ["01", "02"])
def test_a_real_place_is_known_by_its_three_parts(event: str, number: str) -> None:
    found = _fact(corpus_file(f"fhir-converter/ADT-{event}-{number}.hl7"))
    stay = _visit(found)
    assert str(stay.location) == "HUH AE OMU^OMU B^Bed 03"
    assert str(stay.prior_location) == "4 East, room 136, bed B 4E^136^B"
    assert _value(stay.location).facility == "HOMERTON UNIVER"
    assert found.event == event
    assert found.sender.application == "ADTApp"
    assert found.patient.mrn == Identifier("PATID1234", "test1", "MR")


def test_a_real_patient_with_a_display_name_and_half_a_legal_one() -> None:
    patient = _fact(corpus_file("fhir-converter/ADT-A01-01.hl7")).patient
    name = _value(patient.name)
    assert (name.family, name.given, name.middle) == ("EVERYMAN", "ADAM", "A")
    assert [other.type for other in patient.other_names] == ["L"]
    assert _value(patient.born).on == date(1988, 8, 18)  # not the day it was in UTC
    assert _value(patient.address).line == "1000 Hospital Lane"
    assert _value(_fact(corpus_file("fhir-converter/ADT-A03-01.hl7")).visit).number


@pytest.mark.parametrize(
    ("names", "family"),
    [
        ("A^B", "A"),
        ("A^B^^^^^M~C^D", "C"),
        ("A^B~C^D^^^^^L", "C"),
        ("A^B^^^^^N~C^^^^^^L", "C"),
        ("A^B^^^^^A", "A"),
        ("Mononym^^^^^^L", "Mononym"),
    ],
)
def test_which_name_a_patient_is_called_by(names: str, family: str) -> None:
    block = vector("M01").replace(b"TESTPATIENT^ADA^MARIE^^MS", names.encode(), 1)
    assert _value(_fact(block).patient.name).family == family


@pytest.mark.parametrize(
    ("numbers", "mrn"),
    [
        ("1^^^X^MR~2^^^Y^NI", "1"),
        ("2^^^Y^NI~1^^^X^MR", "1"),
        ("1^^^X^PI", "1"),
        ("1^^^X", "1"),
        ("9^^^S^SS~1", "1"),
        ("2^^^Y^NI", None),
    ],
)
def test_which_number_is_the_record_number(numbers: str, mrn: str | None) -> None:
    was = b"700123^^^NORTHSITE^MR~9990001112^^^NATIONAL^NI"
    found = _fact(vector("M01").replace(was, numbers.encode())).patient.mrn
    assert (found.value if found else None) == mrn


def test_the_dead_and_the_deleted() -> None:
    fields = [""] * 31
    fields[0], fields[1], fields[3], fields[5] = "PID", "1", "1^^^X^MR", "A^B"
    fields[7], fields[29], fields[30] = '""', "20260504093000+0100", "Y"
    block = vector("M04").split(b"PID|")[0] + "|".join(fields).encode() + b"\r"
    patient = _fact(block).patient
    assert patient.dead is True
    assert _value(patient.died).at == datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
    assert patient.born is DELETE


@pytest.mark.parametrize(
    ("written", "at", "precision"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC), Precision.YEAR),
        ("202607", datetime(2026, 6, 30, 23, tzinfo=UTC), Precision.MONTH),
        ("20260704", datetime(2026, 7, 3, 23, tzinfo=UTC), Precision.DAY),
        ("202607041015", datetime(2026, 7, 4, 9, 15, tzinfo=UTC), Precision.MINUTE),
        ("20260704101500.25", datetime(2026, 7, 4, 9, 15, 0, 250000, UTC), Precision.SECOND),
        ("20260704101500-0330", datetime(2026, 7, 4, 13, 45, tzinfo=UTC), Precision.SECOND),
        ("20261025013000", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), Precision.SECOND),
    ],
)
def test_times_without_an_offset_are_in_the_senders_zone(
    written: str, at: datetime, precision: Precision
) -> None:
    block = vector("M03").replace(b"20260508110000+0100", written.encode())
    found = _value(_visit(_fact(block)).discharged)
    assert (found.at, found.precision) == (at, precision)


@pytest.mark.parametrize(
    "written",
    [
        "1961-02-14",
        "196",
        "1961021",
        "19610230",
        "2026050425",
        "0000",
        "20260504+1500",
        "00010101+1400",
        "DOB",
    ],
)
def test_impossible_times_are_refused(written: str) -> None:
    reading = wire.read(vector("M03").replace(b"20260508110000+0100", written.encode()), RULES)
    assert [(f.code, f.location) for f in reading.faults] == [("102", "PV1^1^45")]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("A\\T\\E", "A&E"),
        ("line\\.br\\two", "line\ntwo"),
        ("\\H\\bold\\N\\", "bold"),
        ("caf\\XC3A9\\", "café"),
        ("\\X00\\", "\\X00\\"),
        ("\\Zlocal\\", "\\Zlocal\\"),
        ("C:\\temp", "C:\\temp"),
        ("\\.sp9999999\\", "\\.sp9999999\\"),
    ],
)
def test_escapes(written: str, text: str) -> None:
    block = vector("M01").replace(b"12 SAMPLE ROAD", written.encode())
    assert _value(_fact(block).patient.address).line == text


def test_every_corpus_message_that_is_acted_on_becomes_a_fact() -> None:
    adt = [row for row in expected() if row["type"] == "ADT"]
    acted_on = [row for row in adt if row["why"].startswith("acted on")]
    assert len(acted_on) == 24
    for row in acted_on:
        reading = wire.read(corpus_file(row["file"]), RULES)
        assert reading.use is Use.ACTED_ON
        found = fact(reading, LONDON)
        assert found.patient.mrn, row["file"]
        assert found.occurred, row["file"]
