"""Message: HL7 v2 text split into segments, fields and parts, on demand.

python-hl7 0.4.5 builds an object for every part at once: five to twenty seconds for a message
of 4 MiB, during which nothing else would be answered. Its unescaping drops sequences it does not
know and logs the field. So the splitting is done here, and tests hold it against python-hl7.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NULL = '""'
"""What a sender writes to have a value deleted; an empty field says nothing."""

SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MOST_BREAKS = 9
_BREAK = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters by which one sender divides a message, and the charset of hex escapes."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    encoding: str = "utf-8"

    @property
    def encoding_characters(self) -> str:
        """Return them as MSH-2 writes them."""
        return self.component + self.repetition + self.escape + self.subcomponent


@dataclass(frozen=True, slots=True)
class Item:
    """One repetition of a field."""

    raw: str
    marks: Marks

    def part(self, component: int = 1, subcomponent: int = 1) -> str:
        """Return one part, unescaped and without outer blanks; "" when absent or null."""
        components = self.raw.split(self.marks.component)
        if component > len(components):
            return ""
        parts = components[component - 1].split(self.marks.subcomponent)
        text = parts[subcomponent - 1] if subcomponent <= len(parts) else ""
        return "" if text == NULL else unescape(text, self.marks).strip()

    def subparts(self, component: int) -> list[str]:
        """Return every subcomponent of a component, unescaped."""
        components = self.raw.split(self.marks.component)
        if component > len(components):
            return []
        parts = components[component - 1].split(self.marks.subcomponent)
        return [unescape(part, self.marks).strip() for part in parts if part != NULL]


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of a message. Field 1 of an MSH is the separator itself, as the standard counts."""

    name: str
    fields: tuple[str, ...]
    marks: Marks

    def raw(self, number: int) -> str:
        """Return a field exactly as sent; "" when absent."""
        return self.fields[number] if number < len(self.fields) else ""

    def items(self, number: int) -> list[Item]:
        """Return the repetitions of a field that say something; a null is none."""
        if not (raw := self.raw(number)):
            return []
        parts = raw.split(self.marks.repetition)
        return [Item(part, self.marks) for part in parts if part.strip() and part != NULL]

    def item(self, number: int) -> Item:
        """Return the first repetition of a field, which may be empty."""
        raw = self.raw(number)
        if self.marks.repetition in raw:
            return next(iter(self.items(number)), Item("", self.marks))
        return Item("" if raw.isspace() or raw == NULL else raw, self.marks)

    def text(self, number: int, component: int = 1) -> str:
        """Return one component of the first repetition, unescaped."""
        return self.item(number).part(component) if self.raw(number) else ""  # most are empty

    def nulled(self, number: int) -> bool:
        """Say whether the sender asks for the value to be deleted."""
        return self.raw(number).strip() == NULL


@dataclass(frozen=True, slots=True)
class Message:
    """The segments of one message in their order."""

    segments: tuple[Segment, ...]
    stray_lines: int = 0
    """Lines that are no segment and were left out; the raw message keeps them."""

    def all(self, name: str) -> Iterator[Segment]:
        """Give every segment of a name."""
        return (segment for segment in self.segments if segment.name == name)

    def first(self, name: str) -> Segment | None:
        """Return the first segment of a name, if there is one."""
        return next(self.all(name), None)


def parse(text: str, marks: Marks) -> Message:
    """Split a message. Nothing here can fail: what is no segment is counted or joined."""
    kept: list[str] = []
    stray = 0
    for line in lines(text):
        if is_segment(line, marks):
            kept.append(line)
        elif kept and marks.field in line:  # the tail of a line that the sender broke
            kept[-1] += "\n" + line
        else:
            stray += 1
    return Message(tuple(_segment(line, marks) for line in kept), stray)


def lines(text: str) -> list[str]:
    """Split at CR; at CRLF and LF too, where they stand for it, but not inside a text."""
    if "\r" in text:
        text = re.sub(r"\n(?=[A-Z][A-Z0-9]{2}[^\w\s])", "\r", text.replace("\r\n", "\r"))
    else:
        text = text.replace("\n", "\r")
    return [line for line in text.split("\r") if line.strip()]


def is_segment(line: str, marks: Marks) -> bool:
    """Say whether a line starts as a segment does."""
    return bool(SEGMENT_NAME.match(line)) and line[3:4] in {"", marks.field}


def _segment(line: str, marks: Marks) -> Segment:
    fields = line.split(marks.field)
    if fields[0] == "MSH":
        fields.insert(1, marks.field)
    return Segment(fields[0], tuple(fields), marks)


def unescape(text: str, marks: Marks) -> str:
    """Replace escape sequences; one that Ward does not know stays as it is."""
    if marks.escape not in text:
        return text
    mark = re.escape(marks.escape)
    return re.sub(
        f"{mark}([^{mark}]*){mark}",
        lambda found: _meaning(found[1], marks, found[0]),
        text,
    )


def _meaning(name: str, marks: Marks, otherwise: str) -> str:
    simple = {
        "F": marks.field,
        "S": marks.component,
        "T": marks.subcomponent,
        "R": marks.repetition,
        "E": marks.escape,
        "H": "",  # highlighting on
        "N": "",  # and off
    }
    if name in simple:
        return simple[name]
    if name.startswith("X"):
        return _hex(name[1:], marks) or otherwise
    if found := re.fullmatch(r"\.(br|sp|ce)\+?(\d?)", name):
        return "\n" * min(int(found[2] or 1), _MOST_BREAKS)
    if re.fullmatch(r"\.(fi|nf|(in|ti|sk)[+-]?\d*)", name):
        return " " if name.startswith(".sk") else ""
    return otherwise


def _hex(digits: str, marks: Marks) -> str:
    """Decode hex bytes; "" when they are no text."""
    try:
        text = bytes.fromhex(digits).decode(marks.encoding).replace("\r", "\n")
    except ValueError:
        return ""
    return "" if _UNPRINTABLE.search(text) else text


def escape(text: str, marks: Marks) -> str:
    """Write a text so that none of its characters divides the message."""
    names = {
        marks.escape: "E",
        marks.field: "F",
        marks.component: "S",
        marks.subcomponent: "T",
        marks.repetition: "R",
    }
    written = (f"{marks.escape}{names[c]}{marks.escape}" if c in names else c for c in text)
    return _BREAK.sub(lambda _: f"{marks.escape}.br{marks.escape}", "".join(written))
