"""Sending: exactly once, tried again when it certainly failed, in doubt where nobody knows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiosmtpd import smtp
from pydantic import SecretStr

import ward.modules  # noqa: F401 - what reacts to a fact is known where the fact is recorded
from domain.errors import NotAllowed
from domain.reminders import Channel
from tests.reminders.office import BOTH, Office
from tests.settling import PATIENCE
from ward.reminders import claims, sender, service
from ward.reminders.claims import LEASE
from ward.reminders.models import ReminderStatus
from ward.reminders.sender import Sender

SECOND = timedelta(seconds=1)


async def due(office: Office, *contacts, days: int = 12):
    """Book somebody, and go to when the first reminder is due."""
    start = office.clinic.at(14, days=days)
    row = await office.book(await office.patient(*(contacts or BOTH)), start)
    office.at(start - timedelta(days=7) + SECOND)
    return row


def only(office: Office, channel: Channel):
    return next(way for way in office.ways if way.channel is channel)


async def test_many_workers_send_each_once(office: Office) -> None:
    for hour in range(9, 17):
        start = office.clinic.at(hour, days=12)
        await office.book(await office.patient(*BOTH), start)
    office.at(office.clinic.at(17, days=12) - timedelta(days=7))
    await asyncio.gather(*(sender.drain(office.node, way) for way in office.ways * 4))
    keys = [(one.channel, one.key) for one in office.capture.caught]
    assert len(keys) == len(set(keys)) == 16
    assert office.capture.asked == 8
    assert (await office.states())["sent"] == 16


async def test_a_text_in_the_hand_of_a_dead_worker_is_asked_for_again_under_its_key(
    office: Office,
) -> None:
    await due(office, BOTH[0])
    way = only(office, Channel.SMS)
    taken = await claims.take(office.node, way)
    async with way.opened() as hand:
        await hand.give(taken.letters[0])  # and the worker dies before it wrote that down
    assert await office.send() == 0
    assert await office.states() == {"sending": 1, "planned": 2}
    office.later(LEASE + SECOND)
    assert await office.send() == 1
    assert await office.states() == {"sent": 1, "planned": 2}
    assert office.capture.asked == 2
    assert len(office.capture.caught) == 1


async def test_a_mail_in_the_hand_of_a_dead_worker_is_in_doubt_until_a_person_decides(
    office: Office,
) -> None:
    await due(office, BOTH[1])
    taken = await claims.take(office.node, only(office, Channel.EMAIL))
    assert len(taken.letters) == 1
    office.later(LEASE + SECOND)
    assert await office.send() == 0
    assert await office.states() == {"in-doubt": 1, "planned": 2}
    assert not office.capture.caught
    row = next(one for one in await office.rows() if one.status is ReminderStatus.IN_DOUBT)
    async with office.clinic.work() as work:
        await service.again(work, row.id, seen=row.version)
    assert await office.send() == 1
    assert [one.key for one in office.capture.caught] == [str(row.id)]
    assert await office.states() == {"sent": 1, "planned": 2}


async def test_a_mail_of_a_worker_that_was_only_slow_is_no_longer_in_doubt(office: Office) -> None:
    await due(office, BOTH[1])
    way = only(office, Channel.EMAIL)
    taken = await claims.take(office.node, way)
    office.later(LEASE + SECOND)
    await office.send()
    assert (await office.states())["in-doubt"] == 1
    async with way.opened() as hand:
        letter = taken.letters[0]
        await claims.settle(office.node, {letter.id: (letter, await hand.give(letter))})
    assert await office.states() == {"sent": 1, "planned": 2}


async def test_a_gateway_that_is_away_is_tried_again_and_then_it_has_failed(
    office: Office,
) -> None:
    await due(office)
    port = office.capture.http_port, office.capture.smtp_port
    away = {"sms_url": "http://127.0.0.1:9/", "smtp_url": SecretStr("smtp://127.0.0.1:9")}
    there = office.node.settings
    office.node.settings = there.model_copy(update=away)
    for minutes in (0, 2, 7, 19, 80):
        office.later(timedelta(minutes=minutes))
        await office.send()
    assert (await office.states())["failed"] == 2
    assert port == (office.capture.http_port, office.capture.smtp_port)
    assert all("Connect" in one for one in await office.problem())
    office.node.settings = there
    office.later(timedelta(hours=1))
    assert await office.send() == 0  # a person decides
    for row in await office.rows():
        if row.status is ReminderStatus.FAILED:
            async with office.clinic.work() as work:
                await service.again(work, row.id, seen=row.version)
    assert await office.send() == 2
    assert (await office.states())["sent"] == 2


async def test_one_that_failed_once_goes_when_the_gateway_is_back(office: Office) -> None:
    await due(office, BOTH[0])
    there = office.node.settings
    office.node.settings = there.model_copy(update={"sms_url": "http://127.0.0.1:9/"})
    await office.send()
    office.node.settings = there
    assert await office.send() == 0
    office.later(timedelta(minutes=2))
    assert await office.send() == 1
    assert await office.problem() == []


async def test_what_has_begun_is_not_sent_again(office: Office) -> None:
    row = await due(office, BOTH[1])
    await claims.take(office.node, only(office, Channel.EMAIL))
    office.at(row.starts_at + SECOND)
    await office.send()
    doubtful = next(one for one in await office.rows() if one.status is ReminderStatus.IN_DOUBT)
    async with office.clinic.work() as work:
        with pytest.raises(NotAllowed, match="has begun"):
            await service.again(work, doubtful.id, seen=None)
        await work.give_up()
    async with office.clinic.work() as work:
        await service.arrived(work, doubtful.id, seen=None)
    assert (await office.states())["sent"] == 1


class Box:
    """What an independent mail server does with a message."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []
        self.refuse = ""

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if self.refuse.startswith("rcpt "):
            return self.refuse.removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802
        if self.refuse == "hang up":
            self.mails.append((envelope.rcpt_tos[0], envelope.content))
            server.transport.abort()
            return "250 OK"
        if self.refuse:
            return self.refuse
        self.mails.append((envelope.rcpt_tos[0], envelope.content))
        return "250 OK"


