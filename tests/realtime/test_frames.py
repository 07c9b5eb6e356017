"""Frames: what goes over the wire for a step from one picture to the next."""

import json

import pytest
from websockets.frames import Opcode

from realtime.frames import Message, Picture, Sight, step, whole

SIGHT = Sight("lamps/x", "full", "e1")


def drawn(**lamps: str) -> Picture:
    return Picture("hall", "".join(lamps.values()), "<!--regions-->", lamps)


def test_a_step_names_what_must_be_there_and_ends_with_the_content():
    frame = step(SIGHT, 3, 5, drawn(a="<p>1</p>", b="<p>2</p>"), drawn(a="<p>1</p>", b="<p>3</p>"))
    assert frame is not None
    assert json.loads(frame.message.text) == {
        "t": "lamps/x", "v": "full", "e": "e1", "p": 3, "r": 5, "k": ["b"],
        "content": '<hx-partial hx-target="#b" hx-swap="outerMorph"><p>3</p></hx-partial>',
    }  # fmt: skip


def test_a_step_from_revision_zero_is_the_whole_because_base_zero_means_that():
    frame = step(SIGHT, 0, 1, drawn(a="1"), drawn(a="2"))
    assert frame is not None
    assert json.loads(frame.message.text)["k"] == ["hall"]


def test_another_order_is_the_whole_and_no_difference_is_nothing():
    was, now = drawn(a="1", b="2"), drawn(b="2", a="1")
    frame = step(SIGHT, 3, 4, was, now)
    assert frame is not None
    assert frame.base == 0
    assert step(SIGHT, 3, 4, was, drawn(a="1", b="2")) is None


def test_only_ids_that_are_safe_in_a_selector_are_live():
    for name in ("bed 1", "1bed", "bed.1", 'b"d', ""):
        with pytest.raises(ValueError, match="id of a live element"):
            Picture(name, "", "", {})


def test_a_message_is_framed_as_one_plain_text_frame():
    message = whole(SIGHT, 1, drawn(a="é" * 40_000)).message
    assert message.framed is message.framed  # made once, whoever sends it
    assert Message("{}").framed == b"\x81\x02{}"
    assert message.framed[0] == 0x80 | Opcode.TEXT
    assert message.framed.endswith(message.text.encode())
