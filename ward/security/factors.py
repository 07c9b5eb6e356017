"""Factors: how people prove who they are beyond a password, and what is still under way."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.access import Role
from ward.db import Model, Scope, clear, sealed
from ward.security.models import Device, User


class Totp(Model):
    """The secret that a person's phone and Ward share; codes of a step count once."""

    __tablename__ = "totp"
    __table_args__ = (
        Index(
            "uq_totp_standing",
            "user_id",
            unique=True,
            postgresql_where=text("confirmed_at IS NOT NULL AND ended_at IS NULL"),
        ),
    )
    scope = Scope(person="user_id")
    subject = "user_id"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    secret: Mapped[bytes] = sealed(str)
    last_step: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RecoveryCode(Model):
    """One of the codes a person keeps on paper; it opens the door once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)
    scope = Scope(person="user_id")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    code_hash: Mapped[bytes] = mapped_column(info={"clear": "keyed hash of a random code"})
    made_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]


class Passkey(Model):
    """A key pair of which Ward knows the public half; the other stays on the person's device."""

    __tablename__ = "passkey"
    scope = Scope(person="user_id")
    subject = "user_id"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True, info={"clear": "name of a key"})
    public_key: Mapped[bytes] = mapped_column(info={"clear": "public half of a key"})
    sign_count: Mapped[int]
    label: Mapped[bytes] = sealed(str)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class DevicePin(Model):
    """A short number that lets one person in on one device; void after five wrong tries."""

    __tablename__ = "device_pin"
    __table_args__ = (
        Index(
            "uq_device_pin_standing",
            "device_id",
            "user_id",
            unique=True,
            postgresql_where=text("void_at IS NULL"),
        ),
    )
    scope = Scope(person="user_id")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey(Device.id))
    pin_hash: Mapped[str] = clear("argon2id, peppered")
    wrong: Mapped[int] = mapped_column(default=0)
    set_at: Mapped[datetime]
    until: Mapped[datetime]
    void_at: Mapped[datetime | None]


class Badge(Model):
    """What is printed on a person's badge: it says who, and proves nothing."""

    __tablename__ = "badge"
    __table_args__ = (
        Index(
            "uq_badge_standing", "code_hash", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
    )
    scope = Scope(person="user_id")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    code_hash: Mapped[bytes] = mapped_column(info={"clear": "keyed hash of a badge"})
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class OutsideIdentity(Model):
    """Who a person is at an identity provider: its issuer and their subject there."""

    __tablename__ = "outside_identity"
    __table_args__ = (
        Index(
            "uq_outside_identity_standing",
            "issuer",
            "subject_hash",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    scope = Scope(person="user_id")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    issuer: Mapped[str] = clear("address of an identity provider")
    subject_hash: Mapped[bytes] = mapped_column(info={"clear": "keyed hash"})
    linked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Purpose(StrEnum):
    """What somebody is in the middle of."""

    SECOND = "second"  # the password was right, the second factor is awaited
    PASSKEY = "passkey"  # a passkey was asked to sign
    REGISTER = "register"  # a passkey is being made
    OUTSIDE = "outside"  # an identity provider was asked


class Attempt(Model):
    """A step of signing in that waits for the next one; it can be gone on with once."""

    __tablename__ = "sign_in_attempt"
    scope = Scope(person="user_id")

    token_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of a random token"})
    purpose: Mapped[Purpose]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    challenge: Mapped[bytes] = mapped_column(info={"clear": "random, worth nothing once spent"})
    onward: Mapped[str | None] = clear("page to go to afterwards: a path with ids")
    data: Mapped[bytes | None] = sealed(dict[str, Any])
    until: Mapped[datetime] = mapped_column(index=True)
    spent_at: Mapped[datetime | None]


class RoleRule(Model):
    """What signing in as a role takes."""

    __tablename__ = "role_rule"
    scope = Scope(house=True)

    role: Mapped[Role] = mapped_column(unique=True)
    second_factor: Mapped[bool]
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))


class Draft(Model):
    """What somebody had typed when the screen locked; theirs alone, until they come back."""

    __tablename__ = "draft"
    scope = Scope(person="user_id")
    subject = "user_id"

    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id), index=True)
    path: Mapped[str] = clear("page: a path with ids")
    typed: Mapped[bytes] = sealed(dict[str, Any])
    at: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)
    taken_at: Mapped[datetime | None]


class SpentToken(Model):
    """A token of an identity provider that was heeded; it is heeded once."""

    __tablename__ = "spent_token"

    token_hash: Mapped[bytes] = mapped_column(unique=True, info={"clear": "hash of a token's name"})
    until: Mapped[datetime] = mapped_column(index=True)
