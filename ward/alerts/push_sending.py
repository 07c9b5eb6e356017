"""Push sending: hands letters to push services, in threads, outside any transaction."""

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter

from domain.access import Permission
from realtime.tasks import end
from ward.alerts import push_calls, push_phones
from ward.alerts.errands import Wake
from ward.alerts.push_message import Letter
from ward.node import Node
from ward.security.actors import System
from ward.work import work_as

TIMEOUT = 3.0  # seconds, to connect and to answer
PATIENCE = 5.0  # for what is on its way when the node stops
GONE = {404, 410}  # RFC 8030 section 7.3: the subscription is no more
SENDER = System(
    "job:alerts.push",
    frozenset({Permission.SOUND_ALERT, Permission.VIEW_ALERTS, Permission.VIEW_DUTY}),
)
PUSHED = Counter("push_total", "Letters to push services", ["outcome"])

_log = structlog.get_logger(__name__)
_HANDS = ThreadPoolExecutor(16, "push")
_HERE: dict[int, "Sender"] = {}


def hand(node: Node, errand: Wake) -> None:
    """Have a try made beside the jobs, so that a slow push service delays none of them."""
    if (sender := _HERE.get(id(node))) is not None:
        sender.begin(errand)


class Sender:
    """What this node is sending to phones at the moment."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._under_way: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take what jobs hand over."""
        _HERE[id(self.node)] = self

    async def stop(self) -> None:
        """Take no more, and wait a moment for what is on its way."""
        _HERE.pop(id(self.node), None)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=PATIENCE)
        for task in list(self._under_way):
            await end(task)

    def begin(self, errand: Wake) -> None:
        """Make a try; it starts with waiting for the commit that wants it."""
        task = asyncio.create_task(self._try(errand), name="push")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _try(self, errand: Wake) -> None:
        try:
            await self._send(errand)
        except Exception as error:  # noqa: BLE001 - the next try is written down already
            _log.warning("push.later", error=type(error).__name__)

    async def _send(self, errand: Wake) -> None:
        async with work_as(self.node, SENDER, "alerts.push") as work:
            written = await push_calls.write(work, errand.call_id, errand.nth)
        if written is None:
            return
        phone_id, letter = written
        status = await post(letter)
        async with work_as(self.node, SENDER, "alerts.pushed") as work:
            if status in GONE:
                await push_phones.gone(work, phone_id)
            else:
                await push_calls.note(work, errand.call_id, phone_id, sent=taken(status))


def taken(status: int) -> bool:
    """Say whether the push service took it."""
    return 200 <= status < 300


async def post(letter: Letter) -> int:
    """Send a letter; the status of the push service's answer, 0 when there was none."""
    status = await asyncio.get_running_loop().run_in_executor(_HANDS, _post, letter)
    outcome = "sent" if taken(status) else "gone" if status in GONE else "failed"
    PUSHED.labels(outcome).inc()
    if outcome == "failed":  # never the address: who has it can wake the phone
        _log.warning("push.failed", status=status)
    return status


def _post(letter: Letter) -> int:
    """Ask exactly the host that was checked; a redirection is an answer like any other."""
    parts = urlsplit(letter.endpoint)
    host = parts.hostname or ""
    connection = (
        HTTPConnection(host, parts.port, timeout=TIMEOUT)
        if parts.scheme == "http"
        else HTTPSConnection(host, parts.port, timeout=TIMEOUT, context=_trusted())
    )
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request("POST", path, letter.body, letter.headers)
        return connection.getresponse().status
    except (OSError, HTTPException, ValueError):
        return 0
    finally:
        connection.close()


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()
