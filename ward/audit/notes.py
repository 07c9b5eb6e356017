"""Notes: short texts that this installation signs, in the form of C2SP signed notes.

A checkpoint is such a note (C2SP tlog-checkpoint): origin, number of entries, root; then our own
lines: the hash of the note before it, and up to which transaction all is in. Whoever has the
public key can check one anywhere.
"""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from domain.errors import NotAllowed

ORIGIN = "ward/trail"
ED25519 = b"\x01"
KEY_ID = 4
_MARK = "\u2014 "  # an em dash and a space begin a signature


class Forged(NotAllowed, ValueError):
    """A note that this key did not sign, or that is no note at all."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: so many entries, this root, after that note."""

    size: int
    root: bytes
    before: bytes  # hash of the note before it; zeros for the first
    settled: int  # every transaction below this number is under it: none can come later

    def text(self) -> str:
        """Write the signed part."""
        ours = f"before {_b64(self.before)}\nsettled {self.settled}\n"
        return f"{ORIGIN}\n{self.size}\n{_b64(self.root)}\n{ours}"

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """Read the signed part again."""
        try:
            origin, size, root, before, settled = text.splitlines()
            chained = _raw(before.removeprefix("before "))
            read = cls(int(size), _raw(root), chained, int(settled.removeprefix("settled ")))
        except ValueError:
            raise Forged("This is not a checkpoint of Ward's trail.") from None
        if origin != ORIGIN or read.text() != text:
            raise Forged("This is not a checkpoint of Ward's trail.")
        return read


class Signer:
    """The key that seals the trail: drawn from the installation's own, it stands on no disk."""

    def __init__(self, secret: bytes) -> None:
        seed = HKDFExpand(SHA256(), 32, b"ward.audit.seal").derive(secret)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = Public(self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """Sign a text that ends with a line break; return the note."""
        signature = self.public.key_id + self._key.sign(text.encode())
        return f"{text}\n{_MARK}{ORIGIN} {_b64(signature)}\n"


@dataclass(frozen=True, slots=True)
class Public:
    """The public half: enough to check everything that was sealed."""

    raw: bytes

    @property
    def key_id(self) -> bytes:
        """Name the key in four bytes, as signed notes do."""
        return sha256(ORIGIN.encode() + b"\n" + ED25519 + self.raw).digest()[:KEY_ID]

    def __str__(self) -> str:
        """Write the key as tools for signed notes read it."""
        return f"{ORIGIN}+{self.key_id.hex()}+{_b64(ED25519 + self.raw)}"

    @classmethod
    def read(cls, text: str) -> "Public":
        """Read a key as it is written."""
        try:
            origin, _, rest = text.strip().partition("+")
            key_id, _, encoded = rest.partition("+")
            raw = _raw(encoded)
        except ValueError:
            raise Forged("This is not a public key of Ward's trail.") from None
        key = cls(raw[1:])
        if origin != ORIGIN or raw[:1] != ED25519 or key.key_id.hex() != key_id:
            raise Forged("This is not a public key of Ward's trail.")
        return key

    def check(self, note: str) -> str:
        """Give the signed text of a note, or raise Forged."""
        text, blank, last = note.rpartition(f"\n{_MARK}")
        name, _, encoded = last.strip().partition(" ")
        try:
            signature = _raw(encoded)
            key = Ed25519PublicKey.from_public_bytes(self.raw)
            if not blank or name != ORIGIN or signature[:KEY_ID] != self.key_id:
                raise Forged("This note was not signed by this key.")
            key.verify(signature[KEY_ID:], text.encode())
        except (ValueError, InvalidSignature):
            raise Forged("This note was not signed by this key.") from None
        return text


def digest(note: str) -> bytes:
    """Hash a whole note, for the one that follows it."""
    return sha256(note.encode()).digest()


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(text) from None
