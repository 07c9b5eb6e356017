"""Staff: the commands."""

from uuid import UUID

from sqlalchemy import select

from domain.access import Permission
from ward.db import new_id
from ward.staff.models import Organization, Practitioner
from ward.work import Work

_ENGAGE = Permission.ENGAGE_STAFF


async def engage(  # noqa: PLR0913 - what is known of a person, by name
    work: Work,
    name: str,
    *,
    number: str | None = None,
    source: str | None = None,
    branch_id: UUID | None = None,
    user_id: UUID | None = None,
    organization_id: UUID | None = None,
) -> tuple[Practitioner, bool]:
    """Take a member of staff on; True when new, False when the source was known already."""
    digest = work.node.vault.hash("practitioner", source) if source else None
    if digest is not None:
        known = await work.every(
            select(Practitioner).where(Practitioner.source_hash == digest), _ENGAGE
        )
        if known:
            return known[0], False
    person = Practitioner(
        id=new_id(),
        branch_id=branch_id,
        user_id=user_id,
        organization_id=organization_id,
        source_hash=digest,
    )
    await work.seal(person, name=name, number=number)
    work.add(person, _ENGAGE)
    await work.flush()
    return person, True


async def found(work: Work, label: str, source: str) -> tuple[Organization, bool]:
    """Know an outside organisation; True when new, False when the source was known already."""
    known = await work.every(select(Organization).where(Organization.source == source), _ENGAGE)
    if known:
        return known[0], False
    body = Organization(label=label, source=source)
    work.add(body, _ENGAGE)
    await work.flush()
    return body, True
