"""Tables: routes and units as HL7 v2 names them, both ways; nothing is guessed.

Routes: table 0162 (code system v2-0162 of terminology.hl7.org). Units: UCUM where it has one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from domain.formulary import Route, Unit

_R, _U = Route, Unit
_0162: Mapping[Route, tuple[str, str]] = MappingProxyType(
    {
        _R.ORAL: ("PO", "Oral"),
        _R.INTRAVENOUS: ("IV", "Intravenous"),
        _R.INTRAMUSCULAR: ("IM", "Intramuscular"),
        _R.SUBCUTANEOUS: ("SC", "Subcutaneous"),
        _R.RECTAL: ("PR", "Rectal"),
        _R.VAGINAL: ("VG", "Vaginal"),
        _R.SUBLINGUAL: ("SL", "Sublingual"),
        _R.TRANSDERMAL: ("TD", "Transdermal"),
        _R.BUCCAL: ("B", "Buccal"),
        _R.INTRANASAL: ("IN", "Intranasal"),
        _R.INHALED: ("IH", "Inhalation"),
        _R.EPIDURAL: ("EP", "Epidural"),
        _R.INTRATHECAL: ("IT", "Intrathecal"),
    }
)
"""Nebulised and local infiltration have no code there; they are sent in our own words."""

_UCUM: Mapping[Unit, str] = MappingProxyType(
    {_U.MICROGRAM: "ug", _U.MG: "mg", _U.G: "g", _U.ML: "mL", _U.MMOL: "mmol"}
)
"""Units of activity and sachets are sent in our own words: UCUM has several kinds of units."""

_ROUTES_IN = {code.casefold(): route for route, (code, _) in _0162.items()} | {
    route.word.casefold(): route for route in Route
}
_UNITS_IN = {
    **{unit.value.casefold(): unit for unit in Unit},
    **{code.casefold(): unit for unit, code in _UCUM.items()},
    "micrograms": _U.MICROGRAM,
    "unit": _U.UNITS,
    "[iu]": _U.UNITS,
    "sachets": _U.SACHET,
}

Coded = tuple[str, str, str]


def route_out(route: Route) -> Coded:
    """Write a route as RXR-1 does."""
    if route in _0162:
        return (*_0162[route], "HL70162")
    return (route.value, route.word, "L")


def unit_out(unit: Unit) -> Coded:
    """Write a unit as RXA-7 does."""
    if unit in _UCUM:
        return (_UCUM[unit], "", "UCUM")
    return (unit.value, "", "L")


def route_in(code: str, words: str = "") -> Route | None:
    """Read a route by its code, or else by its words."""
    return _ROUTES_IN.get(code.strip().casefold()) or _ROUTES_IN.get(words.strip().casefold())


def unit_in(code: str, words: str = "") -> Unit | None:
    """Read a unit by its code, or else by its words."""
    return _UNITS_IN.get(code.strip().casefold()) or _UNITS_IN.get(words.strip().casefold())
