"""Codes of other systems: what a sender's word for a visit, a place or a person means here."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope, clear, sealed
from ward.interop.hl7.models import SENDER
from ward.places.models import Ward
from ward.scheduling.clinics import Resource, VisitType


class CodeKind(StrEnum):
    """What a code of an appointment stands for; our own words."""

    VISIT = "visit"
    PLACE = "place"
    PERSON = "person"
    EQUIPMENT = "equipment"

    @property
    def word(self) -> str:
        """Name it on a page."""
        return self.value.capitalize()


class Hl7Code(Model):
    """What one code of one sender means: a visit, a clinic, or who or what is booked.

    With none of the three it is not booked here: the sender keeps it for itself.
    """

    __tablename__ = "hl7_code"
    __table_args__ = (
        CheckConstraint("num_nonnulls(ward_id, resource_id, visit_type_id) <= 1", name="one"),
    )
    scope = Scope(house=True)

    msh3: Mapped[str] = clear(SENDER)
    msh4: Mapped[str] = clear(SENDER)
    kind: Mapped[CodeKind]
    mark: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of sender and code"})
    words: Mapped[bytes] = sealed(str)  # as the sender wrote it; it may name a clinician
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey(Ward.id), index=True)
    resource_id: Mapped[UUID | None] = mapped_column(ForeignKey(Resource.id), index=True)
    visit_type_id: Mapped[UUID | None] = mapped_column(ForeignKey(VisitType.id), index=True)
