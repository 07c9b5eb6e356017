"""Frames are found in any stream of bytes, however it is cut into reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interop.hl7.corpus import corpus_file, vector
from ward.interop.hl7.framing import Frame, Framer

LIMIT = 200
M = b"MSH|^~\\&|A"


def _framed(message: bytes) -> bytes:
    return b"\x0b" + message + b"\x1c\r"


def _frames(*reads: bytes, limit: int = LIMIT) -> tuple[list[Frame], Framer]:
    framer = Framer(limit)
    return [frame for data in reads for frame in framer.feed(data)], framer


def test_one_frame() -> None:
    frames, framer = _frames(_framed(M))
    assert frames == [Frame(M)]
    assert (framer.counts.frames, framer.counts.garbage, framer.open) == (1, 0, False)


def test_many_frames_in_one_read_and_one_frame_in_many() -> None:
    frames, _ = _frames(_framed(M) * 3)
    assert frames == [Frame(M)] * 3
    frames, _ = _frames(*(bytes([byte]) for byte in _framed(M)))
    assert frames == [Frame(M)]


def test_garbage_between_frames_is_counted_and_passed_over() -> None:
    frames, framer = _frames(b"hello\r\n" + _framed(M) + b"\n\n??" + _framed(M) + b"\r\nx")
    assert frames == [Frame(M)] * 2
    assert framer.counts.garbage == 8


def test_an_empty_frame_is_a_frame() -> None:
    frames, _ = _frames(_framed(b""))
    assert frames == [Frame(b"")]


def test_a_frame_whose_end_was_lost_does_not_take_the_next_one_with_it() -> None:
    frames, framer = _frames(b"\x0b" + M + b"|cut" + _framed(M))
    assert frames == [Frame(M)]
    assert framer.counts.cut == 1


def test_a_doubled_start_is_one_start() -> None:
    frames, framer = _frames(b"\x0b\x0b" + M + b"\x1c\r")
    assert frames == [Frame(M)]
    assert framer.counts.cut == 0


def test_a_start_or_end_byte_inside_a_text_is_text() -> None:
    inside = M + b"|a\x0bb\x1cc"
    frames, _ = _frames(_framed(inside))
    assert frames == [Frame(inside)]


def test_an_end_with_a_line_feed_is_an_end() -> None:
    frames, _ = _frames(b"\x0b" + M + b"\x1c\n" + _framed(M))
    assert frames == [Frame(M)] * 2


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_a_frame_that_is_too_long_is_skipped_to_its_end(size: int) -> None:
    stream = _framed(M + b"x" * 1000) + _framed(M)
    frames, framer = _frames(*(stream[i : i + size] for i in range(0, len(stream), size)))
    assert [frame.oversized for frame in frames] == [True, False]
    assert frames[0].block.startswith(M)
    assert framer.counts.oversized == 1


def test_a_frame_of_exactly_the_limit_is_not_too_long() -> None:
    for length, oversized in ((LIMIT, False), (LIMIT + 1, True)):
        whole, _ = _frames(_framed(b"x" * length))
        single, _ = _frames(*(bytes([byte]) for byte in _framed(b"x" * length)))
        assert [frame.oversized for frame in whole + single] == [oversized] * 2


def test_a_stream_without_end_is_not_kept_in_memory() -> None:
    framer = Framer(LIMIT)
    framer.feed(b"\x0b" + M)
    for _ in range(50):
        framer.feed(b"x" * 100_000)
    assert len(framer._buffer) + len(framer._head) < 100_200


def test_a_message_larger_than_a_read() -> None:
    block = corpus_file("trusted-intermediary/Natus__002_Natus_ORU_R01_NBS.hl7")
    assert len(block) > 60_000
    stream = _framed(block) + _framed(vector("M01"))
    reads = (stream[i : i + 4096] for i in range(0, len(stream), 4096))
    frames, _ = _frames(*reads, limit=4 * 1024 * 1024)
    assert [frame.block for frame in frames] == [block, vector("M01")]


_PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"\x0b", b"\x1c\r", b"\x1c", b"\r", b"\n", b"MSH", b"\xef\xbb\xbf", M]),
        st.just(_framed(M)),
        st.just(b"z" * 250),
    ),
    max_size=30,
)


@given(_PIECES, st.lists(st.integers(1, 40), min_size=1, max_size=10))
def test_how_a_stream_is_cut_into_reads_changes_nothing(
    pieces: list[bytes], sizes: list[int]
) -> None:
    stream = b"".join(pieces)
    at = 0
    reads: list[bytes] = []
    while at < len(stream):
        size = sizes[len(reads) % len(sizes)]
        reads.append(stream[at : at + size])
        at += size
    whole, one = _frames(stream)
    cut, other = _frames(*reads)
    assert [frame.oversized for frame in cut] == [frame.oversized for frame in whole]
    for left, right in zip(whole, cut, strict=True):
        assert left.block[:LIMIT] == right.block[:LIMIT]
    assert (one.counts, one.open) == (other.counts, other.open)
    ends = stream.count(b"\x1c\r") + stream.count(b"\x1c\n")
    assert len(whole) <= ends
