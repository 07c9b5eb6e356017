"""Synthea: transaction Bundles of whole patients, counted against their index."""

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from ward.interop.fhir.facts import Allergy, Condition, Person
from ward.interop.fhir.outcomes import Outcome, Refused, Taken
from ward.interop.fhir.report import Report
from ward.interop.fhir.sameness import fingerprint
from ward.interop.fhir.stream import stream
from ward.interop.fhir.translate import KINDS

KINDS_COUNTED = re.compile(r"[A-Z][a-z]")


@pytest.fixture(scope="module")
def folder(synthea: Path) -> Path:
    """The folder of Bundles: all 39 where SYNTHEA_FOLDER names them, else the five kept here."""
    return Path(os.environ.get("SYNTHEA_FOLDER") or synthea)


@pytest.fixture(scope="module")
def found(folder: Path) -> list[Outcome]:
    return list(stream([folder]))


def _index(folder: Path) -> list[dict[str, str]]:
    with (folder / "INDEX.csv").open(newline="") as stream_:
        return [row for row in csv.DictReader(stream_) if (folder / row["file"]).exists()]


def test_nothing_is_refused(found: list[Outcome]) -> None:
    assert [one for one in found if isinstance(one, Refused)] == []


def test_the_counts_are_those_of_the_index(folder: Path, found: list[Outcome]) -> None:
    rows = _index(folder)
    assert len(rows) >= 5
    counted = Counter((Path(one.where.file).name, one.kind) for one in found)
    for row in rows:
        kinds = [name for name in row if KINDS_COUNTED.match(name)]
        assert {kind: counted[row["file"], kind] for kind in kinds} == {
            kind: int(row[kind]) for kind in kinds
        }
        assert counted[row["file"], "Patient"] == 1


def test_names_and_deaths_are_those_of_the_index(folder: Path, found: list[Outcome]) -> None:
    people = {
        Path(one.where.file).name: one.fact
        for one in found
        if isinstance(one, Taken) and isinstance(one.fact, Person)
    }
    for row in _index(folder):
        person = people[row["file"]]
        assert person.name is not None
        assert person.born is not None
        assert (person.name.family, person.name.given[0]) == (row["family"], row["given"])
        assert (person.born.written, person.sex) == (row["birthDate"], row["gender"])
        assert str(person.died.day if person.died else "") == row["deceased"]
        assert {"MR", "SS"} <= {number.kind for number in person.identifiers}


def test_every_reference_was_resolved(found: list[Outcome]) -> None:
    people = {one.key for one in found if isinstance(one, Taken) and one.kind == "Patient"}
    facts = [one.fact for one in found if isinstance(one, Taken)]
    pointing = [fact.patient for fact in facts if isinstance(fact, Allergy | Condition)]
    assert pointing
    assert set(pointing) <= people


def test_what_several_bundles_repeat_is_taken_once(found: list[Outcome]) -> None:
    for kind in ("Organization", "Practitioner"):
        repeated = [one for one in found if isinstance(one, Taken) and one.kind == kind]
        assert len(repeated) > len({one.key for one in repeated})
        fresh = [one.key for one in repeated if not one.unchanged]
        assert len(fresh) == len(set(fresh)) == len({one.key for one in repeated})


def test_a_second_import_finds_every_fact_unchanged(folder: Path, found: list[Outcome]) -> None:
    known = {one.key: fingerprint(one.fact) for one in found if isinstance(one, Taken)}
    again = [one for one in stream([folder]) if isinstance(one, Taken)]
    assert all(known[one.key] == fingerprint(one.fact) for one in again)
    assert len(known) == len(set(known.values()))


def test_the_report_has_a_row_for_every_type(found: list[Outcome]) -> None:
    report = Report()
    for one in found:
        report.note(one)
    assert report.clean
    assert KINDS.keys() - {"Location", "PractitionerRole"} <= report.counts.keys()
    assert sum(sum(row.values()) for row in report.counts.values()) == len(found)
