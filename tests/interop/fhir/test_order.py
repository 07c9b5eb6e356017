"""Order: what is pointed to comes before what points to it."""

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
    refused,
    taken,
)
from ward.interop.fhir.outcomes import Taken


def _organization(name: str, part_of: str | None = None) -> dict[str, object]:
    body: dict[str, object] = {"resourceType": "Organization", "id": name, "name": name}
    return body if part_of is None else body | {"partOf": {"reference": f"Organization/{part_of}"}}


def test_what_points_ahead_waits(write: Write) -> None:
    path = write(
        "o.ndjson",
        [_organization("ward", "house"), _organization("house", "group"), _organization("group")],
    )
    found = taken(path)
    assert [one.fact.name for one in found] == ["group", "house", "ward"]
    assert found[2].fact.part_of == found[1].key
    assert found[1].fact.part_of == found[0].key


def test_a_circle_is_broken_and_told(write: Write) -> None:
    found = taken(write("o.ndjson", [_organization("a", "b"), _organization("b", "a")]))
    assert sorted(one.fact.name for one in found) == ["a", "b"]
    assert sum(one.left == ("Organization.partOf",) for one in found) == 1
    [own] = taken(write("self.json", _organization("c", "c")))
    assert own.fact.part_of is None


def test_without_its_patient_an_allergy_stays_out(write: Write) -> None:
    bad = entry(patient(gender="F"), UUID_1)
    path = write("b.json", bundle(bad, entry(allergy(UUID_1)), entry(condition(UUID_1))))
    why = "points to a Patient that was refused or waits for this one"
    assert refused(path)[1:] == [
        ("AllergyIntolerance.patient.reference", why),
        ("Condition.subject.reference", why),
    ]


def test_without_its_recorder_an_allergy_goes_in(write: Write) -> None:
    bad = entry({"resourceType": "Practitioner", "gender": "F"}, UUID_2)
    warning = allergy(UUID_1, recorder={"reference": UUID_2})
    path = write("b.json", bundle(entry(warning), bad, entry(patient(), UUID_1)))
    found = [one for one in outcomes(path) if isinstance(one, Taken)]
    assert [one.kind for one in found] == ["Patient", "AllergyIntolerance"]
    assert found[1].left == ("AllergyIntolerance.recorder",)


def test_patients_that_point_to_each_other_do_not_wait(write: Write) -> None:
    def linked(number: str, other: str, kind: str) -> dict[str, object]:
        return patient(number, link=[{"other": {"reference": other}, "type": kind}])

    one = entry(linked("1", UUID_2, "replaced-by"), UUID_1)
    two = entry(linked("2", UUID_1, "replaces"), UUID_2)
    old, new = taken(write("b.json", bundle(one, two)))
    assert old.fact.links[0].other == new.key
    assert new.fact.links[0].other == old.key


def test_a_replaced_record_whose_successor_is_unknown_stays_out(write: Write) -> None:
    link = {"other": {"reference": "Patient/gone"}, "type": "replaced-by"}
    assert refused(write("p.json", patient(link=[link]))) == [
        ("Patient.link[0].other.reference", "points to a Patient that cannot be found")
    ]
