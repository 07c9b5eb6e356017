"""The listener: one answer a frame, in order, whatever comes between and however it comes."""

import asyncio
import random

import pytest

from tests.interop.hl7.corpus import DATA, Answer, corpus_file, expected, taken_apart, vector
from tests.interop.hl7.listening import END, Memory, framed, listening, wired
from ward.interop.hl7.mllp import Limits, Listener


async def test_the_whole_corpus_over_one_connection() -> None:
    memory, rows = Memory(), expected()
    async with listening(memory.handle) as listener, wired(listener) as line:
        for row in rows:
            await line.put(framed(corpus_file(row["file"])))
            answer = taken_apart(await line.answer())
            assert (answer.code, answer.control_id) == (row["ack"], row["control_id"])
        assert (listener.connections, listener.counts.frames) == (1, 203)
    assert (listener.connections, listener.counts.frames) == (0, 203)
    assert len(memory.kept) == len({corpus_file(row["file"]) for row in rows}) == 202


async def test_the_whole_corpus_at_once_with_the_line_ends_of_the_files() -> None:
    memory, rows = Memory(), expected()
    async with listening(memory.handle) as listener, wired(listener) as line:
        stream = b"\r\n".join(framed((DATA / row["file"]).read_bytes()) for row in rows)
        sending = asyncio.create_task(line.put(stream))
        for row in rows:
            answer = taken_apart(await line.answer())
            assert (answer.code, answer.control_id) == (row["ack"], row["control_id"])
        await sending
    assert listener.counts.garbage == 0


async def test_the_same_message_again_gets_the_same_answer_and_is_kept_once() -> None:
    memory = Memory()
    async with listening(memory.handle) as listener, wired(listener) as line:
        await line.put(framed(vector("M01")) + framed(vector("X14")))
        first, again = await line.answer(), await line.answer()
    assert first == again
    assert len(memory.kept) == 1


async def test_the_same_control_id_with_another_body_is_a_message_of_its_own() -> None:
    memory = Memory()
    async with listening(memory.handle) as listener, wired(listener) as line:
        await line.put(framed(vector("M01")) + framed(vector("M01").replace(b"^07^", b"^08^")))
        answers = [taken_apart(await line.answer()) for _ in range(2)]
    assert [(one.code, one.control_id) for one in answers] == [("AA", "A01-0001")] * 2
    assert len(memory.kept) == 2


async def test_a_connection_survives_garbage_cut_doubled_and_empty_frames() -> None:
    memory = Memory()
    async with listening(memory.handle) as listener, wired(listener) as line:
        await line.put(b"GET / HTTP/1.1\r\n\r\n\n\x1c\r" + b"\x0b" + vector("M02")[:40])
        await line.put(framed(vector("M01") + vector("M01")) + b"\n" + framed(b"") + framed(b"?"))
        await line.put(framed(b"\xef\xbb\xbf" + vector("M04")) + framed(vector("M15")))
        answers = [taken_apart(await line.answer()) for _ in range(5)]
    assert [(one.code, one.control_id) for one in answers] == [
        ("AR", "A01-0001"),
        ("AR", "UNKNOWN"),
        ("AR", "UNKNOWN"),
        ("AA", "A08-0001"),
        ("AA", "A13-0001"),
    ]
    assert listener.counts.cut == 1
    assert listener.counts.garbage == len("GET / HTTP/1.1\x1c")


async def test_a_frame_of_75_kilobytes_byte_by_byte_and_in_one_piece() -> None:
    large = corpus_file("trusted-intermediary/Natus__002_Natus_ORU_R01_NBS.hl7")
    memory = Memory()
    async with listening(memory.handle) as listener, wired(listener) as line:
        await line.put(framed(large))
        whole = taken_apart(await line.answer())
        for start in range(0, len(large) + 3, 1500):
            await line.put(framed(large)[start : start + 1500])
            await asyncio.sleep(0)
        assert taken_apart(await line.answer()) == whole
    assert len(memory.kept) == 1


async def test_a_frame_that_is_too_large_is_refused_by_name_and_the_next_one_answered() -> None:
    memory = Memory()
    async with (
        listening(memory.handle, Limits(message=10_000)) as listener,
        wired(listener) as line,
    ):
        await line.put(framed(vector("M01") + b"ZZZ|" + b"x" * 300_000) + framed(vector("M02")))
        large, small = taken_apart(await line.answer()), taken_apart(await line.answer())
    assert (large.code, large.control_id) == ("AR", "A01-0001")
    assert large.errors == (("", "104", "E"),)
    assert (small.code, small.control_id) == ("AA", "A02-0001")
    assert (listener.counts.oversized, len(memory.kept)) == (1, 1)


async def test_a_frame_without_end_gets_no_answer_and_the_line_is_closed() -> None:
    memory = Memory()
    async with listening(memory.handle, Limits(idle_in_frame=0.1)) as listener:
        async with wired(listener) as line:
            await line.put(vector("X16"))
            assert await line.closed()
        await _gone(listener)
    assert (listener.counts.cut, memory.kept) == (1, {})


