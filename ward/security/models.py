"""Users, devices, grants and sessions: who may be signed in, and as what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.access import Role
from ward.db import Model, Scope, clear, sealed


class User(Model):
    """A person who can sign in; the name is sealed under the person's own key."""

    __tablename__ = "app_user"
    scope = Scope(person="id")

    username: Mapped[str] = clear("sign-in name, given by the hospital", unique=True)
    name: Mapped[bytes] = sealed(str)
    password_hash: Mapped[str] = clear("argon2id, peppered")
    disabled_at: Mapped[datetime | None]


class Device(Model):
    """A screen without a user, for example a wallboard; known by the hash of its token."""

    __tablename__ = "device"

    label: Mapped[str] = clear("where the screen hangs")
    token_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of a random token"})
    revoked_at: Mapped[datetime | None]


class Grant(Model):
    """A role given to a person or a device: at a branch, for one ward or for all of them."""

    __tablename__ = "user_grant"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, device_id) = 1", name="one_holder"),
        Index("ix_user_grant_standing", "user_id", postgresql_where=text("revoked_at IS NULL")),
    )
    scope = Scope(person="user_id")

    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey(Device.id), index=True)
    role: Mapped[Role]
    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branch.id"), index=True)
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey("ward.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SessionKind(StrEnum):
    """How long a session may be idle before it locks."""

    DESKTOP = "desktop"
    TABLET = "tablet"
    PHONE = "phone"


class Session(Model):
    """A signed-in person on one device, acting under one grant."""

    __tablename__ = "session"
    scope = Scope(person="user_id")

    token_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of a random token"})
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey(Grant.id))
    kind: Mapped[SessionKind]
    ip: Mapped[str] = clear("where the sign-in came from")
    auth_time: Mapped[datetime]
    amr: Mapped[str] = clear("how the person proved it: pwd")
    idle_until: Mapped[datetime]
    abs_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
