"""Flagged: the demo's patients have flags as the pictures show them, and decisions, each once."""

from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select

from domain.access import Permission, Role
from domain.flags import FlagKind, Resuscitation
from ward.adt.models import Stay
from ward.dev.demo import FOUNDER
from ward.dev.simulator.look import marks_of
from ward.flags.models import ResuscitationDecision, StandingFlag
from ward.flags.resuscitate import DecisionSaid, decide
from ward.flags.service import FlagSaid, set_flag
from ward.node import Node
from ward.patients.models import Patient
from ward.security.models import User
from ward.work import Work, work_as

_K = FlagKind
_FOR, _NOT = Resuscitation.ATTEMPT, Resuscitation.NOT_ATTEMPT
FLAGS = MappingProxyType(
    {
        "55001001": {_K.FALLS: "Unsteady at night"},
        "55001003": {_K.NIL_BY_MOUTH: "Awaiting theatre"},
        "0012345": {
            _K.FALLS: "High, 2 falls in 12 months",
            _K.PRESSURE_AREA: "Sacrum, grade 1",
        },
        "55001007": {_K.FALLS: "", _K.LANGUAGE: "Urdu, interpreter needed"},
        "55001009": {_K.FALLS: "Frame and 1 person", _K.PRESSURE_AREA: "Left heel, grade 2"},
        "55001013": {
            _K.FALLS: "",
            _K.PRESSURE_AREA: "Sacrum, grade 1",
            _K.LANGUAGE: "Portuguese, daughter helps",
        },
        "55001014": {_K.NIL_BY_MOUTH: "Until the swallow is assessed"},
        "55001016": {_K.FALLS: "Left weakness"},
        "55001017": {_K.LANGUAGE: "Bengali, interpreter by telephone"},
        "55001020": {_K.SAFEGUARDING: "Referral made, speak with the nurse in charge"},
    }
)
DECISIONS = MappingProxyType(
    {
        "0012345": (_FOR, ""),
        "55001009": (_NOT, "Frailty; agreed with her and her son"),
        "55001001": (_FOR, ""),
    }
)
REVIEW = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class _Staff:
    """Who has set the flags, and who has decided."""

    nurse: UUID
    doctor: UUID


async def flag_cast(node: Node) -> int:
    """Set the flags of the cast who lie in a bed and have none; return how many patients."""
    marks = marks_of(node)
    async with work_as(node, FOUNDER, "demo.look") as work:
        lying = select(Stay.patient_id).where(Stay.ended_at.is_(None), Stay.voided_at.is_(None))
        flagged = select(StandingFlag.patient_id).union(select(ResuscitationDecision.patient_id))
        wanted = select(Patient).where(
            Patient.mrn_hash.in_(marks), Patient.id.in_(lying), Patient.id.not_in(flagged)
        )
        rows = await work.every(wanted.order_by(Patient.id), Permission.VIEW_PATIENT)
        found = {row.id: marks[row.mrn_hash].mrn for row in rows}
        staff = await _staff(work)
    told = {one: mrn for one, mrn in found.items() if mrn in FLAGS or mrn in DECISIONS}
    for patient, mrn in told.items():
        async with work_as(node, FOUNDER, "demo.flags") as work:
            await _tell(work, patient, mrn, staff)
    return len(told)


async def _tell(work: Work, patient: UUID, mrn: str, staff: _Staff) -> None:
    for kind, words in FLAGS.get(mrn, {}).items():
        flag = await set_flag(work, patient, kind, FlagSaid(words=words))
        flag.set_by = staff.nurse
    if mrn in DECISIONS:
        status, reason = DECISIONS[mrn]
        ahead = (work.now + REVIEW).date() if status is _NOT else None
        said = DecisionSaid(status=status, reason=reason, review_on=ahead)
        decision = await decide(work, patient, said, after=None)
        decision.decided_by, decision.decided_as = staff.doctor, Role.DOCTOR


async def _staff(work: Work) -> _Staff:
    named = select(User).where(User.username.in_(("nurse", "doctor")))
    users = {user.username: user.id for user in await work.every(named, Permission.MANAGE_USERS)}
    return _Staff(users["nurse"], users["doctor"])
