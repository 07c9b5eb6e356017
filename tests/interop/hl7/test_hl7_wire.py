"""What senders do to bytes: line ends, character sets, doubled and cut messages."""

import pytest

from tests.interop.hl7.corpus import DATA, RULES, STAMP, taken_apart, vector
from ward.interop.hl7 import ack, wire
from ward.interop.hl7.codes import Outcome, Use
from ward.interop.hl7.wire import Reading, Rules


def _read(block: bytes, rules: Rules = RULES) -> Reading:
    return wire.read(block, rules)


def _faults(reading: Reading) -> list[tuple[str, str]]:
    return [(fault.code.value, fault.location) for fault in reading.faults]


def test_the_envelope_of_a_message() -> None:
    sent = _read(vector("M06")).envelope
    assert (sent.sending_application, sent.sending_facility) == ("CITYLAB", "NORTHSITE")
    assert (sent.type, sent.event, sent.control_id) == ("ORU", "R01", "ORU-0001")
    assert (sent.accept, sent.application, sent.enhanced) == ("AL", "NE", True)
    assert (sent.version, sent.charset) == ("2.5.1", "UNICODE UTF-8")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_will_do(end: bytes) -> None:
    usual, other = _read(vector("M01")), _read(vector("M01").replace(b"\r", end))
    assert other == usual


def test_a_line_feed_inside_a_text_does_not_end_the_segment() -> None:
    reading = _read(vector("M01").replace(b"12 SAMPLE ROAD", b"FLAT 3\n12 SAMPLE ROAD"))
    assert reading.message
    pid = reading.message.first("PID")
    assert pid
    assert pid.text(11) == "FLAT 3\n12 SAMPLE ROAD"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n", b"\x00\x0b", b" \xef\xbb\xbf\n"])
@pytest.mark.parametrize("after", [b"", b"\r\r", b"\x00\x00", b"\r\x1a", b"\x1c", b"\n END"])
def test_what_stands_around_a_message_is_passed_over(before: bytes, after: bytes) -> None:
    reading = _read(before + vector("M02") + after)
    assert (reading.outcome, reading.envelope.control_id) == (Outcome.ACCEPTED, "A02-0001")


def test_the_tail_of_a_broken_line_is_joined_to_it() -> None:
    name = "trusted-intermediary/TX__001_TX_OML_O21.hl7"
    reading = _read((DATA / name).read_bytes())
    assert reading.message
    obr = reading.message.first("OBR")
    assert obr
    assert obr.text(4, 2) == "Newborn screening\npanel AHIC"
    assert obr.text(7) == "201907200835"


def test_what_is_no_segment_is_counted_and_left_out() -> None:
    reading = _read(vector("M02") + b"-- end of file --\r")
    assert reading.message
    assert reading.message.stray_lines == 1


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("8859/1", "latin-1"),
        ("8859/15", "iso8859-15"),
        ("ISO-8859-1", "latin-1"),
        ("", "utf-8"),
        ("GB 18030-2000", "gb18030"),
    ],
)
def test_a_name_is_read_in_the_charset_it_was_written_in(declared: str, encoding: str) -> None:
    text = vector("M04").decode().replace("UNICODE UTF-8", declared)
    reading = _read(text.encode(encoding))
    assert reading.message
    pid = reading.message.first("PID")
    assert pid
    assert pid.text(5) == "TESTPATIENT-NUÑEZ"


def test_a_sender_that_names_no_charset_is_read_as_agreed_with_it() -> None:
    block = vector("M04").decode().replace("UNICODE UTF-8", "").encode("latin-1")
    assert _faults(_read(block)) == [("102", "PID^1^5")]
    assert _read(block, Rules(encoding="latin-1")).outcome is Outcome.ACCEPTED


def test_a_byte_order_mark_says_utf_8_whatever_msh_18_says() -> None:
    block = b"\xef\xbb\xbf" + vector("M04").replace(b"UNICODE UTF-8", b"8859/1")
    reading = _read(block)
    assert reading.message
    pid = reading.message.first("PID")
    assert pid
    assert pid.text(5) == "TESTPATIENT-NUÑEZ"


def test_a_charset_that_is_not_read_here_is_refused_unless_the_text_is_plain() -> None:
    plain = vector("M01").replace(b"UNICODE UTF-8", b"ISO IR87")
    assert _read(plain).outcome is Outcome.ACCEPTED
    japanese = plain.replace(b"ADA", b"\x1b$B;3ED\x1b(B")
    assert _faults(_read(japanese)) == [("103", "MSH^1^18")]
    assert _faults(_read(vector("M04").replace(b"UNICODE UTF-8", b"KLINGON"))) == [
        ("103", "MSH^1^18")
    ]


def test_a_byte_that_is_no_text_is_placed_and_never_replaced() -> None:
    reading = _read(vector("M06").replace(b"haemolysed", b"h\xe6molysed"))
    assert (reading.outcome, _faults(reading)) == (Outcome.UNREADABLE, [("102", "NTE^1^3")])
    nul = _read(vector("M01").replace(b"rash", b"ra\x00sh"))
    assert (nul.outcome, _faults(nul)) == (Outcome.UNREADABLE, [("102", "AL1^1^5")])


