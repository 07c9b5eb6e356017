"""Bending: a rich Bundle of every type that is imported, and ways to spoil it."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck
from hypothesis import strategies as st

from tests.interop.fhir.bodies import UUID_1, UUID_2, allergy, bundle, condition, entry, patient

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
