"""Queries: which summaries a stay has, and of one what these eyes may read."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.access import D3, Permission
from domain.summaries import SummaryState
from ward.adt.models import Encounter
from ward.adt.visits import last_encounter, open_encounter
from ward.duty.queries import names
from ward.errors import Missing
from ward.projections import projection
from ward.summaries.models import DischargeSummary, Printed
from ward.summaries.parts import READ_BY, Parts, Words
from ward.work import Work

VIEW, WRITE = Permission.VIEW_SUMMARY, Permission.WRITE_SUMMARY
CHECK = Permission.CHECK_SUMMARY


@projection(D3)
class SummaryLine:
    """One version, as lists show it: nothing of what it says."""

    id: UUID
    encounter_id: UUID
    number: int
    state: SummaryState
    at: datetime  # when it was signed, or written first
    by: str
    replaced_at: datetime | None
    version: int
    amends: bool  # it counts, and nobody has begun a newer version


@projection(D3)
class Summaries:
    """All versions of all stays of a patient, the newest first."""

    items: tuple[SummaryLine, ...]


async def of_patients(work: Work, patient_ids: Sequence[UUID]) -> Mapping[UUID, Summaries]:
    """Answer: which summaries are there of these patients?"""
    theirs = select(DischargeSummary).where(DischargeSummary.patient_id.in_(patient_ids))
    newest = theirs.order_by(DischargeSummary.drafted_at.desc(), DischargeSummary.id.desc())
    rows = await work.every(newest, VIEW)
    people = await names(work, {row.signed_by or row.drafted_by for row in rows})
    begun = {row.encounter_id for row in rows if row.state is SummaryState.DRAFT}
    found: dict[UUID, list[SummaryLine]] = {one: [] for one in patient_ids}
    for row in rows:
        found[row.patient_id].append(
            SummaryLine(
                id=row.id,
                encounter_id=row.encounter_id,
                number=row.number,
                state=row.state,
                at=row.signed_at or row.drafted_at,
                by=people[row.signed_by or row.drafted_by].name,
                replaced_at=row.replaced_at,
                version=row.version,
                amends=row.state is SummaryState.SIGNED and row.encounter_id not in begun,
            )
        )
    return {one: Summaries(tuple(lines)) for one, lines in found.items()}


async def stay_of(work: Work, patient_id: UUID) -> Encounter | None:
    """Answer: of which stay would a summary be now: the open one, else the last?"""
    here = await open_encounter(work, patient_id)
    return here or await last_encounter(work, patient_id)


async def stays_of(work: Work, listed: Summaries) -> list[Encounter]:
    """Answer: of which stays that this person may open are these summaries?"""
    stays = select(Encounter).where(Encounter.id.in_({one.encounter_id for one in listed.items}))
    return await work.every(stays, Permission.VIEW_STAYS)


async def versions(work: Work, encounter_id: UUID, may: Permission) -> list[DischargeSummary]:
    """Answer: which versions has this stay's summary, oldest first? Rows, for this module."""
    mine = select(DischargeSummary).where(DischargeSummary.encounter_id == encounter_id)
    return await work.every(mine.order_by(DischargeSummary.number), may)


async def words_of(work: Work, draft: DischargeSummary) -> Words:
    """Open what a doctor wrote in a version, for those who write."""
    row = await work.access(DischargeSummary, draft.id, WRITE)
    words: Words = (await work.open([row], DischargeSummary.words))[row.id]
    return words


async def signed_of(work: Work, encounter_ids: Sequence[UUID]) -> set[UUID]:
    """Answer: of which of these stays is a summary signed?"""
    signed = select(DischargeSummary).where(
        DischargeSummary.encounter_id.in_(encounter_ids),
        DischargeSummary.state == SummaryState.SIGNED,
    )
    return {row.encounter_id for row in await work.every(signed, VIEW)}


async def parts_of(work: Work, summary_id: UUID) -> Parts:
    """Open each part of a signed summary that these eyes may read, and no other.

    Who may write summaries reads all of it: of one's patients, and of what one signed oneself.
    """
    mine = select(DischargeSummary).where(DischargeSummary.id == summary_id)
    whole = await work.every(mine, WRITE) if work.may(WRITE) else []
    found: dict[str, Any] = {}
    for name, (_, permission) in READ_BY.items():
        read = whole or (await work.every(mine, permission) if work.may(permission) else [])
        for row in read:  # none where nothing explains this class
            found[name] = (await work.open([row], getattr(DischargeSummary, name)))[row.id]
    work.shown([row.patient_id for row in whole], [READ_BY[one][0] for one in found])
    return Parts(**found)


async def pdf_of(work: Work, row: DischargeSummary) -> bytes:
    """Give the paper as it was signed, byte for byte; for eyes that may read all of it."""
    papers: dict[UUID, Printed | None] = await work.open([row], DischargeSummary.paper)
    paper = papers[row.id]
    if paper is None:
        raise Missing("This summary is not signed yet.")
    return b64decode(paper.pdf)


async def by_token(work: Work, token: str) -> DischargeSummary | None:
    """Answer: which paper carries this token? None for any other text."""
    mark = work.node.vault.hash("summary", token)
    marked = select(DischargeSummary).where(DischargeSummary.token_hash == mark)
    return next(iter(await work.every(marked, CHECK)), None)
