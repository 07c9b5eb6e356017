"""Receivers that administrators added, and the pictures of who is here that receivers asked for."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, Scope, clear
from ward.errors import explain


class ReceiverState(StrEnum):
    """Where a receiver stands: what is told to one that is paused waits for it."""

    TOLD = "told"
    PAUSED = "paused"
    REMOVED = "removed"

    @property
    def word(self) -> str:
        """Name the state as the page does."""
        return {"told": "Is told", "paused": "Paused", "removed": "Removed"}[self.value]


class Hl7Receiver(Model):
    """A system that is told what happens here; in FHIR an Endpoint.

    `name` is what its messages in line are kept under, for good; `application` and `facility` are
    MSH-5 and MSH-6, the latter empty where that of the patient's site is meant.
    """

    __tablename__ = "hl7_receiver"
    __table_args__ = (
        Index(
            "uq_hl7_receiver_name", "name", unique=True, postgresql_where=text("state <> 'removed'")
        ),
    )
    scope = Scope(house=True)

    name: Mapped[str] = clear("name of a receiving system")
    application: Mapped[str] = clear("name of a receiving system")
    facility: Mapped[str] = clear("name of a site")
    host: Mapped[str] = clear("address of a receiving system")
    port: Mapped[int]
    kinds: Mapped[list[str]] = clear("kinds of messages", ARRAY(Text))
    state: Mapped[ReceiverState] = mapped_column(default=ReceiverState.TOLD)
    added_at: Mapped[datetime]


class PictureState(StrEnum):
    """Where a picture stands."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class Hl7Picture(Model):
    """Everybody who is here, told to one receiver stay by stay, in the order of their visits.

    `reached` is the visit that was looked at last, `until` the newest when it began: who came
    later is told by the own admission.
    """

    __tablename__ = "hl7_picture"
    __table_args__ = (
        Index(
            "uq_hl7_picture_running",
            "receiver",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_hl7_picture_begun", "receiver", "begun_at"),
    )
    scope = Scope(house=True)

    receiver: Mapped[str] = clear("name of a receiving system")
    state: Mapped[PictureState] = mapped_column(default=PictureState.RUNNING)
    total: Mapped[int]
    told: Mapped[int] = mapped_column(default=0)
    unread: Mapped[int] = mapped_column(default=0)
    reached: Mapped[UUID | None]
    until: Mapped[UUID | None]
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


explain("uq_hl7_receiver_name", "Another receiver is called that. Nothing was added.")
explain("uq_hl7_picture_running", "A picture is on its way to this receiver already.")
