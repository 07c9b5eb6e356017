"""Withheld: a message shown as far as the viewer's role may read it, and put together again."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.access import D0, D1, D2, D3, D4, D5, D6, D7, D8, DataClass
from ward.errors import Invalid
from ward.interop.hl7 import wire

_CLASSES = {
    **dict.fromkeys(("MSH", "MSA", "ERR", "EVN", "SFT", "NPU"), D0),
    **dict.fromkeys(("PID", "PD1", "NK1", "PV1", "MRG", "ROL"), D1),
    **dict.fromkeys(("SCH", "RGS", "AIS", "AIG", "AIL", "AIP", "TQ1"), D2),
    "AL1": D3,
    **dict.fromkeys(("ORC", "RXO", "RXE", "RXR", "RXC", "RXA", "RXD"), D4),
    **dict.fromkeys(("OBR", "OBX", "SPM", "NTE"), D5),
    **dict.fromkeys(("PV2", "DG1", "DRG", "PR1", "TXA"), D6),
    **dict.fromkeys(("GT1", "IN1", "IN2", "IN3", "FT1"), D8),
}
"""What a segment speaks of; any other may hold anything and counts as the most sensitive."""

_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_PLACEHOLDER = re.compile(r"\[(\d+) [A-Z0-9?]{3} withheld\]")
LONGEST = 100_000
"""Characters of a message that a person can read or correct on a page."""


@dataclass(frozen=True, slots=True)
class Line:
    """One segment, or the fact that it is there."""

    number: int
    name: str
    text: str | None


def lines(raw: bytes, allowed: frozenset[DataClass]) -> list[Line]:
    """Divide a message into segments, each shown or withheld."""
    return [
        Line(number, name, text if _CLASSES.get(name, D7) in allowed else None)
        for number, (name, text) in enumerate(_segments(_text(raw)), 1)
    ]


def editable(shown: list[Line]) -> str:
    """Write the lines for a form; what is withheld keeps its place."""
    return "\n".join(
        f"[{line.number} {line.name} withheld]" if line.text is None else line.text
        for line in shown
    )


def corrected(raw: bytes, written: str) -> bytes:
    """Put a corrected message together, with the withheld segments as they were sent."""
    kept = {number: text for number, (_, text) in enumerate(_segments(_text(raw)), 1)}
    parts = []
    for line in written.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        found = _PLACEHOLDER.fullmatch(line.strip())
        if found and int(found[1]) not in kept:
            raise Invalid({"text": "Leave the lines that say withheld as they are."})
        if line.strip():
            parts.append(kept[int(found[1])] if found else line.strip())
    return codecs.BOM_UTF8 + "".join(f"{part}\r" for part in parts).encode()


def _text(raw: bytes) -> str:
    """Decode for a person's eyes; bytes that are no text show as what they are in Latin-1."""
    sent = wire.envelope_of(raw)
    for codec in ("utf-8-sig", sent.marks.encoding):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _segments(text: str) -> Iterator[tuple[str, str]]:
    """Give the lines of a message with their names, "?" for what is no segment."""
    for line in re.split(r"[\r\n]+", text):
        if line.strip():
            found = _NAME.match(line)
            yield (found[0] if found else "???"), line.strip()
