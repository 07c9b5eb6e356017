"""Commands: write a summary, sign it, and write it anew."""

import secrets
from base64 import b64encode
from hashlib import sha256
from uuid import UUID

from domain import summaries as rules
from domain.access import Permission
from domain.errors import NotAllowed
from domain.summaries import SummaryState
from ward import signing
from ward.adt.models import Encounter
from ward.db import new_id
from ward.duty.queries import names
from ward.errors import Stale
from ward.security.actors import Actor
from ward.summaries import kept, printing, shown
from ward.summaries.events import SummaryDrafted, SummarySigned
from ward.summaries.gathering import zone_of
from ward.summaries.models import DischargeSummary, Printed
from ward.summaries.parts import READ_BY, Parts, Words
from ward.summaries.queries import versions
from ward.summaries.reach import parts_now, reach
from ward.work import Work

_MAY = Permission.WRITE_SUMMARY
NOT_KEPT = (
    "What the record said when the patient left was not kept with this draft."
    " Whoever has the patient in their care signs it."
)


async def write(
    work: Work, encounter_id: UUID, words: Words, *, why: str = "", seen: int | None
) -> DischargeSummary:
    """Write on the draft of a stay's summary, or begin one; `seen` is the draft's version.

    Over a signed one a new version begins, and says why; the signed one counts until then.
    """
    reached = await reach(work, encounter_id, lock=True)
    patient, encounter = reached.patient, reached.encounter
    earlier = await versions(work, encounter.id, _MAY)
    draft = next((one for one in earlier if one.state is SummaryState.DRAFT), None)
    if (draft.version if draft else None) != seen:
        raise Stale
    if draft is None:
        rules.check_amending(why, signed=bool(earlier))
        draft = _begin(work, encounter, earlier[-1].number + 1 if earlier else 1)
        await work.seal(draft, amended_why=why.strip() or None)
        work.add(draft, _MAY)
    elif why.strip():
        await work.seal(draft, amended_why=why.strip())
    draft.drafted_by = _me(work)
    await work.seal(draft, words=words)
    await work.flush()
    if reached.record and encounter.discharged_at is not None and draft.number == kept.FIRST:
        await kept.keep(work, draft, encounter)
    work.record(SummaryDrafted(patient.id, patient.ward_id, draft.id))
    return draft


def _me(work: Work) -> UUID:
    assert isinstance(work.actor, Actor)  # only a person writes
    return work.actor.id


def _begin(work: Work, encounter: Encounter, number: int) -> DischargeSummary:
    return DischargeSummary(
        id=new_id(),
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
        number=number,
        drafted_at=work.now,
        drafted_by=_me(work),
    )


async def sign(
    work: Work, summary_id: UUID, *, seen: int | None, site: str, marks: str | None = None
) -> DischargeSummary:
    """Sign what the draft and the record say now; the version before it is replaced.

    `marks` are of what the form showed: nothing else is signed (Stale). `site` is how a reader
    reaches Ward, for the address in the QR.
    """
    first = await work.access(DischargeSummary, summary_id, _MAY)
    reached = await reach(work, first.encounter_id, lock=True)
    patient, encounter = reached.patient, reached.encounter
    row = await work.access(DischargeSummary, summary_id, _MAY, lock=True, seen=seen)
    words: Words = (await work.open([row], DischargeSummary.words))[row.id]
    rules.check_signing(row.state, words.reason, words.course)
    parts = await parts_now(work, reached, words)
    if not reached.record and parts.clinical is None:
        raise NotAllowed(NOT_KEPT, "summary.not-kept")
    if not parts.whole:
        raise NotAllowed("You do not see all that stands in it.", "summary.whole")
    if marks is not None and (new := shown.unlike(work.node, row.id, parts, marks)):
        raise Stale(shown.sentence(new))
    await _replace(work, encounter.id)
    await _seal(work, row, parts)
    await _print(work, row, encounter, parts, site)
    await work.flush()
    work.record(SummarySigned(patient.id, patient.ward_id, row.id))
    return row


async def _replace(work: Work, encounter_id: UUID) -> None:
    for one in await versions(work, encounter_id, _MAY):
        if one.state is SummaryState.SIGNED:
            one.state, one.replaced_at = SummaryState.REPLACED, work.now
    await work.flush()


async def _seal(work: Work, row: DischargeSummary, parts: Parts) -> None:
    """Keep each part as it was signed, and say who signed."""
    assert isinstance(work.actor, Actor)  # only a person signs
    await work.seal(row, **{name: getattr(parts, name) for name in READ_BY})
    row.state, row.signed_at = SummaryState.SIGNED, work.now
    row.signed_by, row.signed_as = work.actor.id, work.actor.name


async def _print(
    work: Work, row: DischargeSummary, encounter: Encounter, parts: Parts, site: str
) -> None:
    """Make the paper: a signed PDF with the address of the page that says whether it counts."""
    assert row.signed_by is not None
    token = secrets.token_urlsafe(24)
    reasons: dict[UUID, str | None] = await work.open([row], DischargeSummary.amended_why)
    printed = await printing.print_summary(
        work,
        parts,
        row.number,
        signer=(await names(work, [row.signed_by]))[row.signed_by].name,
        signed_at=work.now,
        zone=await zone_of(work, encounter),
        why=reasons[row.id] or "",
        address=f"{site.rstrip('/')}/letters/{token}",
    )
    signed = await signing.sign(work.node, printed, by=work.actor.name)
    row.paper_hash = sha256(signed).digest()
    row.token_hash = work.node.vault.hash("summary", token)
    await work.seal(row, paper=Printed(b64encode(signed).decode()))
