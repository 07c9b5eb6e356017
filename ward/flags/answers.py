"""Answers: what the board, the banner and the chart learn of flags and of resuscitation."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.flags import Ending
from ward.adt.queries import patients_in
from ward.adt.questions import care_recorded
from ward.beds.questions import on_the_card
from ward.flags import queries
from ward.flags.models import ResuscitationDecision, StandingFlag
from ward.flags.queries import DETAILS, VIEW, Precautions, Status
from ward.patients.questions import on_the_banner, on_the_summary
from ward.work import Work


@on_the_card.answer("flags_standing", VIEW)
async def on_card(work: Work, bed_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Answer which flags stand about whoever lies there: one statement, each chip its class."""
    lying = await patients_in(work, bed_ids)
    found = await queries.chips_of(work, list(lying.values()))
    return {bed: list(found[one]) for bed, one in lying.items() if one in found}


@on_the_banner.answer("flags_standing", VIEW)
async def on_banner(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Answer all of them for the banner of every page of a chart, isolation and leave too."""
    found = await queries.chips_of(work, patient_ids)
    bedside = await queries.bedside_chips_of(work, patient_ids)
    return {one: [*bedside.get(one, ()), *found.get(one, ())] for one in patient_ids}


@on_the_banner.answer("resuscitation", DETAILS)
async def resuscitation(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Status]:
    """Answer what the banner says about resuscitation; that nothing is recorded is said too."""
    return await queries.statuses_of(work, patient_ids)


@on_the_summary.answer("precautions", DETAILS)
async def precautions(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Precautions]:
    """Answer the panel of the chart."""
    return await queries.precautions_of(work, patient_ids)


@care_recorded.answer("flags", DETAILS)
async def recorded(work: Work, encounters: Sequence[UUID]) -> Mapping[UUID, bool]:
    """Answer whether a flag was set, or resuscitation decided, during these encounters."""
    mine = select(StandingFlag).where(
        StandingFlag.encounter_id.in_(encounters),
        StandingFlag.ending.is_distinct_from(Ending.ERROR),
    )
    decided = select(ResuscitationDecision).where(
        ResuscitationDecision.encounter_id.in_(encounters),
        ResuscitationDecision.voided_at.is_(None),
    )
    found = [row.encounter_id for row in await work.every(mine, DETAILS)]
    found += [row.encounter_id for row in await work.every(decided, DETAILS)]
    return {one: True for one in found if one}
