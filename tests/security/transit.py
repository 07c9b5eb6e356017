"""Transit: a stand-in for the HTTP API of HashiCorp Vault's transit engine, as far as Ward asks.

Form after https://developer.hashicorp.com/vault/api-docs/secret/transit: paths, headers, bodies,
statuses and error texts; what is wrapped is really encrypted, by versions that are really kept.
"""

import asyncio
import base64
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.serving import serving

TOKEN, NAMESPACE = "hvs.a-token-of-tests", "hospital/ward"


class Refused(Exception):
    """An answer that is no success: status and what Vault says."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(status)
        self.status, self.errors = status, list(errors)


def _as_it_is(body: Any) -> Any:
    return body


@dataclass
class Vault:
    """One transit engine with one key; tests seal it, slow it, and turn its key."""

    mount: str = "transit"
    name: str = "ward"
    token: str = TOKEN
    namespace: str | None = None
    keys: dict[int, bytes] = field(default_factory=lambda: {1: os.urandom(32)})
    oldest: int = 1  # min_decryption_version
    sealed: bool = False
    delay: float = 0.0
    failing: list[int] = field(default_factory=list)  # statuses of the next answers
    asked: list[str] = field(default_factory=list)
    answers: Callable[[Any], Any] = field(default=_as_it_is)  # what a wrong server says
    url: str = ""

    def rotate(self) -> None:
        """As `vault write -f transit/keys/ward/rotate`."""
        self.keys[max(self.keys) + 1] = os.urandom(32)

    def encrypted(self, plain: bytes) -> dict[str, Any]:
        version, nonce = max(self.keys), os.urandom(12)
        sealed = nonce + AESGCM(self.keys[version]).encrypt(nonce, plain, None)
        text = base64.b64encode(sealed).decode()
        return {"ciphertext": f"vault:v{version}:{text}", "key_version": version}

    def decrypted(self, ciphertext: str) -> bytes:
        kind, version, text = ciphertext.split(":", 2)
        number = int(version.removeprefix("v"))
        if kind != "vault" or number not in self.keys:
            raise Refused(400, "invalid ciphertext: no prefix")
        if number < self.oldest:
            raise Refused(400, "ciphertext or signature version is disallowed by policy (too old)")
        sealed = base64.b64decode(text)
        try:
            return AESGCM(self.keys[number]).decrypt(sealed[:12], sealed[12:], None)
        except InvalidTag:
            raise Refused(400, "cipher: message authentication failed") from None

    def deed(self, path: str, body: dict[str, str]) -> dict[str, Any] | None:
        if path == "auth/token/renew-self":
            raise Refused(400, "lease is not renewable")
        mount, _, rest = path.rpartition(f"/{path.split('/')[-2]}/")
        if mount != self.mount:
            raise Refused(404, f'no handler for route "{path}". route entry not found.')
        if rest != self.name:
            raise Refused(400, "encryption key not found")
        match path.split("/")[-2]:
            case "encrypt":
                return self.encrypted(base64.b64decode(body["plaintext"]))
            case "decrypt":
                plain = self.decrypted(body["ciphertext"])
                return {"plaintext": base64.b64encode(plain).decode()}
            case "rewrap":
                return self.encrypted(self.decrypted(body["ciphertext"]))
        raise Refused(404)

    def admit(self, request: Request) -> None:
        if self.failing:
            raise Refused(self.failing.pop(0), "internal error")
        if self.sealed:
            raise Refused(503, "Vault is sealed")
        if request.headers.get("x-vault-namespace") != self.namespace:
            raise Refused(404, "no handler for route")
        if request.headers.get("x-vault-token") != self.token:
            raise Refused(403, "permission denied")

    async def answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        self.asked.append(path)
        await asyncio.sleep(self.delay)
        try:
            self.admit(request)
            data = self.deed(path, await request.json())
        except Refused as refused:
            return JSONResponse({"errors": refused.errors}, refused.status)
        return JSONResponse(self.answers({"request_id": "0", "data": data}))


Opened = Callable[..., Awaitable[Vault]]


@asynccontextmanager
async def vault(**said: Any) -> AsyncIterator[Vault]:
    """Serve a Vault on the loopback until the block ends."""
    made = Vault(**said)
    app = Starlette(routes=[Route("/v1/{path:path}", made.answer, methods=["POST", "PUT"])])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        made.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            app, log_config=None, timeout_graceful_shutdown=1, timeout_keep_alive=600
        )
        async with serving(config, listening):
            yield made
