"""Offers: what a form may offer for a medicine: its units, routes, rhythms and circumstances."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.formulary import Drug, Route, Unit
from domain.frequencies import FREQUENCIES, Code
from domain.prescribing import Circumstance
from ward.medications.ordering_fields import YES, Typed
from ward.medications.settings import WardSettings
from ward.medications.words import DAYS

#: A medicine that is counted by its rate: what is in its bag is a mass, or units.
_IN_A_BAG: Mapping[Unit, tuple[Unit, ...]] = MappingProxyType(
    {
        Unit.MICROGRAM_MIN: (Unit.MG, Unit.MICROGRAM),
        Unit.MICROGRAM_KG_MIN: (Unit.MG, Unit.MICROGRAM),
        Unit.UNITS_MIN: (Unit.UNITS,),
    }
)
_RATES = (
    *("mL/h", "mg/h", "mg/min", "mg/kg/h", "microgram/h", "microgram/min"),
    *("microgram/kg/min", "microgram/kg/h", "g/h", "units/h", "units/min", "units/kg/h", "mmol/h"),
)
_WORDS = {"h": "hour", "min": "min", "kg": "kg"}


def units_of(drug: Drug) -> tuple[Unit, ...]:
    """List the units a dose of the medicine is ordered in, the usual one first."""
    listed = [one for unit in drug.units for one in _IN_A_BAG.get(unit, (unit,))]
    return tuple(dict.fromkeys(listed)) or tuple(unit for unit in Unit if unit not in _IN_A_BAG)


def routes_of(drug: Drug) -> tuple[Route, ...]:
    """List the routes of the medicine, the usual one first; of one not listed, all."""
    return drug.routes or tuple(Route)


def rates_of(drug: Drug) -> list[tuple[str, str]]:
    """List the units of a rate that can be worked out from what is in the bag."""
    masses = {Unit.MG, Unit.MICROGRAM, Unit.G}
    held = set(units_of(drug))
    held |= masses if held & masses else set()
    usual = [unit.value for unit in drug.units if unit in _IN_A_BAG]
    fits = [code for code in _RATES if code.split("/")[0] in {"mL", *held}]
    return [(code, rate_words(code)) for code in dict.fromkeys([*usual, *fits])]


def rate_words(code: str) -> str:
    """Write the unit of a rate without the stroke that is read as a 1."""
    first, *per = code.split("/")
    return " per ".join([first, *(_WORDS[one] for one in per)])


def frequencies_of(drug: Drug, typed: Typed, settings: WardSettings) -> list[tuple[Code, str]]:
    """List how often the medicine may be ordered, in words; a weekly one weekly first.

    Methotrexate is weekly, on a named day; anything else only once it is said to be for cancer
    (display rules of the formulary).
    """
    codes = list(FREQUENCIES)
    if "methotrexate" in drug.called and not typed.yes(f"is_{Circumstance.ONCOLOGY.value}"):
        codes = [Code.WK]
    elif drug.weekly:
        codes.sort(key=lambda code: code is not Code.WK)
    return [(code, frequency_words(code, settings)) for code in codes]


def frequency_words(code: Code, settings: WardSettings) -> str:
    """Say how often, and at which times on this ward."""
    frequency = settings.frequency(code)
    times = " ".join(f"{at:%H:%M}" for at in frequency.times)
    return f"{frequency.words} ({times})" if times else frequency.words


def circumstances_of(drug: Drug) -> list[tuple[Circumstance, str]]:
    """List what may be documented about an order of this medicine, because a rule asks for it."""
    found = []
    if "methotrexate" in drug.called:
        found.append((Circumstance.ONCOLOGY, "For cancer, by an oncology protocol"))
    if drug.high_alert_category == "insulin":
        found.append((Circumstance.PUMP, "By an insulin pump"))
    if drug.classes & _SWITCHED:
        found.append((Circumstance.SWITCHING, "Switching anticoagulants by a protocol"))
    if "heparin" in drug.generic:
        found.append((Circumstance.LINE_FLUSH, "Low dose, to keep a line open"))
    if "obstetric use" in drug.pregnancy:
        found.append((Circumstance.OBSTETRIC, "Obstetric use"))
    return found


_SWITCHED = frozenset({"anticoagulant", "LMWH", "vitamin K antagonist", "DOAC"})
WEEKDAYS = [(str(at), day) for at, day in enumerate(DAYS)]


def begun(drug: Drug) -> Typed:
    """Begin a line: filled in is only what the medicine leaves no choice about."""
    units, routes = units_of(drug), routes_of(drug)
    infused = bool(set(drug.units) & set(_IN_A_BAG))
    only = {
        "generic": drug.generic,
        "unit": units[0].value if drug.units else "",
        "route": routes[0].value if len(routes) == 1 else "",
        "frequency": _rhythm(drug, infused=infused),
        "infusion": YES if infused else "",
    }
    return Typed({name: text for name, text in only.items() if text})


def _rhythm(drug: Drug, *, infused: bool) -> str:
    if drug.weekly:
        return Code.WK.value
    return Code.ONCE.value if infused else ""
