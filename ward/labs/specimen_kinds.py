"""Specimen kinds: what must be taken for which tests, in words for a label and a worklist."""

from collections.abc import Collection, Iterable
from types import MappingProxyType

from domain.analytes import ANALYTES, PANELS, Analyte, Panel
from ward.labs.details import LabOrder


def kinds_of_tests(keys: Iterable[str]) -> frozenset[str]:
    """List what must be taken for these tests."""
    return frozenset(ANALYTES[key].specimen for key in keys if key in ANALYTES)


def kinds_of(order: LabOrder) -> tuple[str, ...]:
    """List what must be taken for an order, one specimen each."""
    return tuple(sorted({analyte.specimen for analyte in tests_of(order)}))


def tests_of(order: LabOrder) -> tuple[Analyte, ...]:
    """List all tests of an order once: the members of its panels, then the single ones."""
    panels = [member.key for key in order.panels for member in PANELS[key].members]
    return tuple(ANALYTES[key] for key in dict.fromkeys([*panels, *order.tests]))


def word(kind: str) -> str:
    """Name a specimen."""
    return _WORDS.get(kind, kind)


#: LOINC's systems, as far as data/labs.csv has them, in words (loinc.org, table "System").
_WORDS = MappingProxyType(
    {
        "Ser/Plas": "Serum or plasma",
        "Bld": "Whole blood",
        "BldA": "Arterial blood",
        "PPP": "Citrated plasma",
        "Plas": "Plasma",
        "Ur": "Urine",
    }
)


def panel_name(panel: Panel) -> str:
    """Name a panel without the remarks of the table."""
    return panel.name.partition(" (")[0]


def titles_of(order: LabOrder) -> tuple[str, ...]:
    """Name what an order asks for: its panels, then single tests."""
    panels = [panel_name(PANELS[key]) for key in order.panels]
    return (*panels, *(ANALYTES[key].name for key in order.tests))


def unanswered(order: LabOrder, keys: Collection[str]) -> bool:
    """Tell whether a panel or test of an order has no answer yet among these tests."""
    asked = [{one.key for one in PANELS[key].members} for key in order.panels]
    asked += [{key} for key in order.tests]
    return any(one.isdisjoint(keys) for one in asked)
