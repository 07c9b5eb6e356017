"""Provider: an identity provider that says what a test has it say, also what it should not."""

import asyncio
import hashlib
import hmac
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from webauthn.helpers import bytes_to_base64url as text

from ward.security.outside import LOGOUT

EVERY = JWSRegistry(algorithms=["RS256", "RS512"], strict_check_header=False)


class Provider:
    """Answers as a provider does; `change` alters the claims of its next tokens."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.signs_with: Any = self.key
        self.alg = "RS256"
        self.subject, self.session = "grace@provider", "s-1"
        self.change: Callable[[dict[str, Any]], Any] = lambda claims: claims
        self.id_token = True
        self.nonces: dict[str, str] = {}

    def signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": self.alg, "kid": "one"}
        if self.alg in {"none", "HS256"}:  # no library makes these two out of such a key
            return self._by_hand(header, claims)
        return jwt.encode(header, claims, self.signs_with, registry=EVERY)

    def _by_hand(self, header: dict[str, str], claims: dict[str, Any]) -> str:
        plain = ".".join(text(json.dumps(part).encode()) for part in (header, claims))
        secret = self.key.as_pem(private=False)
        mark = hmac.new(secret, plain.encode(), hashlib.sha256).digest()
        return f"{plain}.{text(mark) if self.alg == 'HS256' else ''}"

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": "ward",
            "sub": self.subject,
            "sid": self.session,
            "iat": now,
            "exp": now + 300,
            **more,
        }
        self.change(claims)
        return claims

    def goodbye(self, **more: Any) -> str:
        return self.signed(self.claims(events={LOGOUT: {}}, jti=str(uuid4()), **more))

    async def configuration(self, _request: Request) -> Response:
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "RS512"],
        }
        return JSONResponse(said)

    async def jwks(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        asked, code = request.query_params, str(uuid4())
        self.nonces[code] = asked["nonce"]
        answer = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 303)

    async def token(self, request: Request) -> Response:
        form = await request.form()
        nonce = self.nonces.pop(str(form["code"]), None)
        if nonce is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        said: dict[str, Any] = {"access_token": "opaque", "token_type": "Bearer"}
        if self.id_token:
            said["id_token"] = self.signed(self.claims(nonce=nonce))
        return JSONResponse(said)


@asynccontextmanager
async def provider_at() -> AsyncIterator[Provider]:
    """Serve a provider for the length of the block."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        made = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
        routes = [
            Route("/.well-known/openid-configuration", made.configuration),
            Route("/jwks", made.jwks),
            Route("/authorize", made.authorize),
            Route("/token", made.token, methods=["POST"]),
        ]
        server = uvicorn.Server(
            uvicorn.Config(Starlette(routes=routes), log_config=None, timeout_keep_alive=600)
        )
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        serving = asyncio.create_task(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield made
        finally:
            server.should_exit = True
            await serving
