"""Keys: an authenticator in a few lines, which signs what it is asked, also what it should not."""

import hashlib
import json
import os
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url as text

PRESENT, VERIFIED, MADE = 0x01, 0x04, 0x40  # WebAuthn, 6.1: flags of the authenticator


@dataclass
class Key:
    """One key pair, made for one site."""

    host: str
    origin: str
    name: bytes = field(default_factory=lambda: os.urandom(32))
    count: int = 0
    secret: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def made(self, challenge: str, flags: int = PRESENT | VERIFIED) -> dict[str, object]:
        """Answer the question to make a key."""
        point = self.secret.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        data = self._data(flags | MADE) + bytes(16) + len(self.name).to_bytes(2) + self.name
        attested = {"fmt": "none", "attStmt": {}, "authData": data + cbor2.dumps(cose)}
        said = self._said("webauthn.create", challenge)
        return self._whole(
            {"clientDataJSON": text(said), "attestationObject": text(cbor2.dumps(attested))}
        )

    def signed(self, challenge: str, flags: int = PRESENT | VERIFIED) -> dict[str, object]:
        """Answer the question to sign."""
        self.count += 1
        data, said = self._data(flags), self._said("webauthn.get", challenge)
        plain = data + hashlib.sha256(said).digest()
        signature = self.secret.sign(plain, ec.ECDSA(hashes.SHA256()))
        return self._whole(
            {
                "clientDataJSON": text(said),
                "authenticatorData": text(data),
                "signature": text(signature),
            }
        )

    def _data(self, flags: int) -> bytes:
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([flags]) + self.count.to_bytes(4)

    def _said(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(said).encode()

    def _whole(self, response: dict[str, str]) -> dict[str, object]:
        name = text(self.name)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}
