"""Texts: hands messages to a gateway for text messages, which knows each again by its key.

The gateway takes JSON: {"to", "text", "key"}, and the key once more as Idempotency-Key. What it has
taken under a key it does not send again, however often it is asked: so a message that may have been
taken is handed over again. docs/operate/reminders.md says it to whoever runs one.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
from pydantic import SecretStr

from domain.reminders import Channel
from ward.reminders.ways import Letter, Outcome, Result

TIMEOUT = 10.0  # seconds; below a lease
# Not now; 409: it is being handed over under this key at this moment.
_LATER = {401, 403, 404, 408, 409, 425, 429}


@dataclass(frozen=True, slots=True, repr=False)
class Texts:
    """A gateway, as WARD_SMS_URL names it."""

    url: str
    key: SecretStr | None = None
    channel: Channel = Channel.SMS
    lanes: int = 2
    batch: int = 20
    repeats: bool = True

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["TextHand"]:
        """Keep connections to the gateway open for as long as there is something to send."""
        headers = {"authorization": f"Bearer {self.key.get_secret_value()}"} if self.key else {}
        async with httpx2.AsyncClient(
            timeout=TIMEOUT, headers=headers, follow_redirects=False, trust_env=False
        ) as client:
            yield TextHand(self.url, client)


@dataclass(frozen=True, slots=True, repr=False)
class TextHand:
    """An open way to the gateway."""

    url: str
    client: httpx2.AsyncClient

    async def give(self, letter: Letter) -> Outcome:
        """Hand one message over."""
        key = str(letter.id)
        body = {"to": letter.to, "text": letter.text, "key": key}
        try:
            answer = await self.client.post(self.url, json=body, headers={"idempotency-key": key})
        except httpx2.HTTPError as error:
            return Outcome(Result.LATER, type(error).__name__)
        if answer.is_success:
            return Outcome(Result.TAKEN, str(answer.status_code))
        said = f"{answer.status_code}: {answer.text[:200]}"
        later = answer.status_code >= 500 or answer.status_code in _LATER
        return Outcome(Result.LATER if later or answer.is_redirect else Result.REFUSED, said)
