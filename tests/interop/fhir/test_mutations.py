"""Mutations: resources bent in every way; the importer never fails, and never lies about why."""

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.interop.fhir.bodies import (
    UUID_1,
    UUID_2,
    Write,
    allergy,
    bundle,
    condition,
    entry,
    outcomes,
    patient,
)
from ward.interop.fhir.files import Unreadable, parse
from ward.interop.fhir.outcomes import Refused
from ward.interop.fhir.report import Report
from ward.interop.fhir.sameness import fingerprint
from ward.interop.fhir.validate import validate

RICH = bundle(
    entry(
        patient(
            telecom=[{"system": "phone", "value": "555"}],
            address=[{"line": ["1 High St"], "city": "Quincy"}],
            deceasedDateTime="2006-05-08",
            maritalStatus={"coding": [{"system": "http://x.y", "code": "M"}]},
            communication=[{"language": {"text": "Polish"}}],
            contact=[{"name": {"family": "Marsh"}}],
            link=[{"other": {"reference": UUID_2}, "type": "seealso"}],
            managingOrganization={"reference": "Organization/o"},
        ),
        UUID_1,
    ),
    entry(patient("2", multipleBirthInteger=2), UUID_2),
    entry(
        allergy(
            UUID_1,
            category=["food"],
            onsetAge={"value": 5, "code": "a", "system": "http://unitsofmeasure.org"},
            reaction=[{"manifestation": [{"text": "Hives"}], "severity": "mild"}],
            recorder={"reference": "Practitioner?identifier=http://x.y|9"},
            note=[{"text": "x"}],
        )
    ),
    entry(condition(UUID_1, onsetPeriod={"start": "2010"}, category=[{"text": "x"}])),
    entry(
        {
            "resourceType": "Practitioner",
            "identifier": [{"system": "http://x.y", "value": "9"}],
            "name": [{"family": "Hale"}],
            "qualification": [{"code": {"text": "MD"}}],
        }
    ),
    entry({"resourceType": "Organization", "id": "o", "name": "x", "type": [{"text": "x"}]}),
    entry({"resourceType": "Location", "name": "x", "position": {"longitude": 1, "latitude": 2}}),
    entry(
        {
            "resourceType": "PractitionerRole",
            "organization": {"reference": "Organization/o"},
            "period": {"start": "2010"},
        }
    ),
)

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False).map(float),
    st.text(max_size=20),
    st.sampled_from(
        [
            [],
            {},
            [None],
            [[]],
            [{}],
            "",
            " ",
            "2023-02-29",
            "0000-00-00",
            "2010-01-01T25:00:00Z",
            "9999-12-31T23:59:59.999999999999Z",
            "#x",
            "urn:uuid:",
            "?",
            "Patient?identifier=",
            "Patient/",
            "http://",
            "\x00",
            "Patient",
            "Bundle",
            1e308,
            {"resourceType": "Patient"},
            {"resourceType": "Bundle", "type": "batch", "entry": []},
        ]
    ),
)


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    for key in keys:
        yield value, key
        yield from _spots(value[key])


@st.composite
def bent(draw: st.DrawFn) -> dict[str, Any]:
    """Drop, rename, retype or double elements of a rich Bundle, up to four times."""
    body = copy.deepcopy(RICH)
    for _ in range(draw(st.integers(1, 4))):
        spots = list(_spots(body))
        if not spots:
            break
        holder, key = spots[draw(st.integers(0, len(spots) - 1))]
        match draw(st.sampled_from(["drop", "rename", "retype", "wrap", "double"])):
            case "drop":
                del holder[key]
            case "rename" if isinstance(holder, dict):
                holder[draw(st.text(max_size=8))] = holder.pop(key)
            case "wrap":
                holder[key] = [holder[key]]
            case "double" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case _:
                holder[key] = copy.deepcopy(draw(VALUES))
    return body


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
