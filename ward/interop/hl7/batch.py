"""Batch: several messages sent as one (FHS, BHS … BTS, FTS), taken apart and answered in kind.

The batch itself is no message: each message in it is stored and answered as if it had come alone.
The answers go back as one batch (HL7 2.5.1, section 2.10.3), since a frame has one answer. Around
a single message the envelope says nothing: such a message is answered alone.
"""

import codecs
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from ward import clock

_ENVELOPE = re.compile(rb"(?:\xef\xbb\xbf)?[FB]HS(?![A-Za-z0-9])")
_PIECE = re.compile(rb"(?:\A|(?<=[\r\n]))(?=(?:[FB]HS|[FB]TS|MSH)(?![A-Za-z0-9]))")
_BLANK = bytes(range(0x21))
_ENDS = b"\r\n"
_UNSAID, _LONGEST = re.compile(r"[^ -~]"), 199


@dataclass(frozen=True, slots=True)
class Batch:
    """The pieces in their order: headers, messages and trailers, as bytes."""

    pieces: tuple[bytes, ...]

    @property
    def messages(self) -> tuple[bytes, ...]:
        """Return the messages without what stands around them."""
        return tuple(one for one in self.pieces if one[:3] == b"MSH" or one[3:6] == b"MSH")

    @property
    def sound(self) -> bool:
        """Say whether it holds as many messages as each BTS says; without a word it may."""
        held = 0
        for one in self.pieces:
            if one[:3] == b"BTS":
                said = "".join(_fields(one)[1:2]).strip()
                if said.isdecimal() and said.lstrip("0") != str(held or ""):
                    return False
            held = 0 if one[:3] in {b"BHS", b"BTS"} else held + (one in self.messages)
        return bool(self.messages)


def opened(block: bytes) -> Batch | None:
    """Take a batch apart; None for what is none."""
    block = block.lstrip(_BLANK)
    if not _ENVELOPE.match(block):
        return None
    mark = codecs.BOM_UTF8 if block.startswith(codecs.BOM_UTF8) else b""
    pieces = [one for one in _PIECE.split(block.removeprefix(mark)) if one.strip()]
    return Batch(tuple(mark + one if one[:3] == b"MSH" else one for one in pieces))


def answer(batch: Batch, answers: Sequence[bytes]) -> bytes:
    """Write the answers to its messages, in their order, between headers and trailers like its."""
    left = iter(answers)
    lines: list[bytes] = []
    counted = batches = 0
    for one in batch.pieces:
        match one[:3]:
            case b"FHS" | b"BHS":
                lines.append(_header(one))
                counted = 0
            case b"BTS":
                lines.append(b"BTS" + lines[0][3:4] + str(counted).encode())
                batches += 1
            case b"FTS":
                lines.append(b"FTS" + lines[0][3:4] + str(batches).encode())
            case _:
                lines.append(next(left).rstrip(_ENDS))
                counted += 1
    return b"".join(line + b"\r" for line in lines)


def _header(sent: bytes) -> bytes:
    """Answer a header: from and to change places, and its control id is what this refers to."""
    said = [_UNSAID.sub("", one)[:_LONGEST] for one in (*_fields(sent), *[""] * 11)]
    at = clock.now().strftime("%Y%m%d%H%M%S%z")
    number = f"W-{secrets.token_hex(9)}"
    fields = [said[0], said[1] or "^~\\&", said[4] or "WARD", said[5], said[2], said[3], at]
    return _mark(sent).join([*fields, "", "", "", number, said[10]]).encode()


def _fields(piece: bytes) -> list[str]:
    """Split a header or trailer at the separator it shows itself."""
    line = re.split(rb"[\r\n]", piece, maxsplit=1)[0].decode("latin-1")
    return line.split(_mark(piece))


def _mark(piece: bytes) -> str:
    found = piece[3:4].decode("latin-1")
    return found if re.fullmatch(r"[!-~]", found) else "|"
