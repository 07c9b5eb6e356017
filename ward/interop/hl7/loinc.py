"""LOINC: what an OBX names, and which vital sign that is.

This material contains content from LOINC (loinc.org).
"""

from collections.abc import Iterator
from types import MappingProxyType

from domain.vitals import PARAMETERS, Vital
from ward.interop.hl7.message import Item, Segment

_LOINC = frozenset({"LN", "LOINC"})  # HL7 table 0396, and a common spelling
#: Codes besides those of `domain/data/vitals.csv`, from FHIR R4 core's vital-signs profiles and
#: the notes of that file: saturation has two codings, and a temperature may name its site.
_ALSO = {
    "2708-6": Vital.SPO2,
    "8331-1": Vital.TEMP,  # oral
    "8328-7": Vital.TEMP,  # axillary
    "8332-9": Vital.TEMP,  # rectal
    "8333-7": Vital.TEMP,  # tympanic
}
VITALS = MappingProxyType({one.loinc: one.key for one in PARAMETERS.values()} | _ALSO)
#: Names of groups: pressure, and a whole set. They have no value of their own.
PANELS = frozenset({"85354-9", "85353-1"})


def vital_of(obx: Segment) -> Vital | None:
    """Tell which vital sign an OBX measures, by its code or the alternate one beside it."""
    return next((VITALS[code] for code in _loincs(obx.item(3)) if code in VITALS), None)


def loinc_of(obx: Segment) -> str:
    """Give the LOINC of what was measured, "" when the sender names none."""
    return next(_loincs(obx.item(3)), "")


def names_a_panel(obx: Segment) -> bool:
    """Say whether an OBX names a group of vital signs."""
    return not PANELS.isdisjoint(_loincs(obx.item(3)))


def _loincs(coded: Item) -> Iterator[str]:
    for code, system in ((1, 3), (4, 6)):
        if coded.part(system).upper() in _LOINC:
            yield coded.part(code)