async def test_a_silent_line_is_closed_after_its_time() -> None:
    limits = Limits(idle_between=0.5)  # long enough that what was sent at once is read before
    async with listening(Memory().handle, limits) as listener, wired(listener) as line:
        await line.put(framed(vector("M01")))
        await line.answer()
        assert await line.closed()


async def test_a_handler_that_fails_or_hangs_is_answered_for() -> None:
    async def broken(block: bytes, _peer: str) -> bytes:
        if b"A02" in block:
            await asyncio.sleep(60)
        raise ConnectionRefusedError

    async with listening(broken, Limits(answer_within=0.1)) as listener, wired(listener) as line:
        await line.put(framed(vector("M04")) + framed(vector("M02")))
        for name in ("A08-0001", "A02-0001"):
            answer = taken_apart(await line.answer())
            assert (answer.code, answer.control_id) == ("AR", name)
            assert answer.errors == (("", "207", "E"),)
    assert listener.failures == 2


async def test_more_connections_than_agreed_are_hung_up_on() -> None:
    async with listening(Memory().handle, Limits(connections=2)) as listener:
        async with wired(listener) as one, wired(listener) as two:
            for line in (one, two):
                await line.put(framed(vector("M01")))
                await line.answer()
            async with wired(listener) as three:
                assert await three.closed()
            await one.put(framed(vector("M02")))
            assert taken_apart(await one.answer()).code == "AA"
        assert listener.refused_connections == 1


async def test_stopping_answers_what_is_being_stored_and_closes_idle_lines() -> None:
    memory, begun, go_on = Memory(), asyncio.Event(), asyncio.Event()

    async def slow(block: bytes, peer: str) -> bytes:
        begun.set()
        await go_on.wait()
        return await memory.handle(block, peer)

    async with listening(slow) as listener, wired(listener) as idle, wired(listener) as busy:
        port = listener.port
        await busy.put(framed(vector("M01")) + framed(vector("M02")))
        await begun.wait()
        stopping = asyncio.create_task(listener.stop())
        assert await idle.closed()
        go_on.set()
        assert taken_apart(await busy.answer()).control_id == "A01-0001"
        assert await busy.closed()  # the second was not begun: its sender sends it again
        await stopping
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_stopping_does_not_wait_for_ever() -> None:
    async def never(_block: bytes, _peer: str) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with listening(never, Limits(drain=0.1)) as listener, wired(listener) as line:
        await line.put(framed(vector("M01")))
        await asyncio.sleep(0.05)
        async with asyncio.timeout(30):
            await listener.stop()
        assert await line.closed()


async def test_lines_do_not_wait_for_each_other() -> None:
    memory, go_on = Memory(), asyncio.Event()

    async def handle(block: bytes, peer: str) -> bytes:
        if b"A01-0001" in block:
            await go_on.wait()
        return await memory.handle(block, peer)

    async with listening(handle) as listener, wired(listener) as slow, wired(listener) as quick:
        await slow.put(framed(vector("M01")))
        await quick.put(framed(vector("M02")))
        assert taken_apart(await quick.answer()).control_id == "A02-0001"
        go_on.set()
        assert taken_apart(await slow.answer()).control_id == "A01-0001"


async def test_a_sender_that_never_reads_its_answers_is_let_go() -> None:
    async def wordy(_block: bytes, _peer: str) -> bytes:
        return b"x" * 1_000_000

    async with listening(wordy, Limits(idle_in_frame=0.2)) as listener, wired(listener) as line:
        line.writer.write(framed(b"M") * 50)
        await _gone(listener)


async def _gone(listener: Listener) -> None:
    """Wait until the listener has let every line go, and counted what it held."""
    async with asyncio.timeout(30):
        while listener.connections:  # noqa: ASYNC110 - a number
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("seed", range(8))
async def test_random_streams_get_at_most_one_answer_a_frame(seed: int) -> None:
    chance = random.Random(seed)
    files = [corpus_file(row["file"]) for row in expected()]
    pieces: list[bytes] = []
    for _ in range(60):
        block = bytearray(chance.choice(files))
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(block) + 1)
            block[at : at + chance.randrange(40)] = chance.randbytes(chance.randrange(8))
        noise = chance.randbytes(chance.randrange(30))
        pieces += [chance.choice([framed(bytes(block)), bytes(block), noise, END])]
    last = framed(vector("M01"))
    async with listening(Memory().handle) as listener, wired(listener) as line:
        sending = asyncio.create_task(line.put(b"".join(pieces) + b"\x0b" + END + last))
        answers: list[Answer] = []
        while not answers or answers[-1].control_id != "A01-0001":
            answers.append(taken_apart(await line.answer()))
        await sending
        assert len(answers) <= sum(piece.count(END) for piece in pieces) + 2
        assert listener.failures == 0
