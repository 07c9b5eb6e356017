"""Phones: browsers that are woken, and a stand-in for the push service between."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.settling import PATIENCE
from tests.stations import Station
from ward.security.vapid import bytes_of, point_of, text_of

KEY = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"  # RFC 8291 appendix A: known to everybody
CONTACT = "mailto:it@ward.example.org"
PHONES = "SELECT count(*) FROM push_subscription"


@dataclass(frozen=True)
class Letter:
    """What a push service received."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def raw(self) -> bytes:
        return repr((self.path, self.headers)).encode() + self.body

    @property
    def readable(self) -> str:
        """What stands there in words: without the ciphertext, the signature and the numbers."""
        token = self.headers["Authorization"].removeprefix("vapid t=").split(",")[0]
        head, claims, _ = token.split(".")
        rest = {name: said for name, said in self.headers.items() if name != "Authorization"}
        return repr((self.path, rest, bytes_of(head), bytes_of(claims)))


@dataclass
class PushService:
    """A stand-in for a push service: takes letters on the loopback, answers as it is told."""

    port: int = 0
    letters: list[Letter] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)  # by path, else 201

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        exact = dict(line.split(": ", 1) for line in head[1:] if line)
        path = head[0].split()[1]
        body = await reader.readexactly(int(headers["content-length"]))
        self.letters.append(Letter(path, exact, body))
        status = (self.answers.get(path) or [201]).pop(0)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    def at(self, path: str) -> list[Letter]:
        return [one for one in self.letters if one.path == path]


class Phone:
    """A browser: its own keys, and how it reads what comes."""

    def __init__(self, service: PushService, name: str) -> None:
        self.service, self.path = service, f"/send/{name}"
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = name.encode().ljust(16, b"-")

    @property
    def said(self) -> dict[str, str]:
        return {
            "endpoint": f"http://127.0.0.1:{self.service.port}{self.path}",
            "p256dh": text_of(point_of(self.private.public_key())),
            "auth": text_of(self.auth),
        }

    @property
    def letters(self) -> list[Letter]:
        return self.service.at(self.path)

    async def turn_on(self, who: Station) -> None:
        answer = await who.post("/account/push", **self.said)
        assert answer.status_code == 204, answer.text

    def read(self, letter: Letter) -> bytes:
        return unsealed(letter.body, self.private, self.auth)


def unsealed(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Read a message as a browser does (RFC 8291 section 3, RFC 8188 section 2)."""
    salt, size, theirs = body[:16], int.from_bytes(body[16:20]), body[21 : 21 + body[20]]
    assert size >= len(body) - 21 - body[20]
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
    shared = private.exchange(ec.ECDH(), point)
    info = b"WebPush: info\0" + point_of(private.public_key()) + theirs
    agreed = HKDF(hashes.SHA256(), 32, auth, info).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(agreed)
    nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(agreed)
    plain, last, _ = AESGCM(key).decrypt(nonce, body[21 + body[20] :], None).rpartition(b"\x02")
    assert last
    return plain


@asynccontextmanager
async def within(seconds: float = PATIENCE):
    async with asyncio.timeout(seconds):
        yield


async def arrived(phone: Phone, count: int = 1) -> list[Letter]:
    """Wait until a phone has been sent so many, and see that no more come."""
    async with within():
        while len(phone.letters) < count:  # noqa: ASYNC110 - it is a list that grows
            await asyncio.sleep(0.02)
    await quiet()
    assert len(phone.letters) == count
    return phone.letters


async def quiet() -> None:
    await asyncio.sleep(0.4)


async def scalar(calls, sql: str, **values):
    return await calls.scene.scalar(sql, **values)


async def noted(calls, sql: str, value, **values) -> None:
    async with within():
        while await scalar(calls, sql, **values) != value:  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.02)
