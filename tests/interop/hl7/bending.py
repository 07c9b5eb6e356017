"""Bending: what senders and wires do to a message, and which answer each of it must get.

What is expected is said without asking the reader of messages: by the reviewed table of the
corpus and by what was done to the bytes.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.interop.hl7.corpus import corpus_file, expected, with_control_id

_MSH = re.compile(rb"(?:[FB]HS[^\r]*\r)*MSH\|(?:[^|\r]*\|){8}")
_PLAIN = re.compile(rb"MSH\|([^|\r]*\|){16}(UNICODE UTF-8|ASCII)?[|\r]")
A, E, R = "A", "E", "R"


@dataclass(frozen=True)
class Bent:
    """A message as it is put on the wire; `may` is how its answer may end."""

    name: str
    block: bytes
    may: frozenset[str]
    control_id: str


def bent(files: list[dict[str, str]]) -> Iterator[Bent]:
    """Bend each file in every way; each of it has a control id of its own."""
    for row in files:
        whole = corpus_file(row["file"]).removeprefix(b"\xef\xbb\xbf")
        if not _MSH.match(whole):  # nothing to bend
            yield Bent(row["file"], whole, frozenset(row["ack"][1]), "")
            continue
        for nth, (name, block, may) in enumerate(_ways(whole, row["ack"][1])):
            number = f"{expected().index(row)}-{nth}"
            known = row["control_id"] != "UNKNOWN" and name not in {"without header", "header cut"}
            yield Bent(
                f"{row['file']}: {name}",
                _numbered(block, number) if known else block,
                frozenset(may),
                number if known else "",
            )


def _ways(whole: bytes, letter: str) -> Iterator[tuple[str, bytes, str]]:
    """Refused stays refused; what can be read may only be read worse."""
    readable = letter if letter == R else A + E
    segments = whole.rstrip(b"\r").split(b"\r")
    chance = random.Random(whole)
    yield "whole", whole, letter
    yield "LF", whole.replace(b"\r", b"\n"), letter
    yield "CRLF", whole.replace(b"\r", b"\r\n"), letter
    yield "byte order mark", b"\xef\xbb\xbf" + whole, letter
    if whole.startswith(b"MSH"):  # of a batch this makes another
        yield "doubled", whole + whole, R
    yield "header cut", whole[: whole.index(b"MSH") + 20], R
    if len(segments) < 2:
        return
    yield "header alone", _head(whole), R if letter == R else E
    yield "cut", whole[: chance.randint(len(_head(whole)), len(whole) - 1)], readable
    yield "reordered", b"\r".join([*_split(segments)]) + b"\r", readable
    yield "without header", b"\r".join(segments[-1:]) + b"\r", R
    if _PLAIN.match(whole):
        yield "not its charset", whole.rstrip(b"\r") + b"|\xff\xfe\r", E if letter != R else R


def _head(whole: bytes) -> bytes:
    return whole[: whole.index(b"\r", whole.index(b"MSH")) + 1]


def _split(segments: list[bytes]) -> Iterator[bytes]:
    """Give what stands up to the MSH, then the rest backwards."""
    at = next(n for n, one in enumerate(segments) if one[:3] == b"MSH")
    yield from segments[: at + 1]
    yield from reversed(segments[at + 1 :])


def _numbered(block: bytes, number: str) -> bytes:
    """Put a control id into each MSH that has room for one."""
    at = [found.start() for found in re.finditer(rb"MSH\|", block)]
    for place in reversed(at):
        head, rest = block[:place], block[place:]
        if rest.split(b"\r")[0].split(b"\n")[0].count(b"|") >= 9:
            block = head + with_control_id(rest, number)
    return block
