"""Ways: what hands a message over, and what may come of it; one for each channel."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.reminders import Channel
from ward.config import Settings


class Result(StrEnum):
    """What came of handing a message over; our own words."""

    TAKEN = "taken"
    LATER = "later"  # certainly not taken: it may be tried again
    REFUSED = "refused"  # certainly not taken, nor will it be
    DOUBT = "doubt"  # nobody answered after all of it was there


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """What came of it, and what was said."""

    result: Result
    said: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A message on its way; `id` is the key under which it is handed over, each time the same."""

    id: UUID
    claimed_at: datetime
    to: str
    subject: str
    text: str
    language: str


class Hand(Protocol):
    """An open way, for as long as there is something to hand over."""

    async def give(self, letter: Letter) -> Outcome: ...


class Way(Protocol):
    """How messages of a channel leave the house."""

    @property
    def channel(self) -> Channel: ...

    @property
    def lanes(self) -> int:
        """How many lanes a node has: each hands over by itself."""

    @property
    def batch(self) -> int:
        """How many messages a lane takes at a time."""

    @property
    def repeats(self) -> bool:
        """Say whether handing over again under the same key does no harm."""

    def opened(self) -> AbstractAsyncContextManager[Hand]: ...


def ways(choice: Settings) -> list[Way]:
    """Give the ways this installation has."""
    from ward.reminders.mail import Mail
    from ward.reminders.texts import Texts

    found: list[Way] = []
    if choice.sms_url is not None:
        found.append(Texts(choice.sms_url, choice.sms_key))
    if choice.smtp_url is not None:
        assert choice.mail_from is not None
        found.append(Mail(choice.smtp_url.get_secret_value(), choice.mail_from))
    return found
