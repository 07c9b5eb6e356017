"""Commands: a receiver is added, changed, paused, told again, and removed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from domain.access import Permission
from domain.errors import NotAllowed
from ward.db import new_id
from ward.errors import Invalid, Missing
from ward.interop.hl7.outbound import decide, picture
from ward.interop.hl7.outbound.known import adding
from ward.interop.hl7.outbound.models import AHEAD, Hl7Outbound
from ward.interop.hl7.outbound.receiver_models import Hl7Receiver, ReceiverState
from ward.interop.hl7.outbound.receivers import Kind, receivers
from ward.interop.hl7.outbound.shown import decided
from ward.work import Work

MAY = Permission.MANAGE_RECEIVERS
REMOVED = "the receiver was removed"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|(?=.*:.*:)[0-9A-Fa-f:.]{2,45}")
_HD = re.compile(r"[^|^~\\&\x00-\x1f]{1,180}")
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form says of a receiver."""

    application: str
    facility: str
    host: str
    port: int
    kinds: frozenset[Kind]


async def add(work: Work, name: str, asked: Asked) -> Hl7Receiver:
    """Have another system told, from now on."""
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise Invalid({"name": "A name is made of letters, digits, - and _, at most 40."})
    if any(one.name == name for one in receivers(work.node.settings)):
        raise NotAllowed(f"The settings of this installation name a receiver {name} already.")
    await adding(work)
    row = Hl7Receiver(id=new_id(), name=name, state=ReceiverState.TOLD, added_at=work.now)
    _say(work, row, asked)
    work.add(row, MAY)
    await work.flush()
    await decided(work, row.name)
    return row


async def change(work: Work, name: str, asked: Asked, *, seen: int | None) -> Hl7Receiver:
    """Say anew where a receiver listens, what it is called and of what it is told."""
    await adding(work)
    row = await found(work, name, seen=seen)
    _say(work, row, asked)
    await decided(work, row.name)
    return row


async def pause(work: Work, name: str, *, seen: int | None) -> Hl7Receiver:
    """Send nothing to a receiver for now; what is told to it waits in line."""
    return await _stand(work, name, ReceiverState.PAUSED, seen)


async def resume(work: Work, name: str, *, seen: int | None) -> Hl7Receiver:
    """Send to a receiver again, what waited first."""
    return await _stand(work, name, ReceiverState.TOLD, seen)


async def remove(work: Work, name: str, *, seen: int | None) -> Hl7Receiver:
    """Tell a receiver nothing more; what waits for it is given up."""
    row = await found(work, name, seen=seen)
    row.state = ReceiverState.REMOVED
    await picture.stop(work, row.name, MAY)
    await decide.release(work, row.name, REMOVED)
    await decided(work, row.name)
    return row


async def found(
    work: Work, name: str, *, lock: bool = True, seen: int | None = None
) -> Hl7Receiver:
    """Find a receiver that an administrator added; one of the settings is changed there."""
    if any(one.name == name for one in receivers(work.node.settings)):
        raise NotAllowed("This receiver stands in the settings of this installation.")
    named = select(Hl7Receiver).where(
        Hl7Receiver.name == name, Hl7Receiver.state != ReceiverState.REMOVED
    )
    rows = await work.every(named, MAY)
    if not rows:
        raise Missing
    return await work.access(Hl7Receiver, rows[0].id, MAY, lock=lock, seen=seen)


def kinds_of(words: Iterable[str]) -> frozenset[Kind]:
    """Read the kinds that were ticked."""
    wanted = set(words)
    kinds = frozenset(one for one in Kind if one.value in wanted)
    if not kinds:
        raise Invalid({"kinds": "Choose what it is told."})
    return kinds


async def _stand(work: Work, name: str, state: ReceiverState, seen: int | None) -> Hl7Receiver:
    row = await found(work, name, seen=seen)
    if row.state is state:
        word = "is paused" if state is ReceiverState.PAUSED else "is told"
        raise NotAllowed(f"This receiver {word} already.")
    row.state = state
    await decided(work, row.name)
    return row


def _say(work: Work, row: Hl7Receiver, asked: Asked) -> None:
    """Write down what a receiver is, if somebody can mean it."""
    wrong = {}
    application = asked.application.strip() or row.name.upper()
    if not _HD.fullmatch(application):
        wrong["application"] = "MSH-5 has characters that no application is called by."
    if asked.facility and not _HD.fullmatch(asked.facility):
        wrong["facility"] = "MSH-6 has characters that no site is called by."
    if not _HOST.fullmatch(asked.host):
        wrong["host"] = "The host is a name or an address, without a port."
    if not 1 <= asked.port <= _LAST_PORT:
        wrong["port"] = f"A port is a number from 1 to {_LAST_PORT}."
    if wrong:
        raise Invalid(wrong)
    if asked.port == work.node.settings.hl7_port and asked.host in _HERE:
        raise NotAllowed("That is where Ward itself listens: it would tell itself.")
    row.application, row.facility = application, asked.facility
    row.host, row.port = asked.host, asked.port
    row.kinds = [one.value for one in Kind if one in asked.kinds]


_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


async def waiting(work: Work, name: str) -> int:
    """Answer: how many messages wait for a receiver, or were refused by it?"""
    standing = Hl7Outbound.state.in_(AHEAD) & Hl7Outbound.part_of_id.is_(None)
    counted = select(func.count()).where(Hl7Outbound.receiver == name, standing)
    return await (await work.connection()).scalar(counted) or 0
