"""Bundles: each entry comes out on its own, and a bad one does not take the others down."""

from typing import Any

import pytest

from tests.interop.fhir.bodies import (
    MRN,
    UUID_1,
    UUID_2,
    Write,
    allergy,
    bundle,
    entry,
    outcomes,
    patient,
    refused,
    skipped,
    taken,
)


def test_an_entry_is_named_by_its_place(write: Write) -> None:
    path = write("b.json", bundle(entry(patient("1")), entry(patient("2"))))
    places = [one.where.place for one in taken(path)]
    assert places == ["Bundle.entry[0]", "Bundle.entry[1]"]


def test_one_bad_entry_stays_out_and_the_rest_goes_in(write: Write) -> None:
    bad = patient("2", gender="F")
    path = write("b.json", bundle(entry(patient("1")), entry(bad), entry(patient("3"))))
    assert refused(path) == [
        ("Patient.gender", "must be one of: female, male, other, unknown"),
    ]
    assert len(outcomes(path)) == 3


def test_a_bundle_inside_a_bundle_is_not_read(write: Write) -> None:
    inner = bundle(entry(patient()))
    path = write("b.json", bundle(entry(inner)))
    assert refused(path) == [
        ("Bundle.entry[0].resource", "is a Bundle inside a Bundle, which is not read")
    ]


@pytest.mark.parametrize("kind", ["collection", "searchset", "document", "message"])
def test_bundles_of_these_types_are_opened(kind: str, write: Write) -> None:
    path = write("b.json", bundle({"resource": patient()}, kind=kind))
    assert len(taken(path)) == 1


def test_a_history_is_not_imported(write: Write) -> None:
    answered = entry(patient()) | {"response": {"status": "201"}}
    path = write("b.json", bundle(answered, kind="history"))
    assert skipped(path) == ["a Bundle of type history is not imported"]


def test_only_what_is_to_be_recorded_is_imported(write: Write) -> None:
    asked = {"request": {"method": "GET", "url": "Patient/1"}}
    gone = {"request": {"method": "DELETE", "url": "Patient/1"}}
    path = write("b.json", bundle(asked, gone, kind="batch"))
    assert skipped(path) == ["a GET request is not imported", "a DELETE request is not imported"]


def test_an_empty_bundle_is_told(write: Write) -> None:
    assert skipped(write("b.json", {"resourceType": "Bundle", "type": "batch"})) == [
        "the Bundle is empty"
    ]


WHOLE: list[tuple[dict[str, Any], str]] = [
    ({"type": "bogus"}, "Bundle.type"),
    ({"type": None}, "Bundle.type"),
    ({"total": 1}, "Bundle.total"),
    ({"total": "1"}, "Bundle.total"),
    ({"entry": {}}, "Bundle.entry"),
    ({"surprise": 1}, "Bundle.surprise"),
]


@pytest.mark.parametrize(("change", "element"), WHOLE)
def test_a_bundle_that_cannot_be_trusted_stays_out_whole(
    change: dict[str, Any], element: str, write: Write
) -> None:
    path = write("b.json", bundle(entry(patient())) | change)
    elements = [name for name, _ in refused(path)]
    assert elements[0] == element
    assert len(outcomes(path)) == 1


ENTRIES: list[tuple[dict[str, Any], str, str]] = [
    (entry(patient()) | {"search": {"mode": "match"}}, ".search", "bdl-2"),
    ({"resource": patient()}, ".request", "bdl-3"),
    (entry(patient()) | {"response": {"status": "201"}}, ".response", "bdl-4"),
    ({"fullUrl": UUID_1}, ".request", "bdl-3"),
    (entry(patient(), "http://a.example.org/Patient/1/_history/2"), ".fullUrl", "bdl-8"),
]


@pytest.mark.parametrize(("bad", "element", "rule"), ENTRIES)
def test_an_entry_that_breaks_a_rule_of_bundles_stays_out(
    bad: dict[str, Any], element: str, rule: str, write: Write
) -> None:
    path = write("b.json", bundle(bad, entry(patient("2"))))
    name, message = refused(path)[0]
    assert name == f"Bundle.entry[0]{element}"
    assert rule in message
    assert len(outcomes(path)) == 2


def test_a_full_url_used_twice_is_refused(write: Write) -> None:
    path = write("b.json", bundle(entry(patient("1"), UUID_1), entry(patient("2"), UUID_1)))
    assert refused(path) == [("Bundle.entry[1].fullUrl", "is used twice in this Bundle (bdl-7)")]


def test_a_search_says_under_what_a_resource_is_filed(write: Write) -> None:
    search = f"identifier={MRN}|77"
    filed = entry(patient(None), UUID_1, ifNoneExist=search)
    put = entry(patient(None), UUID_2, method="PUT", url=f"Patient?{search}")
    path = write("b.json", bundle(filed, put))
    assert {one.key.name for one in taken(path)} == {f"{MRN}|77"}


def test_a_search_that_is_not_by_identifier_is_refused(write: Write) -> None:
    path = write("b.json", bundle(entry(patient(), ifNoneExist="name=Marsh")))
    assert refused(path) == [
        ("Bundle.entry[0].request.ifNoneExist", "is not of the form identifier=system|value")
    ]


def test_batches_resolve_references_too(write: Write) -> None:
    entries = entry(patient(), UUID_1), entry(allergy(UUID_1))
    one, two = taken(write("b.json", bundle(*entries, kind="batch")))
    assert two.fact.patient == one.key
