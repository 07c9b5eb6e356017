"""Bodies: small valid resources for tests to bend, and a way to send them through the importer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ward.interop.fhir.outcomes import Outcome, Refused, Skipped, Taken
from ward.interop.fhir.stream import stream

Write = Callable[..., Path]
MRN = "http://hospital.example.org/mrn"
ACTIVE = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
            "code": "active",
        }
    ]
}
UUID_1 = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"
UUID_2 = "urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059"


def patient(number: str | None = "1001", **more: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "resourceType": "Patient",
        "name": [{"use": "official", "family": "Marsh", "given": ["Ada", "Rose"]}],
        "birthDate": "1974-03-09",
        "gender": "female",
    }
    if number is not None:
        kind = {"coding": [{"code": "MR"}]}
        body["identifier"] = [{"type": kind, "system": MRN, "value": number}]
    return body | more


def allergy(to: str = "Patient/p1", **more: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": ACTIVE,
        "code": {"text": "Penicillin"},
        "patient": {"reference": to},
    }
    return body | more


def condition(of: str = "Patient/p1", **more: object) -> dict[str, Any]:
    body: dict[str, Any] = {
        "resourceType": "Condition",
        "code": {"text": "Asthma"},
        "subject": {"reference": of},
    }
    return body | more


def entry(body: dict[str, Any], full_url: str | None = None, **request: str) -> dict[str, Any]:
    asked = {"method": "POST", "url": body["resourceType"]} | request
    made: dict[str, Any] = {"resource": body, "request": asked}
    return made if full_url is None else made | {"fullUrl": full_url}


def bundle(*entries: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def outcomes(*paths: Path, sender: str | None = None) -> list[Outcome]:
    return list(stream(paths, sender=sender))


def taken(*paths: Path, sender: str | None = None) -> list[Taken]:
    """Return what was taken, and see that nothing else came."""
    found = outcomes(*paths, sender=sender)
    assert [one for one in found if not isinstance(one, Taken)] == []
    return [one for one in found if isinstance(one, Taken)]


def refused(*paths: Path, sender: str | None = None) -> list[tuple[str, str]]:
    """Return element and message of all that was refused."""
    found = outcomes(*paths, sender=sender)
    return [
        (problem.element, problem.message)
        for one in found
        if isinstance(one, Refused)
        for problem in one.problems
    ]


def skipped(*paths: Path) -> list[str]:
    """Return the reasons for all that was skipped."""
    return [one.reason for one in outcomes(*paths) if isinstance(one, Skipped)]
