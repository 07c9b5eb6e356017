"""203 public messages: each is answered as the reviewed table says, and read as python-hl7 does."""

import re

import hl7  # type: ignore[import-untyped]
import pytest

from tests.interop.hl7.corpus import (
    DATA,
    RULES,
    STAMP,
    corpus_file,
    expected,
    taken_apart,
)
from ward.interop.hl7 import ack, wire

_OLD = re.compile(r"2\.[1-4](\.|$)")


def test_the_table_names_every_file() -> None:
    files = {str(path.relative_to(DATA)) for path in DATA.rglob("*.hl7")}
    assert {row["file"] for row in expected()} == files
    assert len(files) == 203
    assert all(row["why"] for row in expected())


@pytest.mark.parametrize("convert", [True, False], ids=["CR", "as on disk"])
def test_each_file_gets_its_answer(convert: bool) -> None:
    wrong = []
    for row in expected():
        block = corpus_file(row["file"]) if convert else (DATA / row["file"]).read_bytes()
        reading = wire.read(block, RULES)
        answer = taken_apart(ack.answer(reading, STAMP))
        faults = " ".join(f"{one.code}@{one.location}" for one in reading.faults)
        got = (answer.code, answer.control_id, faults)
        if got != (row["ack"], row["control_id"], row["errors"]):
            wrong.append((row["file"], got))
        if not _OLD.match(reading.envelope.version):
            assert len(answer.errors) == len(reading.faults)
    assert not wrong


def test_fields_are_split_as_python_hl7_splits_them() -> None:
    for row in expected():
        reading = wire.read(corpus_file(row["file"]), RULES)
        if reading.message is None:
            continue
        text = corpus_file(row["file"]).decode("utf-8-sig")
        text = text[text.index("MSH") :]  # one is the only message of a batch
        other = hl7.parse(text.replace("\rpanel AHIC", "\npanel AHIC"))
        assert len(other) == len(reading.message.segments), row["file"]
        for segment, theirs in zip(reading.message.segments, other, strict=True):
            assert list(segment.fields) == [str(field) for field in theirs], row["file"]
