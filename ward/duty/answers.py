"""Answers: whose patient lies in a bed, for the board."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from domain.access import D0, Permission
from ward.adt import queries as stays
from ward.beds.parts import counts
from ward.beds.questions import on_the_card
from ward.duty import queries
from ward.projections import projection
from ward.work import Work

LOOSE = "no-nurse"
counts("no-nurse", "No nurse", LOOSE, tone="warning", icon="users")


@projection(D0)
class Nurse:
    """Who nurses whoever lies in a bed; a bed with a patient and without a nurse is marked."""

    user_id: UUID | None
    name: str
    initials: str
    for_users: tuple[UUID, ...] = ()
    marks: tuple[str, ...] = ()


@projection(D0)
class NurseFlag:
    """The chip of a bed that somebody lies in and no nurse has."""

    code: str
    label: str
    tone: str


NOBODY = Nurse(None, "", "", marks=(LOOSE,))
FLAG = NurseFlag("no_nurse", "No nurse", "warning")


@on_the_card.answer("nurse", Permission.VIEW_DUTY)
async def nurse(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, Nurse]:
    """Answer who has each bed; a patient whom nobody has is the work of all who may have beds."""
    nurses = await queries.nurses_of(work, bed_ids)
    people = await queries.names(work, nurses.values())
    lying = await stays.lying_in(work, bed_ids)
    named = {
        bed: Nurse(who, people[who].name, people[who].initials, (who,))
        for bed, who in nurses.items()
        if who in people
    }
    loose = {bed: one.stay.ward_id for bed, one in lying.items() if bed not in nurses}
    whose = {ward: await queries.nursing_on(work, ward) for ward in set(loose.values())}
    return {
        bed: replace(NOBODY, for_users=tuple(whose[ward])) for bed, ward in loose.items()
    } | named


@on_the_card.answer("flags_duty", Permission.VIEW_DUTY)
async def flags(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Answer which cards say that nobody has the bed; where no nurse is on duty all would."""
    nurses = await queries.nurses_of(work, bed_ids)
    lying = await stays.lying_in(work, bed_ids)
    loose = {bed: one.stay.ward_id for bed, one in lying.items() if bed not in nurses}
    staffed = {ward for ward in set(loose.values()) if await queries.nursing_on(work, ward)}
    return {bed: [FLAG] for bed, ward in loose.items() if ward in staffed}
