"""Zones: by which clock a patient lives, as far as their address tells."""

import zoneinfo
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from ward.patients.person import Person


def zone_of(person: Person, place: ZoneInfo) -> ZoneInfo:
    """Give the patient's zone: of the country they live in where it has one, else the place's.

    A country with several zones says nothing; most patients live near the place they come to.
    """
    homes = [one for one in person.addresses if one.country and one.use in {"home", ""}]
    zones = _countries().get(homes[0].country.strip().upper(), ()) if homes else ()
    return ZoneInfo(zones[0]) if len(zones) == 1 else place


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """Read the zones of each country, by its code (ISO 3166) and its English name."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _table("zone.tab"):
        code, _, zone, *_ = line.split("\t")
        found[code] = (*found.get(code, ()), zone.strip())
    for line in _table("iso3166.tab"):
        code, _, name = line.partition("\t")
        if code in found:
            found[name.strip().upper()] = found[code]
    return found


def _table(name: str) -> list[str]:
    """Read a table of the time zone database, of the system or of the package that brings it."""
    for folder in zoneinfo.TZPATH:
        if (path := Path(folder) / name).is_file():
            text = path.read_text("utf-8")
            break
    else:
        try:
            text = (resources.files("tzdata") / "zoneinfo" / name).read_text("utf-8")
        except (ModuleNotFoundError, OSError):
            return []
    return [line for line in text.splitlines() if line and not line.startswith("#")]
