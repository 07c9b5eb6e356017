"""Demo: opens the demo hospital with its cast, once."""

from sqlalchemy import text

from domain.access import Permission
from ward.dev import cast
from ward.node import Node
from ward.places.models import Branch, Ward, WardKind
from ward.places.service import open_branch, open_ward
from ward.security.actors import System
from ward.staff.service import engage
from ward.users.service import enrol, grant
from ward.work import Work, work_as

FOUNDER = System("job:demo", frozenset(Permission))


async def found_hospital(node: Node) -> bool:
    """Open branches, wards and sign-ins; False when they stand already."""
    async with node.aside.connect() as connection:
        if await connection.scalar(text("SELECT 1 FROM branch LIMIT 1")):
            return False
    async with work_as(node, FOUNDER, "demo.places") as work:
        branches, wards = await _places(work)
    async with work_as(node, FOUNDER, "demo.users") as work:
        await _users(work, branches, wards)
    return True


async def _places(work: Work) -> tuple[dict[str, Branch], dict[str, Ward]]:
    branches: dict[str, Branch] = {}
    wards: dict[str, Ward] = {}
    for label, plans in cast.BRANCHES.items():
        branches[label] = await open_branch(work, label, cast.ZONE)
        for plan in plans:
            kind = WardKind(plan.kind)
            wards[plan.label] = await open_ward(
                work, branches[label].id, plan.label, plan.code, kind
            )
    return branches, wards


async def _users(work: Work, branches: dict[str, Branch], wards: dict[str, Ward]) -> None:
    for sign in cast.SIGN_INS:
        user = await enrol(work, sign.username, sign.name, cast.PASSWORD)
        branch = branches[sign.branch]
        await grant(
            work, user, sign.role, branch.id, ward_id=wards[sign.ward].id if sign.ward else None
        )
        await engage(work, sign.name, branch_id=branch.id, user_id=user.id)
