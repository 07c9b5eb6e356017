"""Receivers: who is told what, as the settings say it; what cannot be meant is refused at once."""

import pytest

from ward.config import SettingsError, read
from ward.interop.hl7.outbound.receivers import Kind, receivers

MOVES, UPDATES, PERSONS, DOSES, ORDERS = Kind


def listed(text: str) -> dict[str, set[Kind]]:
    settings = read({"WARD_ENV": "test", "WARD_HL7_RECEIVERS": text})
    return {one.name: set(one.kinds) for one in receivers(settings)}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", {}),
        ("pharmacy=10.0.0.7:2576", {"pharmacy": {DOSES}}),
        ("laboratory=lab.example:2576", {"laboratory": {ORDERS}}),
        ("pas=[::1]:2576", {"pas": {MOVES, UPDATES}}),
        ("pharmacy=h:1/RAS+ADT", {"pharmacy": {DOSES, MOVES}}),
        ("bed_system=h:1/ADT,pas=h:2/A08", {"bed_system": {MOVES}, "pas": {UPDATES}}),
        ("mpi=h:1/ADT+A08+A28", {"mpi": {MOVES, UPDATES, PERSONS}}),
        ("pas=h:1, pharmacy=h:2", {"pas": {MOVES, UPDATES}, "pharmacy": {DOSES}}),
    ],
)
def test_each_is_told_what_is_said_or_what_is_usual(text: str, meant: dict) -> None:
    assert listed(text) == meant


@pytest.mark.parametrize("text", ["beds=h:1", "pas=h", "pas=h:1/XYZ", "pas=h:1/", "Pas=h:1/ADT"])
def test_what_nobody_can_mean_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match="WARD_HL7_RECEIVERS"):
        listed(text)


def test_host_and_port_are_read_beside_the_kinds() -> None:
    settings = read({"WARD_ENV": "test", "WARD_HL7_RECEIVERS": "pas=[fd00::7]:2576/ADT,x=h:9/OML"})
    pas, other = receivers(settings)
    assert (pas.host, pas.port, pas.application) == ("fd00::7", 2576, "PAS")
    assert (pas.address, other.address, other.name) == ("[fd00::7]:2576", "h:9", "x")


def test_who_said_something_is_known_by_its_name_in_any_case() -> None:
    settings = read({"WARD_ENV": "test", "WARD_HL7_RECEIVERS": "pas=h:1"})
    (pas,) = receivers(settings)
    assert pas.sent("hl7:PAS")
    assert pas.sent("hl7:Pas")
    assert not pas.sent("hl7:PAS2")
    assert not pas.sent("nurse")
