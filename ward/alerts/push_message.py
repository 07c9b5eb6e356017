"""Push message: what a push service is handed: sealed for one phone, and nothing of a patient."""

import json
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ward.config import Settings
from ward.security import vapid

ALERT: dict[str, str] = {"kind": "alert"}
TEST: dict[str, str] = {"kind": "test"}
RECORD = 4096  # RFC 8188: the size of a record; a message is one
SALT, KEY, NONCE = 16, 16, 12
LAST = b"\x02"  # RFC 8188 section 2: the delimiter of the last record


@dataclass(frozen=True, slots=True, repr=False)
class Phone:
    """Where a browser can be reached, and for whose eyes: opened, so never logged."""

    endpoint: str
    p256dh: str
    auth: str
    server: str  # our public key when it subscribed; with another one nothing reaches it


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A request to a push service, ready to be sent."""

    endpoint: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def letter(
    phone: Phone, said: dict[str, str], choice: Settings, now: datetime, lasts: timedelta
) -> Letter:
    """Write a message for a phone; the push service keeps it no longer than it is true."""
    assert choice.push_key is not None
    assert choice.push_contact is not None
    plain = json.dumps(said, separators=(",", ":")).encode()
    private = choice.push_key.get_secret_value()
    headers = {
        "Authorization": vapid.authorization(private, choice.push_contact, phone.endpoint, now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(max(0, int(lasts.total_seconds()))),
        "Topic": said["kind"],  # RFC 8030 section 5.4: of those that wait, the last is enough
        "Urgency": "high",
    }
    body = seal(plain, vapid.bytes_of(phone.p256dh), vapid.bytes_of(phone.auth))
    return Letter(phone.endpoint, body, headers)


def seal(
    plain: bytes,
    theirs: bytes,
    auth: bytes,
    *,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Encrypt for one browser as RFC 8291 says; key and salt are given by its example alone."""
    own = own or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(SALT)
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
    ours = vapid.point_of(own.public_key())
    shared = own.exchange(ec.ECDH(), point)
    agreed = _derived(shared, auth, b"WebPush: info\0" + theirs + ours, 32)
    key = _derived(agreed, salt, b"Content-Encoding: aes128gcm\0", KEY)
    nonce = _derived(agreed, salt, b"Content-Encoding: nonce\0", NONCE)
    sealed = AESGCM(key).encrypt(nonce, plain + LAST, None)
    return salt + RECORD.to_bytes(4) + bytes([len(ours)]) + ours + sealed


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
