"""Display: how staff read names, ages, dates and times; one function for each.

The formats are those of the user interface design, for staff, whatever the locale; labels and
missing words are English source strings for translation.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from math import ceil

UNKNOWN = "Unknown"
NOT_RECORDED = "Not recorded"
NONE_KNOWN = "None known"

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def name(family: str | None, given: str | None = None, title: str | None = None) -> str:
    """Write a name as on a wristband: SMITH, Joan (Mrs)."""
    family, given = (family or "").strip(), (given or "").strip()
    if not family:
        return given or UNKNOWN
    whole = f"{family.upper()}, {given}" if given else family.upper()
    return f"{whole} ({title.strip()})" if title and title.strip() else whole


def initials(family: str | None, given: str | None = None) -> str:
    """Write what a wall may show of a name: J.S."""
    letters = [
        next((letter for letter in part or "" if letter.isalpha()), "") for part in (given, family)
    ]
    return "".join(f"{letter.upper()}." for letter in letters if letter) or UNKNOWN


def preferred(called: str | None) -> str:
    """Write the line below a name; nothing when there is no preferred name."""
    return f"Preferred name {called.strip()}" if called and called.strip() else ""


def age(born: date | datetime, at: datetime) -> str:
    """Write an age in the units its length asks for: 90min, 26hrs, 27d, 4w 1d, 7y 3m, 81y.

    `at` is in the zone of the hospital. A birth known by its day alone counts days, not hours.
    """
    if isinstance(born, datetime):
        lived = _utc(at) - _utc(born)
        if lived < timedelta(0):
            return UNKNOWN
        if lived < timedelta(hours=2):
            return f"{lived // timedelta(minutes=1)}min"
        if lived < timedelta(days=2):
            return f"{lived // timedelta(hours=1)}hrs"
        born = born.astimezone(at.tzinfo).date()
    return UNKNOWN if born > at.date() else _age_in_days(born, at.date())


def _age_in_days(born: date, today: date) -> str:
    days = (today - born).days
    months, rest = _months(born, today)
    years = months // 12
    if days < 28:
        return f"{days}d"
    if years < 1:
        return _units((days // 7, "w"), (days % 7, "d"))
    if years < 2:
        return _units((months, "m"), (rest, "d"))
    if years < 18:
        return _units((years, "y"), (months % 12, "m"))
    return f"{years}y"


def _months(born: date, today: date) -> tuple[int, int]:
    """Count whole months and the days over; a month ends on its last day where it is short."""
    months = (today.year - born.year) * 12 + today.month - born.month
    if _month_after(born, months) > today:
        months -= 1
    return months, (today - _month_after(born, months)).days


def _month_after(born: date, months: int) -> date:
    year, month = divmod(born.year * 12 + born.month - 1 + months, 12)
    for day in range(born.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(born.day, 28))


def birth(on: date | datetime | None, at: datetime) -> str:
    """Write birth date and age: Born 14-Jul-1945 (81y)."""
    if on is None:
        return f"Born {NOT_RECORDED}"
    day = on.astimezone(at.tzinfo).date() if isinstance(on, datetime) else on
    return f"Born {day_of(day)} ({age(on, at)})"


def died(on: datetime, born: date | datetime | None) -> str:
    """Write a death: Died 02-Nov-2026  Age at Death 81y."""
    at_death = age(born, on) if born else UNKNOWN
    return f"Died {day_of(on.date())}  Age at Death {at_death}"


def day_of(day: date, *, weekday: bool = False) -> str:
    """Write a day: 05-Jan-2026, or Tue 05-Jan-2026."""
    text = f"{day.day:02}-{_MONTHS[day.month - 1]}-{day.year:04}"
    return f"{_DAYS[day.weekday()]} {text}" if weekday else text


def time_of(at: datetime, zone: tzinfo) -> str:
    """Write a time: 08:04; in the hour that comes twice with its zone: 01:30 BST."""
    local = at.astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M} {local.tzname()}" if twice else f"{local:%H:%M}"


def instant(at: datetime, zone: tzinfo) -> str:
    """Write an instant: 05-Jan-2026 08:04."""
    return f"{day_of(at.astimezone(zone).date())} {time_of(at, zone)}"


def duration(long: timedelta, *, approximate: bool = False) -> str:
    """Write a duration in its two largest units, without zero ones: 2h 5min, 3d, Approx 2h."""
    seconds = max(0, round(long.total_seconds()))
    if approximate:
        return f"Approx {_rounded(seconds)}"
    if seconds < 60:
        return f"{seconds}s"
    minutes = seconds // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return _units((days, "d"), (hours, "h"))
    return _units((hours, "h"), (minutes % 60, "min"))


def wait(long: timedelta) -> str:
    """Write what is left of a wait, never less than that: 5h 59min 10s reads 6h.

    Of what a duration may write (ui.md section 5: whole numbers) the next one up.
    """
    seconds = max(0, ceil(long.total_seconds()))
    last = 1 if seconds <= 59 else 60 if seconds <= 86_400 else 3_600
    return duration(timedelta(seconds=ceil(seconds / last) * last))


def minute_after(at: datetime) -> datetime:
    """Move an instant up to a whole minute: who reads its time and waits for it waits enough."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)


def _rounded(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{(seconds + size // 2) // size}{unit}"
    return f"{seconds}s"


def missing(text: str | None) -> str:
    """Write a value, or say that nobody recorded it; never a blank nobody can explain."""
    return text.strip() if text and text.strip() else NOT_RECORDED


def _units(*parts: tuple[int, str]) -> str:
    return " ".join(f"{count}{unit}" for count, unit in parts if count)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
