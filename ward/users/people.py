"""People: what an administrator does with those who sign in, besides giving roles."""

import csv
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from domain.access import Permission, Role
from ward.errors import Invalid, WardError
from ward.security.models import User
from ward.security.sessions import new_token
from ward.users import factors, service
from ward.users.events import RightsChanged
from ward.users.queries import Place, places
from ward.work import Work

ROLES = [role for role in Role if role not in {Role.PATIENT, Role.WALL}]
COLUMNS = ("username", "name", "role", "branch", "ward", "from", "until")
MOST = 100  # lines of one file: each new person's password is hashed, 0.1 s
_MANAGE = Permission.MANAGE_USERS


async def find(work: Work, user_id: UUID) -> tuple[User, str]:
    """Find somebody who signs in, with their name."""
    user = await work.access(User, user_id, _MANAGE)
    return user, (await work.open([user], User.name))[user.id]


async def give(
    work: Work, user_id: UUID, role: Role, place: str, days: tuple[date | None, date | None]
) -> None:
    """Give a person a role at a place, from the first of these days to the last."""
    known = {one.key: one for one in await places(work)}
    if place not in known:
        raise Invalid({"place": "Choose where the role holds."})
    user = await work.access(User, user_id, _MANAGE, lock="share")
    await _grant(work, user, role, known[place], days)


async def _grant(
    work: Work, user: User, role: Role, at: Place, days: tuple[date | None, date | None]
) -> None:
    if role not in ROLES:
        raise Invalid({"role": "This is no role of a person who works here."})
    begins, ends = days
    since = _midnight(begins, at.zone) if begins else None
    until = _midnight(ends + timedelta(days=1), at.zone) if ends else None
    await service.grant(
        work, user, role, at.branch_id, ward_id=at.ward_id, since=since, until=until
    )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


async def reset_factors(work: Work, user_id: UUID) -> None:
    """Forget a person's second factors and end their sessions: they set up others."""
    if user_id == work.actor.id:
        raise Invalid({"user": "Nobody forgets their own factors; ask another administrator."})
    user = await work.access(User, user_id, _MANAGE, lock=True)
    await factors.take_away(work, user.id)
    await service.end_sessions(work, user_id)
    work.record(RightsChanged(user_id))


# -- many at once ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a staff file: what it says, and what is wrong with it or will be done."""

    number: int
    said: dict[str, str]
    problem: str | None
    known: bool = False  # the person is there; they get one role more
    password: str | None = None  # given once, to hand over


async def read_staff(work: Work, text: str, *, do: bool) -> list[Line]:
    """Read a staff file line by line; with `do`, enter all of it, or nothing where a line is wrong.

    Without, say what would happen. A person who is known gets the role; twice is once.
    """
    rows = _rows(text)
    at = {one.label.casefold(): one for one in await places(work)}
    lines = [await _line(work, number, row, at, do=do) for number, row in rows]
    if do and (wrong := [line for line in lines if line.problem]):
        raise Invalid({"text": f"Line {wrong[0].number}: {wrong[0].problem} Nothing was entered."})
    return lines


def _rows(text: str) -> Sequence[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(StringIO(text.lstrip("\ufeff").strip()), skipinitialspace=True)
    named = [str(name).strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in COLUMNS[:4] if name not in named]
    if missing:
        raise Invalid({"text": f"The first line must name the columns; missing: {missing[0]}."})
    reader.fieldnames = named
    rows = [
        (number, {name: str(row.get(name) or "").strip() for name in COLUMNS})
        for number, row in enumerate(reader, 2)
    ]
    if not 0 < len(rows) <= MOST:
        raise Invalid({"text": f"A file has 1 to {MOST} lines below its first."})
    return rows


async def _line(
    work: Work, number: int, row: dict[str, str], at: dict[str, Place], *, do: bool
) -> Line:
    try:
        role, place, days = (
            _role(row["role"]),
            _place(row, at),
            (_day(row, "from"), _day(row, "until")),
        )
        username = row["username"].lower()
        service.refuse_unfit(username, " ".join(row["name"].split()))
        found = await work.every(select(User).where(User.username == username), _MANAGE)
        if not do:
            return Line(number, row, None, known=bool(found))
        password = None if found else secrets.token_urlsafe(12)
        user = (
            found[0]
            if found
            else await service.enrol(work, username, row["name"], password or new_token())
        )
        if not await service.holds(work, user.id, role, place.branch_id, place.ward_id):
            await _grant(work, user, role, place, days)
        return Line(number, row, None, known=bool(found), password=password)
    except WardError as error:
        return Line(number, row, error.sentence.removeprefix("Not saved. "))


def _role(text: str) -> Role:
    if text.lower() not in {role.value for role in ROLES}:
        raise Invalid({"role": f"There is no role {text or '(empty)'}."})
    return Role(text.lower())


def _place(row: dict[str, str], at: dict[str, Place]) -> Place:
    label = f"{row['branch']}, {row['ward'] or 'every ward'}"
    if label.casefold() not in at:
        raise Invalid({"ward": f"There is no {label}."})
    return at[label.casefold()]


def _day(row: dict[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(row[name]) if row[name] else None
    except ValueError:
        raise Invalid({name: f"Write {name} as 2026-11-30."}) from None