def test_an_undecodable_control_id_comes_back_byte_for_byte() -> None:
    reading = _read(vector("M01").replace(b"A01-0001", b"A01-\xff\xfe1"))
    assert b"MSA|AE|A01-\xff\xfe1\r" in ack.answer(reading, STAMP)


def test_two_messages_in_one_frame_are_refused_whole() -> None:
    reading = _read(vector("M01") + vector("M02"))
    assert (reading.outcome, _faults(reading)) == (Outcome.REFUSED, [("100", "MSH^2")])
    assert taken_apart(ack.answer(reading, STAMP)).control_id == "A01-0001"


@pytest.mark.parametrize("cut", [3, 4, 5, 8, 20, 60, 75, 88])
def test_a_cut_header_is_refused(cut: int) -> None:
    reading = _read(vector("M01")[:cut])
    assert reading.outcome is Outcome.REFUSED
    assert taken_apart(ack.answer(reading, STAMP)).code == "AR"


def test_a_batch_of_one_is_read_as_its_message() -> None:
    name = "Test__Results__005_AL_ORU_R01_NBS_Simplified_0_initial_message.hl7"
    reading = _read((DATA / "trusted-intermediary" / name).read_bytes())
    answer = taken_apart(ack.answer(reading, STAMP))
    assert (answer.code, answer.control_id) == ("CA", "858625")


@pytest.mark.parametrize(
    ("was", "now", "fault"),
    [
        (b"|A01-0001|", b"||", ("101", "MSH^1^10")),
        (b"|A01-0001|", b"|" + b"9" * 200 + b"|", ("104", "MSH^1^10")),
        (b"|PAS|", b"|" + b"P" * 228 + b"|", ("104", "MSH^1^3")),
        (b"|P|2.5.1|", b"||2.5.1|", ("101", "MSH^1^11")),
        (b"|P|2.5.1|", b"|P||", ("101", "MSH^1^12")),
        (b"|P|2.5.1|", b"|P|2.2|", ("203", "MSH^1^12")),
        (b"|P|2.5.1|", b"|P|2.9|", ("203", "MSH^1^12")),
        (b"ADT^A01^ADT_A01", b"ADT", ("201", "MSH^1^9^1^2")),
        (b"^~\\&|PAS", b"^^\\&|PAS", ("102", "MSH^1^2")),
        (b"^~\\&|PAS", b"|PAS", ("101", "MSH^1^2")),
    ],
)
def test_an_envelope_that_cannot_be_used_is_refused(
    was: bytes, now: bytes, fault: tuple[str, str]
) -> None:
    reading = _read(vector("M01").replace(was, now))
    assert (reading.outcome, _faults(reading)) == (Outcome.REFUSED, [fault])


@pytest.mark.parametrize("version", ["2.3", "2.3.1", "2.4", "2.5", "2.6", "2.7.1", "2.8", "2.8.2"])
def test_versions_taken_in(version: str) -> None:
    block = vector("M01").replace(b"|2.5.1|", f"|{version}|".encode())
    assert _read(block).outcome is Outcome.ACCEPTED


def test_a_message_for_a_module_to_come_is_accepted_and_kept() -> None:
    assert {_read(vector(key)).use for key in ("M01", "M09", "M12")} == {Use.ACTED_ON}
    assert {_read(vector(key)).use for key in ("M13", "M14")} == {Use.KEPT}


@pytest.mark.parametrize(
    ("was", "now", "fault"),
    [
        (b"||6.8|", b"||>6.8|", ("102", "OBX^1^5")),
        (b"<^0.01", b"<^low", ("102", "OBX^3^5")),
        (b"|||F|||", b"|||Q|||", ("103", "OBX^1^11")),
        (b"OBR|1", b"ZBR|1", ("100", "OBR^1")),
    ],
)
def test_results_that_cannot_be_read(was: bytes, now: bytes, fault: tuple[str, str]) -> None:
    reading = _read(vector("M06").replace(was, now, 1))
    assert (reading.outcome, _faults(reading)) == (Outcome.UNREADABLE, [fault])


def test_every_fault_is_told_but_no_more_than_ten() -> None:
    reading = _read(vector("M06").replace(b"|NM|", b"|DT|") + b"OBX|9|NM|||x\r" * 20)
    assert len(reading.faults) == 10


def test_no_diagnosis_sent_back_repeats_what_the_message_held() -> None:
    secret = vector("X17").replace(b"ADA", b"SECRETNAME")
    assert b"SECRET" not in ack.answer(_read(secret), STAMP)
    assert b"TTTT" not in ack.answer(_read(secret), STAMP)


def test_a_message_of_four_mebibytes_is_read_whole() -> None:
    obx = b"OBX|1|TX|8302-2^Body height^LN||" + b"word " * 20 + b"||||||F\r"
    block = vector("X11").split(b"OBX")[0] + obx * (4_000_000 // len(obx))
    reading = _read(block)
    assert reading.outcome is Outcome.ACCEPTED
    assert reading.message
    assert len(list(reading.message.all("OBX"))) == 4_000_000 // len(obx)
