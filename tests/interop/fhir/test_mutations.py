"""Mutations: resources bent in every way; the importer never fails, and never lies about why."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.interop.fhir.bending import SLOW, bent
from tests.interop.fhir.bodies import UUID_1, Write, condition, outcomes
from ward.interop.fhir.files import Unreadable, parse
from ward.interop.fhir.outcomes import Refused
from ward.interop.fhir.report import Report
from ward.interop.fhir.sameness import fingerprint
from ward.interop.fhir.validate import validate


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(body=bent())
def test_a_bent_bundle_never_fails_and_every_refusal_names_an_element(
    body: dict[str, Any], write: Write
) -> None:
    report = Report()
    found = outcomes(write("bent.json", body))
    assert found
    for one in found:
        report.note(one)
        if isinstance(one, Refused):
            assert all(problem.element and problem.message for problem in one.problems)
        elif hasattr(one, "fact"):
            fingerprint(one.fact)
    json.dumps(report.as_json()).encode()


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["resourceType", "type", "entry", "resource", "name", "id", "subject"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    kind=st.sampled_from(["Patient", "Bundle", "Observation", "Parameters", "AllergyIntolerance"]),
)
def test_any_json_is_answered(body: object, kind: str, write: Write) -> None:
    if isinstance(body, dict):
        body.setdefault("resourceType", kind)
    assert outcomes(write("any.json", json.dumps(body).encode()))


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8")))
def test_any_bytes_are_an_object_or_unreadable(data: bytes) -> None:
    try:
        assert isinstance(parse(data), dict)
    except Unreadable as error:
        assert str(error).startswith(("is ", "could "))  # noqa: PT017


@settings(max_examples=200, deadline=None)
@given(digits=st.from_regex(r"-?[1-9][0-9]{0,6}\.[0-9]{1,9}([eE][+-]?[0-9]{1,4})?", fullmatch=True))
def test_no_decimal_loses_a_digit(digits: str) -> None:
    value = parse(f'{{"value": {digits}}}'.encode())["value"]
    assert isinstance(value, Decimal)
    assert value.as_tuple() == Decimal(digits).as_tuple()


@settings(max_examples=100, deadline=None)
@given(value=st.decimals(allow_nan=False, allow_infinity=False) | st.integers())
def test_any_number_in_a_quantity_is_judged(value: Decimal | int) -> None:
    age = {"value": value, "system": "http://unitsofmeasure.org", "code": "a"}
    assert validate(condition(UUID_1, onsetAge=age)) == ()
