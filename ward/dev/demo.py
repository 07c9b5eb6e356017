"""Demo: opens the demo hospital, its places, beds and sign-ins, each once."""

import base64
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from ward.beds.models import Bed
from ward.beds.open import open_bed
from ward.config import Env, SettingsError
from ward.dev import cast
from ward.dev.medicines import found_medicines
from ward.node import Node
from ward.places.former import called_before
from ward.places.models import Branch, PlaceKind, Room, Ward, WardKind
from ward.places.service import open_branch, open_room, open_ward
from ward.security import sessions
from ward.security.actors import System
from ward.security.models import Device, User
from ward.staff.service import engage
from ward.users.service import enrol, grant, hang_wall
from ward.work import Work, work_as

FOUNDER = System("job:demo", frozenset(Permission))
SIDE_ROOM = "side-room"
_SEE = Permission.VIEW_BEDS


async def found_hospital(node: Node) -> bool:
    """Open branches, wards, beds and sign-ins; what stands already stays, False when all does."""
    if node.settings.env is Env.PRODUCTION:
        raise SettingsError("The demo hospital has printed passwords: not in production.")
    async with work_as(node, FOUNDER, "demo.places") as work:
        opened = [await _branch(work, label) for label in cast.BRANCHES]
    for label, plans in cast.BRANCHES.items():
        for plan in plans:
            async with work_as(node, FOUNDER, "demo.beds") as work:
                opened.append(await _beds(work, label, plan))
    async with work_as(node, FOUNDER, "demo.users") as work:
        opened += [await _user(work, sign) for sign in cast.SIGN_INS]
    async with work_as(node, FOUNDER, "demo.medicines") as work:
        opened.append(await found_medicines(work))
    return any(opened)


async def wall_link(node: Node, place: str = "Six East") -> str:
    """Give the link of the ward's wallboard, the same at every start of this demo."""
    secret = node.vault.hash("demo-wall", place)
    token = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    async with work_as(node, FOUNDER, "demo.wall") as work:
        known = select(Device).where(Device.token_hash == sessions.digest(token))
        if not await work.every(known, Permission.MANAGE_USERS):
            ward = (await ward_called(work, place))[0]
            await hang_wall(work, f"{place}, corridor", ward.branch_id, ward.id, token=token)
    return f"/wall/{token}"


async def ward_called(work: Work, label: str, branch: str | None = None) -> list[Ward]:
    """Find a ward by the demo's name for it; what somebody has renamed since comes last."""
    former = await called_before(work, PlaceKind.WARD, label)
    named = select(Ward).where((Ward.label == label) | Ward.id.in_(former))
    if branch is not None:
        named = named.where(Ward.branch_id.in_([one.id for one in await _called(work, branch)]))
    return sorted(await work.every(named, _SEE), key=lambda one: one.label != label)


async def _called(work: Work, label: str) -> list[Branch]:
    """Find a branch by the demo's name for it, in the same way."""
    former = await called_before(work, PlaceKind.BRANCH, label)
    named = select(Branch).where((Branch.label == label) | Branch.id.in_(former))
    return sorted(await work.every(named, _SEE), key=lambda one: one.label != label)


async def _branch(work: Work, label: str) -> bool:
    """Open a branch with its wards and clinics."""
    known = await _called(work, label)
    branch = known[0] if known else await open_branch(work, label, cast.ZONE)
    plans = cast.BRANCHES[label]
    missing = [plan for plan in plans if not await ward_called(work, plan.label, label)]
    for plan in missing:
        await open_ward(work, branch.id, plan.label, plan.code, WardKind(plan.kind))
    return not known or bool(missing)


async def _beds(work: Work, branch: str, plan: cast.WardPlan) -> bool:
    """Put the planned beds on a ward, 01 and up; the side rooms are for those kept apart."""
    ward = (await ward_called(work, plan.label, branch))[0]
    standing = await work.every(select(Bed).where(Bed.ward_id == ward.id), _SEE)
    known = {f"{bed.position:02}" for bed in standing} | {bed.label for bed in standing}
    numbers = [number for number in range(1, plan.beds + 1) if f"{number:02}" not in known]
    missing = numbers[: max(0, plan.beds - len(standing))]
    loose = [bed for bed in standing if bed.room_id is None]
    rooms = await _rooms(work, ward, plan) if missing or loose else {}
    for number in missing:
        attributes = [SIDE_ROOM] if number in plan.side_rooms else []
        room_id = rooms[plan.room_of(number)]
        await open_bed(
            work, ward, f"{number:02}", position=number, room_id=room_id, attributes=attributes
        )
    for bed in loose:
        bed.room_id = rooms.get(plan.room_of(bed.position))
    return bool(missing)


async def _rooms(work: Work, ward: Ward, plan: cast.WardPlan) -> dict[str, UUID]:
    """Open the bays and side rooms of a ward; those that stand stay."""
    here = select(Room).where(Room.ward_id == ward.id)
    rooms = {room.label: room.id for room in await work.every(here, Permission.VIEW_PLACES)}
    for number in range(1, plan.beds + 1):
        label = plan.room_of(number)
        if label not in rooms:
            rooms[label] = (await open_room(work, ward.id, label)).id
    return rooms


async def _user(work: Work, sign: cast.SignIn) -> bool:
    """Let one of the cast sign in."""
    known = select(User).where(User.username == sign.username)
    if await work.every(known, Permission.MANAGE_USERS):
        return False
    user = await enrol(work, sign.username, sign.name, cast.PASSWORD, chosen=True)
    branch = (await _called(work, sign.branch))[0]
    ward = (await ward_called(work, sign.ward))[0] if sign.ward else None
    await grant(work, user, sign.role, branch.id, ward_id=ward.id if ward else None)
    await engage(work, sign.name, branch_id=branch.id, user_id=user.id)
    return True
