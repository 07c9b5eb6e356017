"""Staff: people who care, whether or not they can sign in."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope, clear, sealed
from ward.places.models import Branch
from ward.security.models import User


class Organization(Model):
    """An outside body that employs or sends; in FHIR an Organization."""

    __tablename__ = "organization"
    scope = Scope()

    label: Mapped[str] = clear("name of an institution, not of a person")
    source: Mapped[str] = clear("key of the resource it came from", unique=True)


class Practitioner(Model):
    """A member of staff; in FHIR a Practitioner. The name is sealed under their own key."""

    __tablename__ = "practitioner"
    scope = Scope(branch="branch_id")

    branch_id: Mapped[UUID | None] = mapped_column(ForeignKey(Branch.id), index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id), unique=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    name: Mapped[bytes] = sealed(str)
    number: Mapped[bytes | None] = sealed(str)
    source_hash: Mapped[bytes | None] = mapped_column(
        unique=True, info={"clear": "keyed hash of the number it came with"}
    )
