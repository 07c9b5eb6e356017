"""Devices: tablets and desks that many people use in turn, and the PINs that hold on each."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select, update

from domain.access import Permission
from ward.db import new_id
from ward.errors import Invalid, SignedOut, explain
from ward.node import Node
from ward.places.models import Ward
from ward.security.actors import ROLES, System
from ward.security.factors import Badge, DevicePin
from ward.security.models import Device, DeviceKind, Grant, Session, User
from ward.security.passwords import hash_password, verify_password
from ward.security.sessions import digest, new_token, standing
from ward.shell import initials
from ward.users import screens
from ward.users.events import RightsChanged
from ward.work import Work, work_as

TRIES, DIGITS = 5, 6
HOLDS = timedelta(days=30)  # engineering default: then the person signs in fully and sets another
WRONG = "This PIN is not right here."
VOID = "This PIN is void after five wrong tries. Sign in with your password and set another."
NOT_HERE = "PINs hold on devices that the hospital enrolled; this is none."
_OWN, _MANAGE = Permission.USE_ACCOUNT, Permission.MANAGE_USERS
_DOOR = System("pin", frozenset({_OWN}))

explain("uq_badge_standing", "This badge is somebody's already.")
explain("uq_device_pin_standing", "A PIN was set here a moment ago. Try again.")


@dataclass(frozen=True, slots=True)
class Tile:
    """Somebody who may come in here with a PIN."""

    user_id: UUID
    name: str
    initials: str
    role: str


async def here(work: Work, token: str | None) -> Device | None:
    """Find the enrolled device that this browser is on, if it is one."""
    if token is None:
        return None
    mine = select(Device).where(
        Device.token_hash == digest(token),
        Device.kind == DeviceKind.SHARED,
        Device.revoked_at.is_(None),
    )
    found = await work.every(mine, _OWN)
    return found[0] if found else None


async def enrol(work: Work, label: str, ward_id: UUID) -> tuple[Device, str]:
    """Enrol the browser that asks; return the device, and the token it keeps."""
    label = " ".join(label.split())[:100]
    if not label:
        raise Invalid({"label": "Say what the device is called, as Tablet 3."})
    ward = await work.access(Ward, ward_id, Permission.VIEW_PLACES)
    token = new_token()
    device = Device(
        id=new_id(),
        label=label,
        kind=DeviceKind.SHARED,
        branch_id=ward.branch_id,
        ward_id=ward.id,
        token_hash=digest(token),
        enrolled_at=work.now,
    )
    work.add(device, _MANAGE)
    await screens.told(work)
    return device, token


async def revoke(work: Work, device_id: UUID) -> Device:
    """End a device: whoever is signed in on it is out within a second, and its PINs are void."""
    device = await work.access(Device, device_id, _MANAGE, lock=True)
    device.revoked_at = device.revoked_at or work.now
    on = select(Session).where(Session.device_id == device_id, Session.ended_at.is_(None))
    for session in await work.every(on.with_for_update(of=Session), _MANAGE):
        session.ended_at = work.now
        work.record(RightsChanged(session.user_id))
    await _void(work, device_id=device_id)
    work.record(RightsChanged(device_id))
    await screens.told(work)
    return device


# -- PINs ------------------------------------------------------------------------------


async def set_pin(work: Work, device: Device, user_id: UUID, pin: str, again: str) -> None:
    """Let a person in on this device with a PIN; an earlier one of theirs here is void."""
    if pin != again:
        raise Invalid({"again": "The two PINs differ."})
    if len(pin) != DIGITS or not (pin.isascii() and pin.isdigit()) or _easy(pin):
        raise Invalid({"pin": "A PIN has six digits, not all alike and not one after the other."})
    hashed = await hash_password(work.node.vault, _salted(device.id, user_id, pin))
    await _void(work, device_id=device.id, user_id=user_id)
    row = DevicePin(
        user_id=user_id,
        device_id=device.id,
        pin_hash=hashed,
        set_at=work.now,
        until=work.now + HOLDS,
    )
    work.add(row, _OWN)
    await screens.told(work, again=row.until)


def _easy(pin: str) -> bool:
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {-1, 0, 1}


def _salted(device_id: UUID, user_id: UUID, pin: str) -> str:
    return f"{device_id}/{user_id}/{pin}"  # a PIN is worth nothing on another device


async def _void(work: Work, *, device_id: UUID, user_id: UUID | None = None) -> None:
    ended = update(DevicePin).where(DevicePin.device_id == device_id, DevicePin.void_at.is_(None))
    if user_id is not None:
        ended = ended.where(DevicePin.user_id == user_id)
    await (await work.connection()).execute(ended.values(void_at=work.now))


async def check_pin(node: Node, device_id: UUID, user_id: UUID, pin: str) -> None:
    """Check a PIN, or refuse. Each try counts before it is judged; the fifth wrong one voids it."""
    async with work_as(node, _DOOR, "users.pin") as work:
        held = await _spend(work, device_id, user_id)
    stored = held.pin_hash if held else None
    right = await verify_password(node.vault, stored, _salted(device_id, user_id, pin[:40]))
    async with work_as(node, _DOOR, "users.pin") as work:
        if held is not None and right:
            await _settle(work, held.id, wrong=0)
            return
        if held is not None and held.wrong >= TRIES:
            await _settle(work, held.id, void_at=work.now)
            await screens.told(work)
    async with work_as(node, _DOOR, "users.pin", reading=True) as work:  # the refusal's own row
        if held is None:
            raise SignedOut(WRONG)
        tried = await work.access(DevicePin, held.id, _OWN)
        raise SignedOut(WRONG if tried.void_at is None else VOID)


async def _spend(work: Work, device_id: UUID, user_id: UUID) -> DevicePin | None:
    """Count a try, and give the PIN that stands here for this person."""
    standing_here = (
        DevicePin.device_id == device_id,
        DevicePin.user_id == user_id,
        DevicePin.void_at.is_(None),
        DevicePin.until > work.now,
        DevicePin.wrong < TRIES,
    )
    counted = update(DevicePin).where(*standing_here).values(wrong=DevicePin.wrong + 1)
    spent = (await (await work.connection()).execute(counted.returning(DevicePin.id))).scalar()
    return await work.access(DevicePin, spent, _OWN) if spent else None


async def _settle(work: Work, pin_id: UUID, **values: object) -> None:
    done = update(DevicePin).where(DevicePin.id == pin_id, DevicePin.void_at.is_(None))
    await (await work.connection()).execute(done.values(**values))


# -- who may come in here --------------------------------------------------------------


async def tiles(work: Work, device: Device) -> list[Tile]:
    """List who may come in here with a PIN, by name."""
    pins = select(DevicePin.user_id).where(
        DevicePin.device_id == device.id,
        DevicePin.void_at.is_(None),
        DevicePin.until > work.now,
    )
    people = select(User).where(User.id.in_(pins), User.disabled_at.is_(None))
    users = await work.every(people, _OWN)
    names = await work.open(users, User.name)
    theirs = select(Grant).where(Grant.user_id.in_([user.id for user in users]))
    roles: dict[UUID | None, str] = {}
    for grant in await work.every(theirs.order_by(Grant.since.desc(), Grant.id.desc()), _OWN):
        if standing(grant, work.now):
            roles[grant.user_id] = ROLES[grant.role]
    made = [
        Tile(user.id, names[user.id], initials(names[user.id]), roles[user.id])
        for user in users
        if user.id in roles
    ]
    return sorted(made, key=lambda tile: tile.name)


async def by_badge(work: Work, badge: str) -> UUID | None:
    """Say whose badge this is; the badge alone opens nothing."""
    mine = select(Badge).where(
        Badge.code_hash == work.node.vault.hash("badge", badge.strip()), Badge.ended_at.is_(None)
    )
    found = await work.every(mine, _OWN)
    return found[0].user_id if found else None


async def give_badge(work: Work, user_id: UUID, badge: str) -> None:
    """Note the code on a person's badge; an earlier badge of theirs says nothing more."""
    badge = badge.strip()
    if not 4 <= len(badge) <= 100:
        raise Invalid({"badge": "Scan the badge, or type its number: 4 to 100 characters."})
    user = await work.access(User, user_id, _MANAGE)
    ended = update(Badge).where(Badge.user_id == user.id, Badge.ended_at.is_(None))
    await (await work.connection()).execute(ended.values(ended_at=work.now))
    hashed = work.node.vault.hash("badge", badge)
    work.add(Badge(user_id=user.id, code_hash=hashed, given_at=work.now), _MANAGE)
