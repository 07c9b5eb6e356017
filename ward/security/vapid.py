"""Vapid: the key by which push services know this installation (RFC 8292)."""

import base64
import json
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

GOOD_FOR = timedelta(hours=12)  # RFC 8292 section 2: at most 24


def new_key() -> str:
    """Make a private key in the form that WARD_PUSH_KEY takes."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return text_of(number.to_bytes(32))


@cache
def public_of(private: str) -> str:
    """Give the public half, which browsers are told when they subscribe."""
    return text_of(point_of(_key(private).public_key()))


def authorization(private: str, contact: str, endpoint: str, now: datetime) -> str:
    """Sign for one push service who is asking, and for how long that holds."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + GOOD_FOR).timestamp()),
        "sub": contact,
    }
    said = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    signature = _key(private).sign(said.encode(), ec.ECDSA(hashes.SHA256()))
    both = b"".join(half.to_bytes(32) for half in decode_dss_signature(signature))
    return f"vapid t={said}.{text_of(both)}, k={public_of(private)}"


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Write a public key as browsers do: 65 bytes, uncompressed."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def text_of(raw: bytes) -> str:
    """Write bytes in the alphabet of addresses, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bytes_of(text: str) -> bytes:
    """Read them again; ValueError when they are none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


@cache
def _key(private: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(bytes_of(private)), ec.SECP256R1())


def _json(value: dict[str, object]) -> str:
    return text_of(json.dumps(value, separators=(",", ":")).encode())
