"""Examples: the 575 official examples of R4, all through the importer."""

from collections import Counter
from pathlib import Path

from ward.interop.fhir.outcomes import Refused, Skipped, Taken
from ward.interop.fhir.report import Report, Verdict
from ward.interop.fhir.stream import stream

# What really breaks a rule of R4, or shares the identifier of somebody else in these examples.
INVALID = {
    "Questionnaire-qs1.json": "Questionnaire.item[0].item[0].linkId",
    "MedicationRequest-medrx0301.json": "MedicationRequest.dispenseRequest.performer.reference",
    "Observation-clinical-gender.json": "Observation.performer[0].reference",
    "Bundle-xds.json": "Bundle.entry[1].request.ifNoneExist",
    "Bundle-3ad0687e-f477-468c-afd5-fcc2bf897809.json": "Practitioner.identifier",
    "Practitioner-f004.json": "Practitioner.identifier",
    "Practitioner-f005.json": "Practitioner.identifier",
}


def test_each_is_taken_or_refused_or_skipped_with_a_reason(examples: Path) -> None:
    report, heard = Report(), set()
    for outcome in stream([examples]):
        report.note(outcome)
        heard.add(Path(outcome.where.file).name)
        if isinstance(outcome, Skipped):
            assert outcome.reason
        if isinstance(outcome, Refused):
            assert all(problem.element and problem.message for problem in outcome.problems)
    assert len(heard) == 575
    assert heard == {path.name for path in examples.iterdir()}
    assert report.total(Verdict.TAKEN) > 170


def test_what_is_refused_is_known_by_name(examples: Path) -> None:
    refused = [one for one in stream([examples]) if isinstance(one, Refused)]
    assert {Path(one.where.file).name: one.problems[0].element for one in refused} == INVALID


def test_a_second_reading_gives_the_same(examples: Path) -> None:
    def read() -> list[tuple[object, ...]]:
        found = (one for one in stream([examples]) if isinstance(one, Taken))
        return [(one.where, one.key, one.fact) for one in found]

    assert read() == read()


def test_each_alone_is_no_worse(examples: Path) -> None:
    counts: Counter[str] = Counter()
    for path in sorted(examples.iterdir()):
        found = list(stream([path]))
        assert found, path.name
        counts.update(type(one).__name__ for one in found)
    assert counts["Taken"] > 140
