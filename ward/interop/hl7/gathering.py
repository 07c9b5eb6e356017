"""Gathering: messages that come at the same time are stored by one commit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ward.interop.hl7.store import Message

Answers: TypeAlias = list[bytes | None]
MOST = 16  # messages in one commit


@dataclass(slots=True, repr=False)
class _Waiting:
    """A message that is not stored yet, and who waits for that."""

    message: Message
    stored: "asyncio.Future[bytes | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Gathering:
    """While one commit of a sender is under way its next messages gather: none waits for more.

    Nobody hears of a message before the commit that holds it. Where several cannot be stored
    together, each is stored by itself: what is wrong with one is nobody else's fault.
    """

    def __init__(self, commit: Callable[[Sequence[Message]], Awaitable[Answers]]) -> None:
        """Know what stores messages of one sender, all or none; nothing waits yet."""
        self._commit = commit
        self._lines: dict[tuple[str, str], list[_Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(self, message: Message) -> bytes | None:
        """Return once it is durable: None, or the first answer to a message that is known."""
        sent, waiting = message.reading.envelope, _Waiting(message)
        sender = (sent.sending_application, sent.sending_facility)
        if sender in self._lines:
            self._lines[sender].append(waiting)
        else:
            self._lines[sender] = [waiting]
            task = asyncio.create_task(self._run(sender), name="hl7-gathering")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await waiting.stored

    async def _run(self, sender: tuple[str, str]) -> None:
        line = self._lines[sender]
        try:
            while line:
                await self._store(_taken(line))
        finally:
            del self._lines[sender]

    async def _store(self, together: list[_Waiting]) -> None:
        try:
            answers = await self._commit([one.message for one in together])
        except Exception as error:  # noqa: BLE001 - whoever waits hears of it
            if len(together) == 1:
                _fail(together[0], error)
            else:
                await asyncio.gather(*(self._store([one]) for one in together))
            return
        for one, answer in zip(together, answers, strict=True):
            if not one.stored.done():  # its sender has gone
                one.stored.set_result(answer)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.stored.done():
        waiting.stored.set_exception(error)


def _taken(line: list[_Waiting]) -> list[_Waiting]:
    """Take the next ones off a line, in their order, as long as no number comes again."""
    numbers = set[str]()
    for one in line[:MOST]:
        number = one.message.reading.envelope.control_id
        if number in numbers:
            break
        numbers.add(number)
    taken, line[:] = line[: len(numbers)], line[len(numbers) :]
    return taken
