"""Messages: what the demo would have sent to its patients, caught on this machine and shown."""

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from pydantic import SecretStr
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from domain.access import D1, D2, Permission
from ward.config import Settings
from ward.dev.capture import Capture, Caught
from ward.dev.child import free_port
from ward.node import Node
from ward.patients.queries import among
from ward.reminders.models import Reminder
from ward.reminders.queries import CHANNELS
from ward.shell import Way
from ward.web import get, page
from ward.work import work_of

WATCH = Permission.WATCH_REMINDERS
PATH = "/demo/messages"
PHONE = "+44 20 7946 0100"  # of the range that is kept free for fiction
WAY = Way(WATCH, "Messages", "file-text", lambda _: PATH)
CAPTURE = Capture()
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the capture server of this demo listens."""

    smtp: int
    http: int


PORTS = Ports(0, 0)


def with_capture(choice: Settings) -> Settings:
    """Have messages to patients end here, unless the demo was told where to send them."""
    global PORTS  # noqa: PLW0603 - one demo a process
    if choice.reminds:
        return choice
    PORTS = Ports(free_port(), free_port())
    return choice.model_copy(
        update={
            "smtp_url": SecretStr(f"smtp://127.0.0.1:{PORTS.smtp}"),
            "sms_url": f"http://127.0.0.1:{PORTS.http}/messages",
            "mail_from": choice.mail_from or "appointments@ward.example.org",
            "phone": choice.phone or PHONE,
        }
    )


class Catcher:
    """The capture server, for as long as the node serves."""

    def __init__(self, node: Node) -> None:
        del node
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        """Listen, if messages end here."""
        if PORTS.smtp:
            await self._stack.enter_async_context(CAPTURE.serving(PORTS.smtp, PORTS.http))
            _log.info("demo.capture", smtp=PORTS.smtp, http=PORTS.http)

    async def stop(self) -> None:
        """Take no more."""
        await self._stack.aclose()


@dataclass(frozen=True, slots=True)
class Shown:
    """One message, and whom it went to."""

    at: datetime
    channel: str
    to: str
    subject: str
    text: str
    link: str
    patient_id: UUID


async def messages(request: Request) -> Response:
    """Show what was caught, the newest first."""
    async with work_of(request) as work:
        caught = list(reversed(CAPTURE.caught))
        ids = [UUID(one.key) for one in caught]
        rows = await work.every(select(Reminder).where(among(Reminder.id, ids)), WATCH)
        patients = {str(row.id): row.patient_id for row in rows}
        shown = [_shown(one, patients[one.key]) for one in caught if one.key in patients]
        return page(request, "dev/messages.html", messages=shown)


def _shown(one: Caught, patient_id: UUID) -> Shown:
    link = re.search(r"/[ro]/[\w-]+", one.text)
    return Shown(
        at=one.at,
        channel=CHANNELS[one.channel],
        to=one.to,
        subject=one.subject,
        text=one.text,
        link=link[0] if link else "",
        patient_id=patient_id,
    )


routes = [get(PATH, messages, WATCH, shows={D1, D2})]
