"""Files: whatever is in a file, the importer says what is wrong with it and goes on."""

from pathlib import Path

import pytest

from tests.interop.fhir.bodies import Write, patient, refused, taken
from ward.interop.fhir import files

BAD = {
    "empty": (b"", "is empty"),
    "blank": (b" \n", "is empty"),
    "cut off": (b'{"resourceType": "Patient"', "is not JSON: Expecting ',' delimiter"),
    "garbage": (b"MSH|^~\\&|", "is not JSON: Expecting value at line 1, column 1"),
    "xml": (b"<Patient xmlns='http://hl7.org/fhir'/>", "is XML; only FHIR JSON is read"),
    "latin-1": ('{"name": "Mejía"}'.encode("latin-1"), "is not UTF-8: byte 14 does not fit"),
    "utf-16": ("\ufeff{}".encode("utf-16-le"), "is UTF-16; FHIR JSON is UTF-8"),
    "a list": (b"[]", "is not FHIR: a resource is a JSON object"),
    "a text": (b'"Patient"', "is not FHIR: a resource is a JSON object"),
    "no number": (b'{"a": NaN}', "is not JSON: NaN is not a number"),
    "infinite": (b'{"a": -Infinity}', "is not JSON: -Infinity is not a number"),
    "long number": (b'{"a": ' + b"9" * 5000 + b"}", "is not JSON: a number is too long"),
    "twice": (b'{"a": 1, "a": 2}', "is not FHIR: an object has the same property twice"),
    "deep": (b'{"a":' * 100 + b"1" + b"}" * 100, "is nested more than 64 levels deep"),
    "bottomless": (b"[" * 100_000, "is nested more than 64 levels deep"),
    "two": (b"{} {}", "is not JSON: Extra data"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_the_reason(name: str, write: Write) -> None:
    data, reason = BAD[name]
    [(element, message)] = refused(write("bad.json", data))
    assert element == "file"
    assert message.startswith(reason)


def test_a_bad_file_does_not_stop_the_good_one_beside_it(write: Write) -> None:
    write("a.json", b"{")
    write("z.json", patient())
    folder = write("m.json", b"\xff").parent
    assert len(refused(folder)) == 2
    with pytest.raises(AssertionError):
        taken(folder)


def test_json_that_is_not_fhir_is_refused(write: Write) -> None:
    assert refused(write("package.json", {"name": "hl7"})) == [
        ("resourceType", "is required: this is not FHIR")
    ]
    assert refused(write("odd.json", {"resourceType": "Patient2"})) == [
        ("resourceType", "is not a resource of R4")
    ]
    assert refused(write("worse.json", {"resourceType": ["Patient"]})) == [
        ("resourceType", "is not a resource of R4")
    ]


def test_a_missing_file_and_an_empty_folder_are_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone.json") == [("file", "there is no such file")]
    assert refused(tmp_path) == [("file", "the folder holds no .json or .ndjson file")]
    assert refused(Path("a\0b")) == [("file", "there is no such file")]


def test_a_file_that_fails_while_it_is_read_is_refused(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: Path) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", failing)
    assert refused(write("bad.json", b"{}")) == [("file", "could not be read: Input/output error")]


def test_a_file_beyond_the_bound_is_not_loaded(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILE", 2**20)
    [(_, message)] = refused(write("huge.json", b"{" + b" " * 2**20 + b"}"))
    assert message == "is larger than 1 MB: split it"


def test_a_line_beyond_the_bound_ends_its_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_LINE", 2**20)
    [(_, message)] = refused(write("huge.ndjson", b"{" + b" " * 2**20 + b"}\n{}"))
    assert message == "a line is larger than 1 MB: the rest was not read"


def test_each_line_of_ndjson_is_a_resource_with_its_line_number(write: Write) -> None:
    path = write("Patient.ndjson", [patient("1"), patient("2")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\n\nnonsense\n")
    assert refused(path) == [("file", "is not JSON: Expecting value at line 1, column 1")]
    path.write_bytes(path.read_bytes().removesuffix(b"nonsense\n"))
    assert [one.where.line for one in taken(path)] == [1, 2]


def test_a_byte_order_mark_is_no_mistake(write: Write) -> None:
    path = write("marked.json", patient())
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(taken(path)) == 1


def test_a_folder_is_read_to_its_depth_without_hidden_files(write: Write) -> None:
    write("deep/er/one.json", patient("1"))
    write(".hidden.json", b"{")
    write("notes.txt", b"not for us")
    folder = write("two.JSON", patient("2")).parent
    assert len(taken(folder)) == 2


def test_a_file_named_twice_is_read_once(write: Write) -> None:
    path = write("one.json", patient())
    assert len(taken(path, path.parent, path)) == 1
