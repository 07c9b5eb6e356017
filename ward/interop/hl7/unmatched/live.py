"""Live: results that wait for their patient, and the badge that tells the laboratory of them.

Messages belong to the house: every branch sees the same. Neither names anybody, nor a result; so
they show no class of data.
"""

from uuid import UUID

from domain.access import D5, DataClass, Permission
from ward import live
from ward.interop.hl7.unmatched import queries
from ward.live import Region, Screen
from ward.places.models import Branch
from ward.security.actors import System
from ward.work import Work

SEE = Permission.RELEASE_RESULT
_READER = System("job:unmatched", frozenset())
VIEWS: dict[str, set[DataClass]] = {"desk": set()}


@live.screen("unmatched", SEE, of=Branch, views=VIEWS)
async def unmatched(work: Work, branch_id: UUID) -> Screen:
    """Draw what waits, the gravest first; nothing of whom it is about."""
    eyes = _eyes(work)
    branch = await eyes.access(Branch, branch_id, SEE)
    lines = await queries.waiting(eyes)
    regions = [Region(f"held-{line.id}", "hl7/_held_line.html", {"line": line}) for line in lines]
    context = {"count": await queries.count(eyes)}
    return Screen("hl7/_unmatched.html", context, regions, zone=branch.zone)


@live.screen("held", SEE, of=Branch, views=VIEWS)
async def badge(work: Work, branch_id: UUID) -> Screen:
    """Draw how many wait, on every page of the laboratory."""
    eyes = _eyes(work)
    branch = await eyes.access(Branch, branch_id, SEE)
    region = Region("held-count", "hl7/_held_badge.html", {"count": await queries.count(eyes)})
    return Screen("alerts/_bells.html", {}, [region], zone=branch.zone)


def _eyes(work: Work) -> Work:
    """Count and list without content: what is drawn of it is of no class."""
    return work.watched(_READER, frozenset({D5}))
