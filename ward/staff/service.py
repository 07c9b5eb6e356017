"""Staff: the commands."""

from uuid import UUID

from domain.access import Permission
from ward.db import new_id
from ward.staff.models import Practitioner
from ward.work import Work


async def engage(  # noqa: PLR0913 - what is known of a person, by name
    work: Work,
    name: str,
    *,
    number: str | None = None,
    branch_id: UUID | None = None,
    user_id: UUID | None = None,
    organization_id: UUID | None = None,
) -> Practitioner:
    """Take a member of staff on."""
    person = Practitioner(
        id=new_id(), branch_id=branch_id, user_id=user_id, organization_id=organization_id
    )
    await work.seal(person, name=name, number=number)
    work.add(person, Permission.ENGAGE_STAFF)
    await work.flush()
    return person
