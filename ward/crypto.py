"""Crypto: keys, and values that open only where they were sealed."""

import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from sqlalchemy import LargeBinary, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from ward.config import DEMO_KEYS_MARK, Env, Settings
from ward.db import Model, clear

log = structlog.get_logger()

ENVELOPE = 1  # version of the envelope's layout
AES_256_GCM = 1
NONCE = 12
PURPOSES = ("kek", "blind", "pepper", "signing")  # keys of the whole installation
HEAD = 4  # version, algorithm, DEK version (two bytes)


class Unreadable(Exception):
    """A ciphertext does not open here: moved, altered, or its key was destroyed."""


class KeyProvider(Protocol):
    """Where the root key lives; the root key itself never leaves it."""

    async def wrap(self, key: bytes) -> bytes: ...

    async def unwrap(self, wrapped: bytes) -> bytes: ...

    async def health(self) -> None: ...


class KeyRing(Model):
    """A key of the whole installation, wrapped by the root key."""

    __tablename__ = "key_ring"

    purpose: Mapped[str] = clear("kek, blind, pepper or signing: what the key is for", unique=True)
    wrapped: Mapped[bytes]


class SubjectKey(Model):
    """The data key of one subject (patient, member of staff, message), wrapped by the KEK."""

    __tablename__ = "subject_key"

    subject_id: Mapped[UUID] = mapped_column(index=True, unique=True)
    key_version: Mapped[int] = mapped_column(default=1)
    wrapped: Mapped[bytes]


class FileKeys:
    """A root key in a file of mode 0600, made on first use; for newcomers and small sites."""

    def __init__(self, folder: Path, *, demo: bool = False) -> None:
        self.path = folder / "root.key"
        self.demo = demo
        self.fresh = False

    def _root(self) -> bytes:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return self._root()
            with os.fdopen(handle, "wb") as file:
                file.write(AESGCM.generate_key(256))
                file.flush()
                os.fsync(file.fileno())
            if self.demo:
                (self.path.parent / DEMO_KEYS_MARK).write_text("Made by a demo.\n", "utf-8")
            self.fresh = True
            log.warning("keys.made", path=str(self.path), do="Keep a copy of this file elsewhere.")
        root = self.path.read_bytes()
        if len(root) != 32:
            raise Unreadable(f"{self.path} does not hold a 256-bit key.")
        return root

    async def wrap(self, key: bytes) -> bytes:
        return aes_key_wrap(self._root(), key)

    async def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._root(), wrapped)
        except InvalidUnwrap as error:
            raise Unreadable(
                f"The root key in {self.path} is not the one this database uses."
            ) from error

    async def health(self) -> None:
        self._root()


class EnvKeys(FileKeys):
    """A root key in the environment (64 hexadecimal digits)."""

    def __init__(self, key: str) -> None:
        self.key = bytes.fromhex(key)
        self.path = Path("WARD_ROOT_KEY")
        self.fresh = False

    def _root(self) -> bytes:
        if len(self.key) != 32:
            raise Unreadable("WARD_ROOT_KEY is not 64 hexadecimal digits.")
        return self.key


@dataclass(frozen=True, slots=True)
class Vault:
    """The keys of a running node: unwrapped once, kept in memory alone."""

    kek: bytes
    blind: bytes
    pepper: bytes
    signing: bytes  # what the key of signed documents is drawn from (ward.signing)

    def hash(self, purpose: str, value: str) -> bytes:
        """Hash a number keyed and in full length, for uniqueness without its text."""
        return hmac.new(self.blind, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()

    def new_key(self, subject_id: UUID) -> tuple[SubjectKey, bytes]:
        """Make a subject's data key: the row to store, and the key."""
        key = AESGCM.generate_key(256)
        row = SubjectKey(subject_id=subject_id, key_version=1, wrapped=aes_key_wrap(self.kek, key))
        return row, key

    def unwrap(self, wrapped: bytes) -> bytes:
        """Unwrap a data key; Unreadable when it is not one of ours."""
        return _unwrap(self.kek, wrapped)


@lru_cache(maxsize=20_000)
def _unwrap(kek: bytes, wrapped: bytes) -> bytes:
    try:
        return aes_key_unwrap(kek, wrapped)
    except InvalidUnwrap as error:
        raise Unreadable("A data key does not open.") from error


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


def seal(key: bytes, version: int, place: Place, plain: bytes) -> bytes:
    """Encrypt for one place: version | algorithm | key version | nonce | ciphertext and tag."""
    nonce = os.urandom(NONCE)
    head = bytes((ENVELOPE, AES_256_GCM)) + version.to_bytes(2)
    return head + nonce + AESGCM(key).encrypt(nonce, plain, place.aad(version))


def unseal(key: bytes, place: Place, envelope: bytes) -> bytes:
    """Decrypt what was sealed for this very place, or raise Unreadable."""
    if len(envelope) < HEAD + NONCE + 16 or envelope[0] != ENVELOPE or envelope[1] != AES_256_GCM:
        raise Unreadable("An envelope is not in a known form.")
    version = int.from_bytes(envelope[2:HEAD])
    nonce, body = envelope[HEAD : HEAD + NONCE], envelope[HEAD + NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, body, place.aad(version))
    except InvalidTag as error:
        raise Unreadable(f"A value of {place.table}.{place.column} does not open.") from error


_KEYS = text(
    "SELECT subject_id, key_version, wrapped FROM subject_key WHERE subject_id = ANY(:ids)"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


async def keys_of(
    connection: AsyncConnection, vault: Vault, subjects: Iterable[UUID]
) -> dict[UUID, tuple[bytes, int]]:
    """Fetch the data keys of many subjects in one statement: subject to (key, version)."""
    rows = await connection.execute(_KEYS, {"ids": sorted(set(subjects))})
    return unwrapped(vault, rows)


def unwrapped(vault: Vault, rows: Iterable[Any]) -> dict[UUID, tuple[bytes, int]]:
    """Unwrap data keys as they are stored: subject, version, wrapped; no subject is no key."""
    return {
        subject: (vault.unwrap(wrapped), version)
        for subject, version, wrapped in rows
        if subject is not None
    }


def provider_of(choice: Settings) -> KeyProvider:
    """Read WARD_KEYS: `file:`, `file:/some/folder`, or `env` (the key is WARD_ROOT_KEY)."""
    if choice.key_folder is not None:
        return FileKeys(choice.key_folder, demo=choice.env is not Env.PRODUCTION)
    if choice.keys == "env" and choice.root_key is not None:
        return EnvKeys(choice.root_key.get_secret_value())
    raise Unreadable("WARD_KEYS=env needs WARD_ROOT_KEY; other providers are not built in yet.")


async def open_vault(connection: AsyncConnection, provider: KeyProvider) -> Vault:
    """Unwrap the installation's keys, making them on the very first start."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('ward.key_ring'))"))
    ring = await connection.execute(text("SELECT purpose, wrapped FROM key_ring"))
    keys = {purpose: await provider.unwrap(wrapped) for purpose, wrapped in ring}
    for purpose in PURPOSES:
        if purpose not in keys:
            keys[purpose] = AESGCM.generate_key(256)
            row = {"purpose": purpose, "wrapped": await provider.wrap(keys[purpose])}
            await connection.execute(_NEW_KEY, row)
    return Vault(**{purpose: keys[purpose] for purpose in PURPOSES})


_NEW_KEY = text(
    "INSERT INTO key_ring (id, version, purpose, wrapped)"
    " VALUES (gen_random_uuid(), 1, :purpose, :wrapped)"
).bindparams(bindparam("wrapped", type_=LargeBinary))
