"""Roster: the cast of the demo is on duty, however long it runs; and there is something to do."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select

from domain import duty as rules
from domain.access import Permission
from domain.duty import DutyRole
from domain.errors import NotAllowed
from domain.task_presets import ADMISSION
from realtime.tasks import end
from ward.adt.models import Encounter
from ward.beds import queries as beds
from ward.dev.demo import FOUNDER, ward_called
from ward.duty import queries
from ward.duty.give import give_beds
from ward.duty.models import Duty
from ward.duty.service import begin
from ward.node import Node
from ward.places.models import Branch, Ward, WardKind
from ward.security.models import User
from ward.tasks.assign import assign_preset
from ward.tasks.models import NursingTask
from ward.work import Work, work_as

WARD = "Six East"
NURSES = ("nurse", "nurse2")
ON_WARD = {"nurse": DutyRole.NURSE, "nurse2": DutyRole.NURSE, "charge": DutyRole.IN_CHARGE}
ON_BRANCH = {"doctor": DutyRole.REGISTRAR, "doctor2": DutyRole.CONSULTANT}
EVERY = 600.0  # seconds
LEFT = timedelta(hours=2)  # of a shift: then the demo's people stay on
CODES = ("vitals", "falls", "pressure", "nutrition", "property")

_log = structlog.get_logger(__name__)


async def keep_on_duty(node: Node) -> None:
    """Put the cast on duty and split the beds of Six East that nobody has; for each start."""
    async with work_as(node, FOUNDER, "demo.roster") as work:
        users = await _users(work)
        ward = (await ward_called(work, WARD))[0]
        wards = await _wards(work, ward)
    for username, part in ON_WARD.items():
        await _begin(node, ward.id, users[username], part)
    for username, part in ON_BRANCH.items():
        for one in wards:
            await _begin(node, one, users[username], part)
    async with work_as(node, FOUNDER, "demo.beds") as work:
        cards = (await beds.board(work, ward.id)).beds
        nurses = await queries.nurses_of(work, [bed.id for bed in cards])
        half = (len(cards) + 1) // 2
        on = queries.standing(Duty.ward_id == ward.id)
        here = {one.user_id for one in await work.every(on, Permission.VIEW_DUTY)}
        for nurse, share in zip(NURSES, (cards[:half], cards[half:]), strict=True):
            loose = [bed.id for bed in share if bed.id not in nurses]
            if users[nurse] in here:
                await give_beds(work, ward.id, loose, users[nurse])


async def leave_work(node: Node) -> bool:
    """Write down some tasks for who came last, once."""
    async with work_as(node, FOUNDER, "demo.tasks") as work:
        if await work.every(select(NursingTask).limit(1), Permission.VIEW_TASKS):
            return False
        ward = (await ward_called(work, WARD))[0]
        here = select(Encounter).where(
            Encounter.ward_id == ward.id, Encounter.discharged_at.is_(None)
        )
        latest = here.order_by(Encounter.admitted_at.desc().nulls_last(), Encounter.id).limit(6)
        patients = [one.patient_id for one in await work.every(latest, Permission.VIEW_STAYS)]
    for nth, patient_id in enumerate(patients):
        async with work_as(node, FOUNDER, "demo.tasks") as work:
            due_at = work.now + timedelta(minutes=25 + 35 * nth)
            codes = CODES[: 1 + nth % 3]
            await assign_preset(work, patient_id, ADMISSION, due_at=due_at, codes=codes)
    return True


class Shifts:
    """Has whoever is on duty in the demo stay on, so that one that runs for days has people."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look at shifts that end soon."""
        self._task = asyncio.create_task(self._run(), name="shifts")

    async def stop(self) -> None:
        """Stop."""
        await end(self._task)

    async def _run(self) -> None:
        while True:
            try:
                await prolong(self.node)
            except Exception as error:  # noqa: BLE001 - tried again later
                _log.warning("demo.shifts", error=type(error).__name__)
            await asyncio.sleep(EVERY)


async def prolong(node: Node) -> int:
    """Prolong the shifts of the cast that end soon; who went off duty stays off."""
    async with work_as(node, FOUNDER, "demo.roster") as work:
        cast = set((await _users(work)).values())
        soon = queries.standing(Duty.user_id.in_(cast), Duty.until < work.now + LEFT)
        ending = [
            (duty.ward_id, duty.user_id, duty.part)
            for duty in await work.every(soon, Permission.VIEW_DUTY)
        ]
    for ward_id, user_id, part in ending:
        await _begin(node, ward_id, user_id, part)
    return len(ending)


async def _begin(node: Node, ward_id: UUID, user_id: UUID, part: DutyRole) -> None:
    """Put somebody on duty; whose role somebody has ended stays away."""
    try:
        async with work_as(node, FOUNDER, "demo.roster") as work:
            await begin(work, ward_id, user_id, part, work.now + rules.SHIFT)
    except NotAllowed as refused:
        _log.info("demo.stays_away", part=part.value, why=refused.code)


async def _users(work: Work) -> dict[str, UUID]:
    names = (*ON_WARD, *ON_BRANCH)
    rows = await work.every(select(User).where(User.username.in_(names)), Permission.MANAGE_USERS)
    return {user.username: user.id for user in rows}


async def _wards(work: Work, ward: Ward) -> list[UUID]:
    """List the wards of the same branch, where patients lie."""
    branch = await work.access(Branch, ward.branch_id, Permission.VIEW_BEDS)
    listed = await beds.wards(work, branch.id)
    return [one.id for one in listed if one.kind is WardKind.WARD]
