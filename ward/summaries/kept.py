"""Kept: what the record said when the patient left, kept with the draft for whose words it has.

A day after the stay nothing explains the patient to them any more. They sign the first version
over what is kept here; the record is not read again.
"""

from uuid import UUID

from sqlalchemy import select, update

from domain.summaries import SummaryState
from ward.adt.models import Encounter
from ward.summaries.gathering import gather
from ward.summaries.models import DischargeSummary
from ward.summaries.parts import READ_BY, Words
from ward.summaries.queries import WRITE
from ward.work import Work

FIRST = 1


async def at_leaving(work: Work, encounter_id: UUID) -> None:
    """Keep what the record says with the draft of this stay, if the patient has left."""
    encounter = await work.access(Encounter, encounter_id, WRITE)
    if encounter.discharged_at is None:
        return
    mine = select(DischargeSummary).where(
        DischargeSummary.encounter_id == encounter_id,
        DischargeSummary.number == FIRST,
        DischargeSummary.state == SummaryState.DRAFT,
    )
    for draft in await work.every(mine, WRITE):
        await keep(work, draft, encounter)


async def keep(work: Work, draft: DischargeSummary, encounter: Encounter) -> None:
    """Seal each part into the draft; it stays the version that whoever writes on it has open."""
    words: Words = (await work.open([draft], DischargeSummary.words))[draft.id]
    parts = await gather(work, encounter, words)
    sealed = DischargeSummary(id=draft.id, patient_id=draft.patient_id)
    await work.seal(sealed, **{name: getattr(parts, name) for name in READ_BY})
    still = (DischargeSummary.id == draft.id, DischargeSummary.state == SummaryState.DRAFT)
    kept = update(DischargeSummary).where(*still)
    values = {name: getattr(sealed, name) for name in READ_BY}
    await (await work.connection()).execute(kept.values(**values))
