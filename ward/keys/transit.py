"""Transit: a root key that stays in HashiCorp Vault (or OpenBao), used by its HTTP API."""

import asyncio
import base64
import binascii
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2

from ward.crypto import Unreadable
from ward.errors import Unavailable

CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 5.0
PAUSES = (0.2, 1.0)  # seconds before each further try, when no answer came or only "later"
LATER = {412, 429, 472, 473, 500, 502, 503, 504}
"""What may pass: a standby that lags, a seal that is about to be lifted, a proxy on the way."""


class KeysAway(Unavailable):
    """The key server does not answer, or not with what was asked for."""


class Transit:
    """Wraps by a key of the transit engine: neither that key nor a copy of it is ever here."""

    def __init__(  # noqa: PLR0913 - an address has this many parts
        self,
        url: str,
        token: str,
        mount: str,
        name: str,
        *,
        namespace: str | None = None,
        authority: Path | None = None,
    ) -> None:
        self.url, self.mount, self.name = url.rstrip("/"), mount.strip("/"), name
        self._trusted = ssl.create_default_context(cafile=authority)
        self._headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
        if namespace:
            self._headers["X-Vault-Namespace"] = namespace

    async def wrap(self, key: bytes) -> bytes:
        """Have Vault encrypt a key; its answer names the version that did."""
        said = await self._transit("encrypt", {"plaintext": base64.b64encode(key).decode()})
        return self._text(said, "ciphertext").encode()

    async def unwrap(self, wrapped: bytes) -> bytes:
        """Have Vault decrypt a key."""
        said = await self._transit("decrypt", {"ciphertext": _ascii(wrapped)})
        try:
            return base64.b64decode(self._text(said, "plaintext"), validate=True)
        except binascii.Error as error:
            raise KeysAway(f"Vault at {self.url} answers what is no key.") from error

    async def rewrap(self, wrapped: bytes) -> bytes:
        """Have Vault wrap anew by the newest version of its key; the key is not seen here."""
        said = await self._transit("rewrap", {"ciphertext": _ascii(wrapped)})
        return self._text(said, "ciphertext").encode()

    async def health(self) -> str:
        """Try what a start needs: encrypt and decrypt."""
        probe = os.urandom(32)
        wrapped = await self.wrap(probe)
        if await self.unwrap(wrapped) != probe:
            raise KeysAway(f"Vault at {self.url} does not give back what it was given.")
        version = wrapped.split(b":")[1].decode()
        return f"Vault at {self.url} wraps and unwraps ({self.mount}/{self.name}, {version})."

    async def renew(self) -> None:
        """Prolong the token, if it is one that can be prolonged."""
        await self._ask("auth/token/renew-self", {})

    async def _transit(self, deed: str, body: Mapping[str, str]) -> Any:
        return await self._ask(f"{self.mount}/{deed}/{self.name}", body)

    async def _ask(self, path: str, body: Mapping[str, str]) -> Any:
        """Ask once, and again after a while when that may help."""
        why = ""
        for pause in (*PAUSES, None):
            try:
                answer = await self._once(path, body)
            except (httpx2.HTTPError, TimeoutError) as error:
                why = f"Vault at {self.url} does not answer ({type(error).__name__})."
            else:
                if answer.status_code == 200:
                    return self._data(answer)
                why = self._refused(answer)
                if answer.status_code not in LATER:
                    break
            if pause is not None:
                await asyncio.sleep(pause)
        raise KeysAway(why)

    async def _once(self, path: str, body: Mapping[str, str]) -> httpx2.Response:
        client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            verify=self._trusted,
            follow_redirects=False,
            trust_env=False,  # no proxy sees the token
        )
        async with asyncio.timeout(ANSWER_SECONDS + CONNECT_SECONDS), client:
            return await client.post(f"{self.url}/v1/{path}", json=body, headers=self._headers)

    def _data(self, answer: httpx2.Response) -> Any:
        try:
            return answer.json()["data"]
        except (ValueError, KeyError, TypeError) as error:
            raise KeysAway(f"What answers at {self.url} is no Vault.") from error

    def _text(self, said: Any, name: str) -> str:
        found = said.get(name) if isinstance(said, dict) else None
        if not isinstance(found, str) or (name == "ciphertext" and found.count(":") < 2):
            raise KeysAway(f"What answers at {self.url} is no Vault.")
        return found

    def _refused(self, answer: httpx2.Response) -> str:
        """Say what a refusal means for whoever runs this; never what was sent."""
        sealed = "sealed" in answer.text.lower()
        told = {
            400: f"does not know these keys: {self.mount}/{self.name} did not wrap them, or the"
            " version that did is no longer allowed to decrypt",
            403: f"refuses the token for {self.mount}/{self.name}: it has run out, or its policy"
            " lacks update on encrypt, decrypt and rewrap",
            404: f"has no transit engine at {self.mount}, or the namespace is another",
            503: "is sealed" if sealed else "is not available",
        }.get(answer.status_code, f"answers with status {answer.status_code}")
        return f"Vault at {self.url} {told}."


def _ascii(wrapped: bytes) -> str:
    if not wrapped.startswith(b"vault:"):
        raise Unreadable("The keys in this database were not wrapped by Vault.")
    return wrapped.decode("ascii")
