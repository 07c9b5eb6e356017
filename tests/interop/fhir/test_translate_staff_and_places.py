"""Staff and places: practitioners, what they do, organizations and locations."""

from decimal import Decimal

from tests.interop.fhir.bodies import UUID_1, Write, bundle, entry, refused, taken
from ward.interop.fhir.facts import Engagement, Organization, Place, Practitioner

NPI = "http://hl7.org/fhir/sid/us-npi"
DOCTOR = {
    "resourceType": "Practitioner",
    "id": "joan",
    "identifier": [{"system": NPI, "value": "9"}],
    "name": [{"family": "Hale", "given": ["Joan"], "prefix": ["Dr."]}],
    "qualification": [{"code": {"text": "MD"}, "identifier": [{"value": "L1"}]}],
}
HOUSE = {
    "resourceType": "Organization",
    "id": "house",
    "name": "St Mary",
    "alias": ["The Mary"],
    "type": [{"text": "Healthcare Provider"}],
    "telecom": [{"system": "phone", "value": "555-0100"}],
}
WARD = {
    "resourceType": "Location",
    "id": "6e",
    "name": "Six East",
    "status": "active",
    "physicalType": {"coding": [{"code": "wa"}]},
    "operationalStatus": {
        "system": "http://terminology.hl7.org/CodeSystem/v2-0116",
        "code": "O",
    },
    "managingOrganization": {"reference": "Organization/house"},
}
ROLE = {
    "resourceType": "PractitionerRole",
    "practitioner": {"reference": "Practitioner/joan"},
    "organization": {"reference": "Organization/house"},
    "location": [{"reference": "Location/6e"}, {"reference": "Location/gone"}],
    "code": [{"text": "doctor"}],
    "period": {"start": "2020-01-01"},
}


def test_all_four_and_how_they_hang_together(write: Write) -> None:
    path = write("b.json", bundle(*map(entry, (ROLE, WARD, DOCTOR, HOUSE))))
    found = {one.kind: one for one in taken(path)}
    doctor, house = found["Practitioner"].fact, found["Organization"].fact
    ward, role = found["Location"].fact, found["PractitionerRole"]
    assert isinstance(doctor, Practitioner)
    assert doctor.name.prefix == ("Dr.",)
    assert doctor.qualifications[0].identifiers[0].value == "L1"
    assert isinstance(house, Organization)
    assert house.aliases == ("The Mary",)
    assert house.contacts[0].value == "555-0100"
    assert isinstance(ward, Place)
    assert ward.keeper == found["Organization"].key
    assert (ward.bed_status.code, ward.physical_kind.words) == ("O", "wa")
    assert isinstance(role.fact, Engagement)
    assert role.fact.practitioner == found["Practitioner"].key
    assert role.fact.organization == found["Organization"].key
    assert role.fact.locations == (found["Location"].key,)
    assert role.fact.start.written == "2020-01-01"
    assert role.left == ("PractitionerRole.location",)


def test_a_position_keeps_its_digits(write: Write) -> None:
    body = b'{"resourceType": "Location", "position": {"longitude": -71.10, "latitude": 42}}'
    [one] = taken(write("l.json", body))
    assert (str(one.fact.longitude), one.fact.latitude) == ("-71.10", Decimal(42))


def test_a_role_of_nobody_for_nobody_is_refused(write: Write) -> None:
    body = ROLE | {"organization": None}
    assert refused(write("r.json", body)) == [
        (
            "PractitionerRole.practitioner",
            "is required: neither it nor an organization can be found",
        )
    ]
    [one] = taken(
        write("r.json", body | {"practitioner": {"reference": f"Practitioner/{UUID_1[9:]}"}})
    )
    assert one.fact.practitioner.name == UUID_1
