"""Crypto: keys, and values that open only where they were sealed."""

import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import BigInteger, Computed, ForeignKey, Index, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from ward.db import Model, clear
from ward.errors import Unavailable

ENVELOPE = 1  # version of the envelope's layout
AES_256_GCM = 1
NONCE, TAG = 12, 16
HEAD = 4  # version, algorithm, DEK version (two bytes)
NUMBER = 2  # bytes of a wrapped data key that name the version of the key around it
WRAPPED = NUMBER + 40  # AES key wrap (RFC 3394) adds 8 bytes to 32
MOST_OPEN = 20_000  # data keys that a process keeps unwrapped


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ciphertext belongs; it opens nowhere else."""

    table: str
    column: str
    row_id: UUID
    subject_id: UUID

    def aad(self, version: int) -> bytes:
        parts = (
            self.table.encode(),
            self.column.encode(),
            self.row_id.bytes,
            self.subject_id.bytes,
        )
        return b"".join(len(p).to_bytes(2) + p for p in (*parts, version.to_bytes(2)))


class Unreadable(Exception):
    """A ciphertext does not open here; its kinds say why, `place` says where it is known."""

    why: ClassVar[str] = "unreadable"

    def __init__(self, sentence: str, place: Place | None = None) -> None:
        super().__init__(sentence)
        self.place = place


class Malformed(Unreadable):
    """It is cut off, or in a form or under an algorithm that no version of Ward writes."""

    why = "malformed"


class OtherVersion(Unreadable):
    """It was sealed under another version of its subject's key than the one that stands."""

    why = "other-version"


class Altered(Unreadable):
    """It was changed, or comes from another table, column, row or person."""

    why = "altered"


class NoKey(Unreadable):
    """The data key of its subject is not there, or does not open itself."""

    why = "no-key"


class Erased(Unreadable):
    """The data key of its subject was destroyed on purpose: nobody can open it ever again."""

    why = "erased"


class Lapsed(Unavailable):
    """The key server was away for so long that this node has forgotten the keys (503)."""

    def __init__(self) -> None:
        super().__init__(
            "The key server has not answered for half a day, so nothing stored can be opened."
            " Tell the administrator."
        )


class KeyRing(Model):
    """A key of the whole installation, wrapped by the root key."""

    __tablename__ = "key_ring"

    purpose: Mapped[str] = clear("blind, pepper or signing: what the key is for", unique=True)
    wrapped: Mapped[bytes]


class KekState(StrEnum):
    """What a version of the key around all data keys is for."""

    COMING = "coming"  # nodes learn it; nothing is wrapped by it
    CURRENT = "current"  # wraps new data keys
    OLD = "old"  # opens what is not wrapped anew yet


class Kek(Model):
    """A version of the key that wraps the data keys, itself wrapped by the root key."""

    __tablename__ = "kek"
    __table_args__ = (
        Index("uq_kek_current", "state", unique=True, postgresql_where=text("state = 'current'")),
    )

    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[KekState]
    wrapped: Mapped[bytes]
    made_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]  # when every data key was wrapped by it


class SubjectKey(Model):
    """The data key of one subject (patient, member of staff, message), wrapped by a KEK.

    The first two bytes name the KEK's version. Without `wrapped` the subject was erased: the
    row stays, so that no other key can take its place.
    """

    __tablename__ = "subject_key"
    __table_args__ = (
        Index("ix_subject_key_erased", "subject_id", postgresql_where=text("wrapped IS NULL")),
    )

    subject_id: Mapped[UUID] = mapped_column(index=True, unique=True)
    key_version: Mapped[int] = mapped_column(default=1)
    wrapped: Mapped[bytes | None]
    kek: Mapped[int | None] = mapped_column(
        BigInteger,
        ForeignKey(Kek.number),
        Computed("get_byte(wrapped, 0) * 256 + get_byte(wrapped, 1)", persisted=True),
        index=True,
    )


Key = tuple[bytes, int]  # a subject's data key, and its version
ERASED: Key = (b"", 0)  # in the place of a key that was destroyed on purpose
BROKEN: Key = (b"", -1)  # in the place of a key that does not open


@dataclass(frozen=True, slots=True, repr=False)
class House:
    """The keys of the whole installation that seal no data."""

    blind: bytes
    pepper: bytes
    signing: bytes  # what the key of signed documents is drawn from (ward.signing)


Learn = Callable[["Vault", AsyncConnection], Awaitable[None]]


async def _nothing(_vault: "Vault", _connection: AsyncConnection) -> None:
    """Learn nothing: a vault without a provider behind it."""