@asynccontextmanager
async def mail_server(office: Office) -> AsyncIterator[Box]:
    """Serve SMTP by another implementation than ours."""
    box = Box()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: smtp.SMTP(box, loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = {"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}")}
    office.node.settings = office.node.settings.model_copy(update=url)
    try:
        yield box
    finally:
        server.close()


async def test_a_mail_is_one_that_mail_servers_understand(office: Office) -> None:
    await due(office, BOTH[1])
    async with mail_server(office) as box:
        assert await office.send() == 1
    ((to, raw),) = box.mails
    assert to == "ida@example.org"
    head, _, _ = raw.decode().partition("\r\n\r\n")
    sent = next(one for one in await office.rows() if one.status is ReminderStatus.SENT)
    assert f"Message-ID: <{sent.id}@ward.example.org>" in head
    assert "Auto-Submitted: auto-generated" in head
    assert "Subject: Your appointment" in head


@pytest.mark.parametrize(
    ("refuse", "state"),
    [
        ("rcpt 550 no such user", "failed"),
        ("rcpt 451 try later", "planned"),
        ("552 too large", "failed"),
        ("451 not now", "planned"),
        ("hang up", "in-doubt"),
    ],
)
async def test_what_a_mail_server_says_is_believed(office: Office, refuse: str, state: str) -> None:
    await due(office, BOTH[1])
    async with mail_server(office) as box:
        box.refuse = refuse
        await office.send()
        assert await office.send() == 0
    first = next(one for one in await office.rows() if one.minutes_before == 7 * 24 * 60)
    assert first.status.value == state
    assert len(box.mails) == (refuse == "hang up")


async def test_a_node_that_stops_ends_what_it_has_in_hand(office: Office) -> None:
    await due(office, BOTH[1])
    office.node.parts = frozenset({"worker"})
    hands = Sender(office.node)
    await hands.start()
    async with asyncio.timeout(PATIENCE):
        await office.capture.first.wait()
        await hands.stop()
    assert await office.states() == {"sent": 1, "planned": 2}
