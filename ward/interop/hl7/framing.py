"""Framing: MLLP frames cut out of a stream of bytes, whatever the stream holds.

python-hl7's readblock loses a whole frame after one stray byte, so blocks are cut here.
"""

import re
from dataclasses import dataclass, field

START = b"\x0b"
END = b"\x1c\r"

_EDGE = re.compile(rb"\x1c[\r\n]|\x0b(?=(?:\xef\xbb\xbf)?(?:MSH|[FB]HS))")
"""The end of a frame (some senders turn its CR into LF), or the start of the next one in the
middle of a frame whose end was lost."""
_LONGEST_EDGE = 7
_HEAD = 65_536
"""As much of an oversized frame as is kept, to answer it by name."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stood between a start and an end; of an oversized frame its beginning."""

    block: bytes
    oversized: bool = False


@dataclass(slots=True)
class Counts:
    """What a stream held that is no message."""

    frames: int = 0
    oversized: int = 0
    cut: int = 0
    """Frames whose end never came."""
    garbage: int = 0
    """Bytes between frames; line ends do not count."""

    def add(self, other: "Counts") -> None:
        """Add another stream's counts."""
        self.frames += other.frames
        self.oversized += other.oversized
        self.cut += other.cut
        self.garbage += other.garbage


@dataclass(slots=True)
class Framer:
    """Takes bytes as they come and gives frames when they are complete."""

    limit: int
    counts: Counts = field(default_factory=Counts)
    open: bool = False
    """Whether a frame has begun and not ended."""
    _buffer: bytearray = field(default_factory=bytearray)
    _head: bytes = b""
    _scanned: int = 0
    _too_long: bool = False

    def feed(self, data: bytes) -> list[Frame]:
        """Add bytes, and return the frames that they complete."""
        self._buffer += data
        frames = []
        while self._begun():
            edge = _EDGE.search(self._buffer, self._scanned)
            if edge is None:
                self._keep_waiting()
                break
            if edge[0] == START:
                self._begin_again(edge.start())
            else:
                frames.append(self._close(edge.start(), edge.end()))
        return frames

    def _begun(self) -> bool:
        """Skip to the start of a frame, counting what lies before it."""
        if self.open:
            return True
        at = self._buffer.find(START)
        before = self._buffer if at < 0 else self._buffer[:at]
        self.counts.garbage += len(before) - before.count(b"\r") - before.count(b"\n")
        del self._buffer[: len(self._buffer) if at < 0 else at + 1]
        self.open = at >= 0
        return self.open

    def _keep_waiting(self) -> None:
        """Remember how far was searched; of a frame that is too long keep only its head."""
        if len(self._buffer) > self.limit + _LONGEST_EDGE or self._too_long:
            if not self._too_long:
                self._too_long, self._head = True, bytes(self._buffer[:_HEAD])
            del self._buffer[:-_LONGEST_EDGE]
        self._scanned = max(0, len(self._buffer) - _LONGEST_EDGE)

    def _begin_again(self, at: int) -> None:
        """Give up a frame in the middle of which another begins; its sender gets no answer."""
        self.counts.cut += bool(self._buffer[:at].strip() or self._too_long)
        self._reset(at + 1, still_open=True)

    def _close(self, at: int, after: int) -> Frame:
        oversized = self._too_long or at > self.limit
        kept = self._head or bytes(self._buffer[: _HEAD if oversized else at])
        self._reset(after, still_open=False)
        self.counts.frames += 1
        self.counts.oversized += oversized
        return Frame(kept, oversized)

    def _reset(self, after: int, *, still_open: bool) -> None:
        del self._buffer[:after]
        self.open, self._head, self._scanned, self._too_long = still_open, b"", 0, False
