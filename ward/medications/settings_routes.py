"""Ward settings: the page on which a pharmacist sets a ward's times, windows and second checks."""

from collections.abc import Mapping
from datetime import time
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from domain import second_checks
from domain.access import D0, D4, Permission
from domain.errors import NotAllowed
from domain.formulary import FORMULARY, named
from domain.frequencies import FREQUENCIES, Code
from domain.second_checks import SecondCheck
from ward.beds import queries as beds
from ward.errors import Invalid
from ward.medications import settings
from ward.medications.ordering_fields import Reading, Typed
from ward.medications.settings import PharmacyHours, WardSettings, Widths
from ward.medications.words import DAYS
from ward.web import field, get, go, page, post
from ward.work import Work, work_of

SEE, SET = Permission.VIEW_FORMULARY, Permission.SET_FORMULARY
LONGEST_LIST = 6000
CLOCKED = [code for code, one in FREQUENCIES.items() if one.kind.by_clock]
#: Half widths of the guideline in minutes, widest first, and what each is for.
WIDTHS = (
    ("daily_or_less", "Once daily or less often"),
    ("several_daily", "Several times daily"),
    ("time_critical", "Time-critical, or more often than every 4 hours"),
    ("once", "A single dose, and a first one"),
)


async def ward_medicines(request: Request) -> Response:
    """Show what holds on a ward; whoever may set it finds the form filled in."""
    async with work_of(request) as work:
        ward = await beds.board_head(work, request.path_params["ward_id"])
        found = await settings.settings_of(work, ward.id)
        seen = await settings.version_of(work, ward.id) if work.may(SET) else None
        drawn = _drawn(found)
        return page(
            request,
            "medications/settings.html",
            place=ward.label,
            ward=ward,
            version=seen,
            **drawn,
        )


async def set_ward_medicines(request: Request) -> Response:
    """Have other times, windows and second checks hold from now on."""
    form, seen = await request.form(), await field(request, "version", int)
    ward_id: UUID = request.path_params["ward_id"]
    async with work_of(request) as work:
        await _set(work, ward_id, form, seen)
        return go(request, f"/wards/{ward_id}/medicines")


async def _set(work: Work, ward_id: UUID, form: FormData, seen: int) -> None:
    await beds.board_head(work, ward_id)
    made = _read(form)
    await settings.put_settings(work, ward_id, made, seen=seen)


def _read(form: FormData) -> WardSettings:
    """Read the form; every refusal of the rules stands at its field."""
    typed = Typed({name: str(value).strip() for name, value in form.items() if value})
    reading = Reading(typed)
    times = _times(reading)
    widths = {name: reading.whole(name, label, needed=True) for name, label in WIDTHS}
    hours = _hours(reading)
    controlled = _named(reading, "controlled", needed=False)
    critical = _named(reading, "critical", needed=False)
    wrong = {**reading.missing, **reading.wrong}
    if wrong or hours is None:
        raise Invalid(wrong)
    given = {name: minutes for name, minutes in widths.items() if minutes is not None}
    try:
        made = Widths(**given)
        _ = made.tolerances
    except NotAllowed as refused:
        raise Invalid({_widest(given): refused.sentence}) from None
    return WardSettings(
        times=times,
        widths=made,
        second_checks=tuple(one for one in SecondCheck if typed.yes(f"second_{one.value}")),
        controlled=controlled,
        critical=critical,
        pharmacy=hours,
    )


def _widest(given: Mapping[str, int]) -> str:
    """Name the first window that is looser than the guideline, or has no width."""
    known = Widths()
    return next((name for name, minutes in given.items() if minutes > getattr(known, name)), "once")


def _times(reading: Reading) -> dict[Code, tuple[time, ...]]:
    """Read the times of each frequency; those left empty are those of the house."""
    found = {}
    for code in CLOCKED:
        name = f"times_{code.value}"
        if not reading.typed[name]:
            continue
        own = reading.times(name)
        try:
            if own:
                FREQUENCIES[code].at(*own)
                found[code] = tuple(sorted(own))
        except NotAllowed as refused:
            reading.wrong[name] = refused.sentence
    return found


def _hours(reading: Reading) -> PharmacyHours | None:
    opens, closes = reading.times("opens"), reading.times("closes")
    days = tuple(at for at in range(7) if reading.typed.yes(f"day_{at}"))
    if not opens or not closes:
        reading.missing.setdefault("opens", "Give the times the pharmacy opens and closes.")
        return None
    try:
        return PharmacyHours(opens[0], closes[0], days)
    except NotAllowed as refused:
        reading.wrong["closes"] = refused.sentence
        return None


def _named(reading: Reading, name: str, *, needed: bool) -> tuple[str, ...]:
    """Read names of medicines, one a line; each must be in the formulary."""
    lines = [line.strip() for line in reading.typed[name][:LONGEST_LIST].splitlines()]
    found = {line: named(line) for line in lines if line}
    strange = [line for line, drug in found.items() if drug is None]
    if strange:
        reading.wrong[name] = f"The formulary has no {', '.join(strange)}."
    if needed and not found:
        reading.missing[name] = "Name at least one medicine."
    return tuple(sorted(drug.generic for drug in found.values() if drug))


def _drawn(found: WardSettings) -> dict[str, Any]:
    usual = Widths()
    return {
        "times": [
            (code.value, FREQUENCIES[code].words, _clock(FREQUENCIES[code].times),
             _clock(found.times.get(code, ())))
            for code in CLOCKED
        ],
        "widths": [
            (name, label, getattr(found.widths, name), getattr(usual, name))
            for name, label in WIDTHS
        ],
        "opens": f"{found.pharmacy.opens:%H:%M}",
        "closes": f"{found.pharmacy.closes:%H:%M}",
        "days": [(at, day, at in found.pharmacy.weekdays) for at, day in enumerate(DAYS)],
        "seconds": [(one.value, one.word, one in found.second_checks) for one in SecondCheck],
        "controlled": "\n".join(found.controlled),
        "critical": "\n".join(found.critical),
        "marked": sorted(one.generic for one in FORMULARY.values() if _always(found, one.generic)),
        "usual_controlled": len(second_checks.CONTROLLED),
    }  # fmt: skip


def _always(found: WardSettings, generic: str) -> bool:
    return found.timing(FORMULARY[generic]) == "time-critical"


def _clock(times: tuple[time, ...]) -> str:
    return " ".join(f"{at:%H:%M}" for at in times)


routes = [
    get("/wards/{ward_id:uuid}/medicines", ward_medicines, SEE, shows={D0}),
    post("/wards/{ward_id:uuid}/medicines", set_ward_medicines, SET, shows={D0, D4}),
]
