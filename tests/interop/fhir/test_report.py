"""Report: what the person at the terminal and a script get to read."""

import io
import json

from rich.console import Console

from tests.interop.fhir.bodies import Write, outcomes, patient
from ward.interop.fhir.report import SHOWN, Report


def _report(*paths) -> Report:
    report = Report()
    for one in outcomes(*paths):
        report.note(one)
    return report


def _printed(report: Report) -> str:
    out = io.StringIO()
    Console(file=out, width=300).print(report)
    return out.getvalue()


def test_counts_by_type_and_problems_by_element(write: Write) -> None:
    write("1.json", patient("1", photo=[{"title": "x"}]))
    write("2.json", patient("1"))
    write("3.json", {"resourceType": "Binary", "contentType": "text/plain"})
    bad = write("4.json", patient("4", gender="F"))
    report = _report(bad.parent)
    assert not report.clean
    assert json.loads(json.dumps(report.as_json())) == {
        "types": {
            "Binary": {"taken": 0, "unchanged": 0, "refused": 0, "skipped": 1},
            "Patient": {"taken": 1, "unchanged": 1, "refused": 1, "skipped": 0},
        },
        "total": {"taken": 1, "unchanged": 1, "refused": 1, "skipped": 1},
        "problems": [
            {
                "file": str(bad),
                "line": None,
                "place": None,
                "type": "Patient",
                "element": "Patient.gender",
                "message": "must be one of: female, male, other, unknown",
            }
        ],
        "skipped": {"not imported yet: Binary": 1},
        "not_carried": {"Patient.photo": 1},
    }
    printed = _printed(report)
    assert "Patient.gender" in printed
    assert "Not carried over: Patient.photo (1)" in printed


def test_a_file_name_is_not_taken_for_markup(write: Write) -> None:
    assert "[red]x.json" in _printed(_report(write("[red]x.json", b"{")))


def test_a_long_list_is_cut_for_the_eye_only(write: Write) -> None:
    path = write("many.ndjson", [patient(str(n), gender="F") for n in range(SHOWN + 5)])
    report = _report(path)
    assert "… and 5 more problems" in _printed(report)
    assert len(report.complaints) == SHOWN + 5
