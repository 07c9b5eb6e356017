"""Staff: people who care, whether or not they can sign in."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope, clear, sealed
from ward.errors import explain
from ward.places.models import Branch
from ward.security.models import User
from ward.sources import Source

SEEN = "keyed hash of what a border sent last: the same again changes nothing"


class Organization(Model):
    """An outside body that employs or sends; in FHIR an Organization."""

    __tablename__ = "organization"
    scope = Scope()

    label: Mapped[str] = clear("name of an institution, not of a person")
    source_seen: Mapped[bytes | None] = mapped_column(info={"clear": SEEN})


class OrganizationSource(Source):
    """A key by which another system knows an organisation."""

    __tablename__ = "organization_source"
    scope = Scope()
    of = "organization_id"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id), index=True)


class Practitioner(Model):
    """A member of staff; in FHIR a Practitioner. The name is sealed under their own key."""

    __tablename__ = "practitioner"
    scope = Scope(branch="branch_id")

    branch_id: Mapped[UUID | None] = mapped_column(ForeignKey(Branch.id), index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id), unique=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    name: Mapped[bytes] = sealed(str)
    number: Mapped[bytes | None] = sealed(str)
    source_seen: Mapped[bytes | None] = mapped_column(info={"clear": SEEN})


class PractitionerSource(Source):
    """A key by which another system knows a member of staff."""

    __tablename__ = "practitioner_source"
    scope = Scope()
    of = "practitioner_id"

    practitioner_id: Mapped[UUID] = mapped_column(ForeignKey(Practitioner.id), index=True)


explain("uq_organization_source_mark", "This organisation was just taken in by another import.")
explain("uq_practitioner_source_mark", "This person was just taken in by another import.")
