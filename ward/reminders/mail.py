"""Mail: hands messages to a mail server, one at a time on each connection.

SMTP has no key by which a server would know a message again. Until the last line of a message is
there it has certainly not been taken (RFC 5321, 4.1.1.4); from then on, until the server's answer
is written down, it is in doubt.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from domain.reminders import Channel
from ward.reminders.ways import Letter, Outcome, Result

TIMEOUT = 8.0  # seconds for each answer
BEFORE, DATA = 30.0, 20.0  # all before a message, each answer to it: together below a lease
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
PERMANENT = 500  # RFC 5321, 4.2.1


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """A mail server, as WARD_SMTP_URL names it."""

    url: str
    sender: str
    channel: Channel = Channel.EMAIL
    lanes: int = 4
    batch: int = 1  # what a lane has in its hand is in doubt when the worker is killed
    repeats: bool = False

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["MailHand"]:
        """Give a hand that connects when it is needed, and hangs up at the end."""
        hand = MailHand(self)
        try:
            yield hand
        finally:
            await hand.close()

    def client(self) -> SMTP:
        """Make a client: TLS from the start, or STARTTLS, which only this machine may lack."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        secure = parts.scheme == "smtps"
        return SMTP(
            hostname=host,
            port=parts.port or (465 if secure else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=secure,
            start_tls=False if secure else None if host in LOOPBACK else True,
            timeout=TIMEOUT,
        )


class MailHand:
    """One connection to a mail server."""

    def __init__(self, way: Mail) -> None:
        self._way = way
        self._client: SMTP | None = None

    async def close(self) -> None:
        """Hang up, if there is a connection."""
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            with suppress(SMTPException, OSError):
                await client.quit()
            client.close()

    async def give(self, letter: Letter) -> Outcome:
        """Hand one message over, and tell certainty from doubt."""
        try:
            async with asyncio.timeout(BEFORE):
                client = await self._ready()
                await client.mail(self._way.sender)
                await client.rcpt(letter.to)
        except (SMTPException, OSError) as error:
            return await self._not_taken(error)
        try:
            answer = await client.data(bytes(written(letter, self._way.sender)), timeout=DATA)
        except SMTPResponseException as error:
            return await self._not_taken(error)
        except (SMTPException, OSError) as error:  # all of it may be there
            await self.close()
            return Outcome(Result.DOUBT, said(error))
        return Outcome(Result.TAKEN, f"{answer.code} {answer.message}")

    async def _ready(self) -> SMTP:
        if self._client is None or not self._client.is_connected:
            client = self._way.client()
            await client.connect()
            self._client = client
        return self._client

    async def _not_taken(self, error: SMTPException | OSError) -> Outcome:
        await self.close()  # what follows begins anew
        refused = (  # not for a wrong password of ours
            isinstance(error, SMTPRecipientRefused | SMTPDataError) and error.code >= PERMANENT
        )
        return Outcome(Result.REFUSED if refused else Result.LATER, said(error))


def written(letter: Letter, sender: str) -> EmailMessage:
    """Write a message as it goes over the wire; its number is the same at every try."""
    message = EmailMessage(policy=WIRE)
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"] = format_datetime(letter.claimed_at)
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in answer
    message["Content-Language"] = letter.language
    message.set_content(letter.text, cte="quoted-printable")
    return message


def said(error: BaseException) -> str:
    """Put a failure in words: what the server said, or what became of the connection."""
    text = str(getattr(error, "message", "") or error).strip()
    code = getattr(error, "code", None)
    return f"{code or type(error).__name__}: {text}"[:300]