@dataclass(slots=True, repr=False)
class Vault:
    """The keys of a running node: in memory alone, and no longer than `until` (monotonic)."""

    keks: dict[int, bytes]
    current: int  # the version that wraps new data keys
    house: House | None
    learn: Learn = _nothing
    until: float = float("inf")
    _open: Any = field(init=False)

    def __post_init__(self) -> None:
        """Begin without any data key."""
        self._open = lru_cache(maxsize=MOST_OPEN)(self._unwrapped)

    @property
    def blind(self) -> bytes:
        """Give the key of keyed hashes."""
        return self._house.blind

    @property
    def pepper(self) -> bytes:
        """Give what passwords are peppered with."""
        return self._house.pepper

    @property
    def signing(self) -> bytes:
        """Give what the keys of signatures are drawn from."""
        return self._house.signing

    @property
    def _house(self) -> House:
        if self.house is None:
            raise Lapsed
        return self.house

    def hash(self, purpose: str, value: str) -> bytes:
        """Hash a number keyed and in full length, for uniqueness without its text."""
        return hmac.new(self.blind, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()

    def new_key(self, subject_id: UUID) -> tuple[SubjectKey, bytes]:
        """Make a subject's data key: the row to store, and the key."""
        key = AESGCM.generate_key(256)
        return SubjectKey(subject_id=subject_id, key_version=1, wrapped=self.wrap(key)), key

    def wrap(self, key: bytes) -> bytes:
        """Wrap a data key by the current version, and name that."""
        if self.current not in self.keks:
            raise Lapsed
        return self.current.to_bytes(NUMBER) + aes_key_wrap(self.keks[self.current], key)

    def unwrap(self, wrapped: bytes | None) -> bytes:
        """Unwrap a data key; Erased when there is none any more, NoKey when it is not ours."""
        if wrapped is None:
            raise Erased("This was erased.")
        return self._open(wrapped)  # type: ignore[no-any-return]

    def _unwrapped(self, wrapped: bytes) -> bytes:
        if not self.keks:
            raise Lapsed
        kek = self.keks.get(int.from_bytes(wrapped[:NUMBER]))
        if kek is None or len(wrapped) != WRAPPED:
            raise NoKey("A data key is wrapped by no key of this installation.")
        try:
            return aes_key_unwrap(kek, wrapped[NUMBER:])
        except InvalidUnwrap as error:
            raise NoKey("A data key does not open.") from error

    async def ready(self, connection: AsyncConnection, wrapped: Iterable[bytes | None]) -> None:
        """Learn the versions that these data keys name, should they be news to this node."""
        if self.house is None:
            raise Lapsed
        if any(one and int.from_bytes(one[:NUMBER]) not in self.keks for one in wrapped):
            await self.learn(self, connection)

    def forget_open(self) -> None:
        """Forget every data key that was unwrapped; what is needed is unwrapped again."""
        self._open.cache_clear()

    def lapse(self) -> None:
        """Forget everything: nobody has vouched for these keys for too long."""
        self.keks, self.house = {}, None
        self.forget_open()


def seal(key: bytes, version: int, place: Place, plain: bytes) -> bytes:
    """Encrypt for one place: version | algorithm | key version | nonce | ciphertext and tag."""
    nonce = os.urandom(NONCE)
    head = bytes((ENVELOPE, AES_256_GCM)) + version.to_bytes(2)
    return head + nonce + AESGCM(key).encrypt(nonce, plain, place.aad(version))


def unseal(key: bytes, place: Place, envelope: bytes, version: int | None = None) -> bytes:
    """Decrypt what was sealed for this very place, or raise the kind of Unreadable it is.

    With `version` it must have been sealed under this version of the key.
    """
    if len(envelope) < HEAD + NONCE + TAG:
        raise Malformed(f"A value of {place.table}.{place.column} is cut off.", place)
    if envelope[0] != ENVELOPE or envelope[1] != AES_256_GCM:
        raise Malformed(f"A value of {place.table}.{place.column} is in an unknown form.", place)
    sealed_under = int.from_bytes(envelope[2:HEAD])
    if version is not None and sealed_under != version:
        told = f"A value of {place.table}.{place.column} is of version {sealed_under} of its key."
        raise OtherVersion(told, place)
    nonce, body = envelope[HEAD : HEAD + NONCE], envelope[HEAD + NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, body, place.aad(sealed_under))
    except InvalidTag as error:
        raise Altered(f"A value of {place.table}.{place.column} does not open.", place) from error


_KEYS = text(
    "SELECT subject_id, key_version, wrapped FROM subject_key WHERE subject_id = ANY(:ids)"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def keys_of(
    connection: AsyncConnection, vault: Vault, subjects: Iterable[UUID]
) -> dict[UUID, Key]:
    """Fetch the data keys of many subjects in one statement: subject to (key, version)."""
    rows = (await connection.execute(_KEYS, {"ids": sorted(set(subjects))})).all()
    return await unwrapped(connection, vault, rows)


async def unwrapped(
    connection: AsyncConnection, vault: Vault, rows: Iterable[Any]
) -> dict[UUID, Key]:
    """Unwrap data keys as they are stored: subject, version, wrapped; no subject is no key."""
    listed = [row for row in rows if row[0] is not None]
    await vault.ready(connection, (wrapped for _, _, wrapped in listed))
    return {subject: _key(vault, version, wrapped) for subject, version, wrapped in listed}


def _key(vault: Vault, version: int, wrapped: bytes | None) -> Key:
    """Unwrap one; a key that is gone or damaged takes none of the others with it."""
    if wrapped is None:
        return ERASED
    try:
        return vault.unwrap(wrapped), version
    except NoKey:
        return BROKEN


def whole(key: Key, place: Place | None = None) -> Key:
    """Give a key that can be used, or say why there is none."""
    if key is ERASED:
        raise Erased("This was erased, and cannot be read by anybody any more.", place)
    if key is BROKEN:
        raise NoKey("A data key does not open.", place)
    return key
