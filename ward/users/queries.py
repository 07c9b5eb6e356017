"""Queries: who may sign in, with which roles, and which wallboards hang where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from domain.access import Permission
from ward.errors import Missing
from ward.places.models import Branch, Ward
from ward.security.factors import DevicePin
from ward.security.models import Device, DeviceKind, Grant, Session, User
from ward.security.sessions import is_locked, standing
from ward.work import Work

_MANAGE = Permission.MANAGE_USERS
_PLACES = Permission.VIEW_PLACES


@dataclass(frozen=True, slots=True)
class Held:
    """A role in force, and where it holds in words."""

    grant: Grant
    branch: str
    ward: str | None

    @property
    def place(self) -> str:
        """Name the ward, or the branch where it is for all of them."""
        return f"{self.branch}, {self.ward}" if self.ward else self.branch

    def __str__(self) -> str:
        """Say role and place."""
        return f"{self.grant.role.value} at {self.place}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in."""

    user: User
    name: str
    held: Sequence[Held]


@dataclass(frozen=True, slots=True)
class Wallboard:
    """A screen on a wall, and the ward it shows; none when its role has ended."""

    device: Device
    held: Held | None


async def find_user(work: Work, username: str) -> User:
    """Find a person by the name they sign in with."""
    called = select(User).where(User.username == username.strip().lower())
    found = await work.every(called, _MANAGE)
    if not found:
        raise Missing(f"There is no user called {username}.")
    return found[0]


async def roles_of(work: Work, user: User) -> list[Held]:
    """List the roles a person holds now; the first is the one they sign in with."""
    return (await _held(work, [user.id], Grant.user_id)).get(user.id, [])


async def everybody(work: Work) -> list[Person]:
    """List who was ever let in, with the roles each holds now."""
    users = await work.every(select(User).order_by(User.username), _MANAGE)
    names = await work.open(users, User.name)
    held = await _held(work, [user.id for user in users], Grant.user_id)
    return [Person(user, names[user.id], held.get(user.id, [])) for user in users]


async def wallboards(work: Work, may: Permission = _MANAGE) -> list[Wallboard]:
    """List the wallboards that stand."""
    hung = select(Device).where(Device.revoked_at.is_(None), Device.kind == DeviceKind.WALL)
    hung = hung.order_by(Device.label, Device.id)
    devices = await work.every(hung, may)
    held = await _held(work, [device.id for device in devices], Grant.device_id, may)
    return [Wallboard(device, next(iter(held.get(device.id, ())), None)) for device in devices]


@dataclass(frozen=True, slots=True)
class Signed:
    """One place where a person is signed in."""

    session: Session
    device: str | None
    locked: bool


async def signed(work: Work, user_id: UUID, permission: Permission) -> list[Signed]:
    """List where a person is signed in, newest first."""
    theirs = select(Session).where(
        Session.user_id == user_id, Session.ended_at.is_(None), Session.abs_until > work.now
    )
    found = await work.every(theirs.order_by(Session.auth_time.desc()), permission)
    labels: dict[UUID, str] = {}
    if on := [one.device_id for one in found if one.device_id]:
        devices = await work.every(select(Device).where(Device.id.in_(on)), permission)
        labels = {one.id: one.label for one in devices}
    return [
        Signed(one, labels.get(one.device_id) if one.device_id else None, is_locked(one, work.now))
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class Shared:
    """A tablet or desk that many people use, and how many of them have a PIN there."""

    device: Device
    ward: str
    pins: int


async def shared(work: Work, may: Permission = _MANAGE) -> list[Shared]:
    """List the enrolled devices that stand."""
    enrolled = select(Device).where(Device.revoked_at.is_(None), Device.kind == DeviceKind.SHARED)
    devices = await work.every(enrolled.order_by(Device.label, Device.id), may)
    wards = {one.id: one.label for one in await work.every(select(Ward), _PLACES)}
    pins = select(DevicePin.device_id, func.count()).where(
        DevicePin.void_at.is_(None), DevicePin.until > work.now
    )
    found = await (await work.connection()).execute(pins.group_by(DevicePin.device_id))
    held: dict[UUID, int] = {row[0]: row[1] for row in found}
    return [
        Shared(one, wards.get(one.ward_id, "") if one.ward_id else "", held.get(one.id, 0))
        for one in devices
    ]


async def _held(
    work: Work,
    holders: Iterable[UUID],
    column: InstrumentedAttribute[UUID | None],
    may: Permission = _MANAGE,
) -> dict[UUID, list[Held]]:
    """Give each holder's roles in force, oldest first, as signing in takes them."""
    mine = select(Grant).where(column.in_(list(holders)), Grant.revoked_at.is_(None))
    grants = await work.every(mine.order_by(Grant.since, Grant.id), may)
    branches, wards = await _labels(work)
    found: dict[UUID, list[Held]] = {}
    for one in grants:
        if standing(one, work.now) and (holder := one.user_id or one.device_id):
            label = wards[one.ward_id] if one.ward_id else None
            found.setdefault(holder, []).append(Held(one, branches[one.branch_id], label))
    return found


async def _labels(work: Work) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """Name every branch and ward: whoever gives out roles gives them everywhere."""
    connection = await work.connection()
    branches = await connection.execute(select(Branch.id, Branch.label))
    wards = await connection.execute(select(Ward.id, Ward.label))
    return {row[0]: row[1] for row in branches}, {row[0]: row[1] for row in wards}


async def wards(work: Work) -> list[tuple[UUID, str]]:
    """List the wards that whoever asks may choose, by name."""
    opened = select(Ward).where(Ward.ended_at.is_(None)).order_by(Ward.label)
    found = await work.every(opened, _PLACES)
    return [(one.id, one.label) for one in found]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a role can hold: a whole branch, or one ward of it."""

    branch_id: UUID
    ward_id: UUID | None
    label: str
    zone: str

    @property
    def key(self) -> str:
        """Give the value of a choice."""
        return f"{self.branch_id}/{self.ward_id or ''}"


async def places(work: Work) -> list[Place]:
    """List every branch with its wards, as roles are given at."""
    connection = await work.connection()
    sites = select(Branch.id, Branch.label, Branch.zone).where(Branch.ended_at.is_(None))
    branches = (await connection.execute(sites)).all()
    opened = select(Ward.id, Ward.branch_id, Ward.label).where(Ward.ended_at.is_(None))
    wards = (await connection.execute(opened)).all()
    found = [Place(one.id, None, f"{one.label}, every ward", one.zone) for one in branches]
    by_id = {one.id: one for one in branches}
    for one in wards:
        at = by_id[one.branch_id]
        found.append(Place(at.id, one.id, f"{at.label}, {one.label}", at.zone))
    return sorted(
        found, key=lambda place: (place.label.partition(",")[0], bool(place.ward_id), place.label)
    )


async def history(work: Work, user_id: UUID) -> list[tuple[Held, str]]:
    """List all roles a person holds, held or will hold, newest first, each with its state."""
    mine = select(Grant).where(Grant.user_id == user_id).order_by(Grant.since.desc())
    branches, wards = await _labels(work)
    rows = []
    for one in await work.every(mine, _MANAGE):
        held = Held(one, branches[one.branch_id], wards[one.ward_id] if one.ward_id else None)
        rows.append((held, _state(one, work.now)))
    return rows


def _state(grant: Grant, now: datetime) -> str:
    if grant.revoked_at is not None or (grant.until is not None and grant.until <= now):
        return "ended"
    return "standing" if grant.since <= now else "coming"
