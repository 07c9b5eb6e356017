"""Wire: the bytes of one frame read into an envelope, a message and what is wrong with it."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from ward.interop.hl7 import batch, charset, content
from ward.interop.hl7.codes import TAKEN_IN, ErrorCode, Fault, Outcome, Severity, Use
from ward.interop.hl7.message import NULL, Marks, Message, Segment, is_segment, lines, parse

_AROUND = bytes(range(0x21))
"""Control bytes and blanks that some senders leave before and after a message."""
_VERSIONS = re.compile(r"2\.[3-8](\.\d{1,2})?")
_LONGEST_CONTROL_ID = 199  # MSH-10 from version 2.7 on; 20 before
_LONGEST_HD = 227  # MSH-3 and MSH-4, version 2.5.1
_MARKS_NEEDED = 4


@dataclass(frozen=True, slots=True)
class Rules:
    """How one sender is read."""

    encoding: str = "utf-8"
    """The charset of messages that name none."""
    zone: tzinfo = UTC
    """The zone of times without an offset."""
    processing_ids: frozenset[str] = frozenset("PTD")
    """A production listener takes P alone."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an MSH says; the fields as sent, "" where it says nothing."""

    marks: Marks = field(default_factory=Marks)
    sending_application: str = ""
    sending_facility: str = ""
    receiving_application: str = ""
    receiving_facility: str = ""
    sent_at: str = ""
    type: str = ""
    event: str = ""
    control_id: str = ""
    processing_id: str = ""
    version: str = ""
    accept: str = ""
    """MSH-15: when the sender wants an accept acknowledgement (AL, NE, ER, SU)."""
    application: str = ""
    """MSH-16: the same for the application acknowledgement."""
    charset: str = ""

    @property
    def enhanced(self) -> bool:
        """Say whether the sender asks for accept and application answers apart."""
        return bool(self.accept or self.application)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that can be said of one frame before anything is stored."""

    envelope: Envelope
    outcome: Outcome
    faults: tuple[Fault, ...] = ()
    message: Message | None = None
    """The parsed message, unless it could not even be split."""

    @property
    def use(self) -> Use:
        """Return what an accepted message is for."""
        return TAKEN_IN[self.envelope.type][self.envelope.event]


def read(block: bytes, rules: Rules) -> Reading:
    """Read a frame; nothing that a sender can send makes this fail."""
    data = _alone(_trimmed(block))
    head, first = _header(data)
    marks, faults = _marks(head)
    if head is None or not first:  # an MSH further down still names the message
        sent = replace(_envelope(_split(head or "", marks)), accept="", application="")
        return Reading(sent, Outcome.REFUSED, (_no_header(data),))
    if faults:
        return Reading(_envelope(_split(head, marks)), Outcome.REFUSED, faults)
    chosen = charset.choose(_declared(head, marks), data, otherwise=rules.encoding)
    text, codec, bad_at = _decoded(data, chosen.codec)
    message = parse(text, _with_encoding(marks, codec))
    sent = _envelope(message.segments[0])
    if refusals := tuple(_refusals(sent, message, rules, text)):
        return Reading(sent, Outcome.REFUSED, refusals)
    if chosen.unknown:
        return Reading(sent, Outcome.UNREADABLE, (_unknown_charset(),))
    if bad_at is not None:
        return Reading(sent, Outcome.UNREADABLE, (_undecodable(data, bad_at, marks),))
    unreadable = tuple(content.faults(message, sent.type, sent.event, rules.zone))
    outcome = Outcome.UNREADABLE if unreadable else Outcome.ACCEPTED
    return Reading(sent, outcome, unreadable, message)


def envelope_of(block: bytes) -> Envelope:
    """Read the envelope alone, from a whole or a cut message."""
    head, _ = _header(_trimmed(block))
    marks, _ = _marks(head)
    return _envelope(_split(head or "", marks))


def _trimmed(block: bytes) -> bytes:
    bare = block.strip(_AROUND)
    after = bare.removeprefix(codecs.BOM_UTF8)
    return codecs.BOM_UTF8 + after.lstrip(_AROUND) if after != bare else bare


def _alone(data: bytes) -> bytes:
    """Take the envelope of a batch off its only message."""
    around = batch.opened(data)
    return around.messages[0] if around and around.sound and len(around.messages) == 1 else data


def _header(data: bytes) -> tuple[str | None, bool]:
    """Find the MSH, byte for byte, and say whether it comes first as it must."""
    found = re.search(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])(MSH(?![A-Za-z0-9])[^\r\n]*)", data)
    if not found:
        return None, False
    return found[1].decode("latin-1"), found.start(1) <= len(codecs.BOM_UTF8)


def _marks(head: str | None) -> tuple[Marks, tuple[Fault, ...]]:
    """Read MSH-1 and MSH-2; a message without them cannot be divided."""
    if head is None:
        return Marks(encoding="latin-1"), ()
    usual = Marks(encoding="latin-1")
    separator = head[3:4]
    if not _is_mark(separator):
        return usual, (_fatal(ErrorCode.REQUIRED_MISSING, "MSH^1^1", "MSH-1 is missing"),)
    usual = Marks(field=separator, encoding="latin-1")
    named = head[4:].split(separator, 1)[0]
    if not named:
        return usual, (_fatal(ErrorCode.REQUIRED_MISSING, "MSH^1^2", "MSH-2 is missing"),)
    full = named[:_MARKS_NEEDED] + usual.encoding_characters[len(named) :]
    if len(set(full + separator)) <= _MARKS_NEEDED or not all(map(_is_mark, full)):
        return usual, (_fatal(ErrorCode.DATA_TYPE, "MSH^1^2", "MSH-2 cannot be used"),)
    return Marks(separator, full[0], full[1], full[2], full[3], "latin-1"), ()


def _is_mark(character: str) -> bool:
    return bool(re.fullmatch(r"[!-~]", character)) and not character.isalnum()


def _split(head: str, marks: Marks) -> Segment:
    """Split a header for which no charset is settled."""
    found = parse(head, marks).first("MSH")
    return found or Segment("MSH", (), marks)


def _declared(head: str, marks: Marks) -> str:
    return _split(head, marks).text(18)


def _with_encoding(marks: Marks, codec: str) -> Marks:
    return Marks(
        marks.field, marks.component, marks.repetition, marks.escape, marks.subcomponent, codec
    )


def _decoded(data: bytes, codec: str) -> tuple[str, str, int | None]:
    """Decode, or say at which byte it cannot be; then the text serves for the envelope alone."""
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        return data.decode("latin-1"), "latin-1", error.start
    at = text.find("\0")  # no text, and no database takes it
    return text, codec, None if at < 0 else len(text[:at].encode(codec))


def _envelope(msh: Segment) -> Envelope:
    return Envelope(
        marks=msh.marks,
        sending_application=_said(msh, 3),
        sending_facility=_said(msh, 4),
        receiving_application=_said(msh, 5),
        receiving_facility=_said(msh, 6),
        sent_at=msh.text(7),
        type=msh.text(9, 1),
        event=msh.text(9, 2),
        control_id=_said(msh, 10),
        processing_id=_said(msh, 11),
        version=_said(msh, 12),
        accept=msh.text(15),
        application=msh.text(16),
        charset=_said(msh, 18),
    )


def _said(msh: Segment, number: int) -> str:
    raw = msh.raw(number).strip()
    return "" if raw == NULL else raw


def _refusals(sent: Envelope, message: Message, rules: Rules, text: str) -> Iterator[Fault]:
    """Find what is wrong with the envelope."""
    start = f"MSH{sent.marks.field}{sent.marks.encoding_characters}"  # escaped where it is text
    if text.count(start) > 1 or sum(1 for _ in message.all("MSH")) > 1:
        yield _fatal(ErrorCode.SEGMENT_SEQUENCE, "MSH^2", "Two messages in one frame")
    if not sent.type:
        yield _fatal(ErrorCode.REQUIRED_MISSING, "MSH^1^9", "MSH-9 is empty")
    elif sent.type not in TAKEN_IN:
        yield Fault(ErrorCode.TYPE, "MSH^1^9^1^1", "This message type is not taken in here")
    elif sent.event not in TAKEN_IN[sent.type]:
        yield Fault(ErrorCode.EVENT, "MSH^1^9^1^2", "This trigger event is not taken in here")
    if not sent.control_id:
        yield _fatal(ErrorCode.REQUIRED_MISSING, "MSH^1^10", "MSH-10 is empty")
    yield from _wrong_version_or_mode(message.segments[0], rules)
    yield from _too_long(sent)


def _wrong_version_or_mode(msh: Segment, rules: Rules) -> Iterator[Fault]:
    if not msh.text(11):
        yield _fatal(ErrorCode.REQUIRED_MISSING, "MSH^1^11", "MSH-11 is empty")
    elif msh.text(11) not in rules.processing_ids:
        yield Fault(ErrorCode.PROCESSING_ID, "MSH^1^11", "This processing id is not taken in here")
    if not msh.text(12):
        yield _fatal(ErrorCode.REQUIRED_MISSING, "MSH^1^12", "MSH-12 is empty")
    elif not _VERSIONS.fullmatch(msh.text(12)):
        yield Fault(ErrorCode.VERSION, "MSH^1^12", "Versions 2.3 to 2.8 are taken in here")


def _too_long(sent: Envelope) -> Iterator[Fault]:
    limits = {
        3: (sent.sending_application, _LONGEST_HD),
        4: (sent.sending_facility, _LONGEST_HD),
        10: (sent.control_id, _LONGEST_CONTROL_ID),
    }
    for number, (value, longest) in limits.items():
        if len(value) > longest:
            yield Fault(
                ErrorCode.TOO_LONG, f"MSH^1^{number}", f"MSH-{number} is over {longest} characters"
            )


def _undecodable(data: bytes, at: int, marks: Marks) -> Fault:
    """Name the field that holds the first byte which is no text."""
    whole = data.removeprefix(codecs.BOM_UTF8)
    before = whole[:at].decode("latin-1")
    passed = [line for line in lines(before + "?") if is_segment(line, marks)]
    name = passed[-1][:3] if passed else "MSH"
    sequence = sum(1 for line in passed if line[:3] == name)
    number = passed[-1].count(marks.field) + (name == "MSH") if passed else 1
    text = f"{name}-{number} holds bytes that are not in the message's character set"
    return Fault(ErrorCode.DATA_TYPE, f"{name}^{sequence}^{number}", text)


def _no_header(data: bytes) -> Fault:
    found = batch.opened(data)
    if found and found.messages:
        text = "The batch holds another number of messages than its BTS says"
        return _fatal(ErrorCode.SEGMENT_SEQUENCE, "BTS^1^1", text)
    return _fatal(ErrorCode.SEGMENT_SEQUENCE, "", "The message does not start with MSH")


def _unknown_charset() -> Fault:
    return Fault(ErrorCode.NOT_IN_TABLE, "MSH^1^18", "This character set is not read here")


def _fatal(code: ErrorCode, location: str, text: str) -> Fault:
    return Fault(code, location, text, Severity.FATAL)
