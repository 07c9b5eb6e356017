"""Nothing that anyone can send makes reading fail, and every frame gets one answer."""

import zoneinfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.interop.hl7.corpus import RULES, STAMP, bytes_of, corpus_file, taken_apart, vectors
from ward.interop.hl7 import ack, wire
from ward.interop.hl7.codes import Outcome, Use
from ward.interop.hl7.facts import fact_of

_ZONE = zoneinfo.ZoneInfo("Europe/London")
_SEEDS = [bytes_of(one) for one in vectors("valid") + vectors("malformed")] + [
    corpus_file(f"fhir-converter/{name}.hl7")
    for name in ("ADT-A01-01", "ADT-A40-02", "ADT01-23", "ADT04-28", "LAB-ORU-1")
]
_ODD = [
    *(bytes([byte]) for byte in b'|^~\\&\r\n\x00\x0b\x1c\x1b"#*PM'),
    b'""',
    b"\\X",
    b"\\.sp9\\",
    b"\rMSH|",
    b"\rPID|1||",
    b"\rMRG|1",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"UNICODE UTF-16",
    b"|" * 60,
    b"9" * 300,
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A message with some bytes cut out, put in, doubled or swapped."""
    block = bytearray(draw(st.sampled_from(_SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(block)))
        to = min(len(block), at + draw(st.integers(0, 30)))
        put = st.one_of(st.binary(max_size=4), st.sampled_from(_ODD), st.just(bytes(block[at:to])))
        block[at : draw(st.sampled_from([at, to]))] = draw(put)
    return bytes(block)


def _answered(block: bytes) -> None:
    reading = wire.read(block, RULES)
    assert (reading.outcome is Outcome.ACCEPTED) == (not reading.faults)
    reply = ack.answer(reading, STAMP)
    answer = taken_apart_with(reading.envelope.marks.field, reply)
    assert answer in {f"{level}{reading.outcome}" for level in "AC"}
    assert not set(reply) & {0x0B, 0x1C, 0x0A, 0x00}
    ack.later(reading, STAMP)
    if reading.outcome is Outcome.ACCEPTED and reading.use is Use.ACTED_ON:
        fact_of(reading, _ZONE)


def taken_apart_with(separator: str, reply: bytes) -> str:
    """Return the code of an answer written in any separator."""
    if separator == "|":
        return taken_apart(reply).code
    return reply.decode("latin-1").split("\r")[1].split(separator)[1]


@settings(max_examples=1500, deadline=None)
@given(mutated())
def test_mutated_messages_are_answered(block: bytes) -> None:
    _answered(block)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_answered(block: bytes) -> None:
    _answered(block)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_after_a_header_are_answered(block: bytes) -> None:
    _answered(b"MSH|^~\\&|" + block)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet='|^~\\&"MSHPIDV1A0\r\n 2.5', max_size=200))
def test_random_separators_are_answered(text: str) -> None:
    _answered(("MSH|^~\\&|" + text).encode())
