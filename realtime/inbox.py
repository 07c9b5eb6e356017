"""Inbox: what a browser said, heard in order; while it is quiet nothing waits."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol


class Listener(Protocol):
    """A session: what the socket's messages are for."""

    async def hear(self, text: str | None) -> None:
        """Act on one message; never raises for what a browser did."""

    def leave(self) -> None:
        """End, as the socket has; may be called twice."""


class Speaker(Protocol):
    """The socket, as its inbox knows it."""

    @property
    def over(self) -> bool:
        """Tell whether nothing can be said any more."""

    def seal(self) -> None:
        """Let no frame out any more: the socket is closing."""

    def read_on(self) -> None:
        """Read the browser's next message."""


class Inbox:
    """Stands where uvicorn has the queue that a task waits on: a quiet socket needs no task."""

    __slots__ = ("_begin", "_ended", "_hearing", "_listener", "_speaker", "_waiting")

    def __init__(
        self,
        speaker: Speaker,
        listener: Listener,
        begin: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._speaker, self._listener, self._begin = speaker, listener, begin
        self._waiting: list[str | None] = []
        self._hearing = self._ended = False

    def put_nowait(self, event: Mapping[str, Any]) -> None:
        """Take what happened on the socket: something was said, or it is over."""
        if event["type"] == "websocket.disconnect":
            self._speaker.seal()
            self._ended = True
        elif event["type"] == "websocket.receive" and not self._ended:
            self._waiting.append(event.get("text"))
        if self._hearing:
            return
        if self._waiting:
            self._hearing = True
            self._begin(self._hear())
        elif self._ended:
            self._listener.leave()

    async def _hear(self) -> None:
        """Hear what waits, in order; whoever hung up meanwhile leaves after his last word."""
        going = False
        try:
            while self._waiting and not self._speaker.over:
                text = self._waiting.pop(0)
                if not self._waiting:
                    self._speaker.read_on()
                await self._listener.hear(text)
            going = not self._ended
        finally:
            self._hearing = False
            self._waiting.clear()
            if not going:
                self._ended = True
                self._listener.leave()
