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
    must_change_since: Mapped[datetime | None]  # since another chose the password
    disabled_at: Mapped[datetime | None]


class DeviceKind(StrEnum):
    """What a device is enrolled for."""

    WALL = "wall"  # a screen without a user
    SHARED = "shared"  # a tablet or a desk that many people use in turn


class Device(Model):
    """A screen the hospital knows: a wallboard, or a tablet of a ward; by the hash of its token."""

    __tablename__ = "device"
    scope = Scope(house=True)

    label: Mapped[str] = clear("where the screen hangs or lies")
    kind: Mapped[DeviceKind] = mapped_column(default=DeviceKind.WALL)
    branch_id: Mapped[UUID | None] = mapped_column(ForeignKey("branch.id"))
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey("ward.id"))
    token_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of a random token"})
    enrolled_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # when its screen last asked, to the minute
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
    __table_args__ = (Index("ix_session_ip", "ip", "auth_time"),)
    scope = Scope(person="user_id")

    token_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of a random token"})
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey(Grant.id))
    kind: Mapped[SessionKind]
    ip: Mapped[str] = clear("where the sign-in came from")
    auth_time: Mapped[datetime]
    amr: Mapped[str] = clear("how the person proved it: pwd, otp, hwk, rcv, pin, oidc (RFC 8176)")
    proved_at: Mapped[datetime | None]  # when the person last gave all the proof asked of them
    owes: Mapped[bool] = mapped_column(default=False)  # a second factor, before anything else
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey(Device.id), index=True)
    outside: Mapped[bytes | None] = mapped_column(
        index=True, info={"clear": "keyed hash of the provider's session"}
    )
    idle_until: Mapped[datetime]
    abs_until: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
