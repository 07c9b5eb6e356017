"""Headers: what every answer carries, and which requests are not from this site."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ward.config import Settings
from ward.errors import TooLarge

Refused = Callable[[Request, Exception], Awaitable[Response]]

LARGEST_BODY = 1024 * 1024
SAFE = {"GET", "HEAD", "OPTIONS"}
FROM_SERVERS = {"/login/outside/logout"}  # signed tokens of another server, which has no origin
LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none';"
    " manifest-src 'self'; worker-src 'self'"
)
ALWAYS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
SCANNING = {
    "content-security-policy": CSP.replace(
        "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"
    ),
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",
}
"""What a page that reads codes may do beyond: open the camera, and run the reader (WebAssembly)."""


class Guardian:
    """The outermost wall: Host, Origin, size of the body, and the headers of every answer."""

    def __init__(self, app: ASGIApp, settings: Settings, refused: Refused) -> None:
        self.app = app
        self.refused = refused
        self.public = urlsplit(settings.public_url) if settings.public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        self._say_scheme(scope, headers)
        if problem := self._problem(scope, headers):
            await _refuse(scope, receive, send, *problem)
            return
        dressed = _dressed(send, scope)
        try:
            await self.app(scope, _measured(receive), dressed)
        except Exception as error:
            if scope["type"] != "http" or scope.get("ward.begun"):
                raise
            answer = await self.refused(Request(scope, receive), error)
            await answer(scope, receive, dressed)

    def _say_scheme(self, scope: Scope, headers: Headers) -> None:
        """Trust our own public address, not a proxy's word, that the browser came by https."""
        if self.public is None or self.public.scheme != "https":
            return
        if headers.get("host", "") == self.public.netloc:
            scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"

    def _problem(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        if not self._host_is_ours(headers.get("host", "")):
            return 400, "This address is not served here."
        unsafe = scope["type"] == "websocket" or scope["method"] not in SAFE
        if unsafe and not self._same_site(scope, headers):
            return 403, "This came from another site and was not carried out."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return 413, "This is too large."
        return None

    def _host_is_ours(self, host: str) -> bool:
        if self.public is not None:
            return host == self.public.netloc or _name(host) in LOOPBACK
        return _name(host) in LOOPBACK

    def _same_site(self, scope: Scope, headers: Headers) -> bool:
        fetch = headers.get("sec-fetch-site")
        if fetch is not None:
            return fetch == "same-origin"
        origin = headers.get("origin")
        if origin is None:
            return scope.get("path") in FROM_SERVERS and "cookie" not in headers
        return origin in self._origins(scope, headers)

    def _origins(self, scope: Scope, headers: Headers) -> set[str]:
        if self.public is not None:
            return {f"{self.public.scheme}://{self.public.netloc}"}
        scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
        return {f"{scheme}://{headers.get('host', '')}"}


def _name(host: str) -> str:
    return host if host.endswith("]") else host.rsplit(":", 1)[0]


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    await PlainTextResponse(sentence, status)(scope, receive, send)


def _measured(receive: Receive) -> Receive:
    """Stop a body that says no length, or a wrong one, once it has grown too large."""
    taken = 0

    async def measured() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise TooLarge
        return message

    return measured


def _dressed(send: Send, scope: Scope) -> Send:
    static = scope.get("path", "").startswith("/static/")

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            scope["ward.begun"] = True
            headers = MutableHeaders(scope=message)
            for name, value in ALWAYS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "public, max-age=3600" if static else "no-store")
        await send(message)

    return dressed
