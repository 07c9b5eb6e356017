"""Files: finding the files of an import and parsing each as JSON, whatever is in them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from ward.interop.fhir.outcomes import Refused, Where, refuse
from ward.interop.fhir.pick import JsonObject

MAX_FILE = 64 * 2**20  # bytes of one JSON document; engineering bounds, ten times a full history
MAX_LINE = 16 * 2**20  # bytes of one line of NDJSON
MAX_DEPTH = 64  # objects and lists inside one another
LINES = {".ndjson", ".jsonl"}
SUFFIXES = {".json", *LINES}
UTF8_MARK = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """The bytes are not a JSON object; the message is for the person who sent them."""


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """One JSON object with the place it was read from."""

    where: Where
    body: JsonObject


def files(paths: Iterable[Path]) -> list[Path]:
    """List the files of an import in a fixed order; a folder gives its .json and .ndjson files.

    A path that does not exist stays in the list, so that reading it says so.
    """
    listed: dict[Path, None] = {}
    for path in paths:
        for file in _inside(path) if path.is_dir() else [path]:
            listed.setdefault(file)
    return list(listed)


def _inside(folder: Path) -> list[Path]:
    """List a folder's FHIR files, or the folder itself when it has none."""
    fitting = (file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    visible = (file for file in fitting if not file.name.startswith(".") and file.is_file())
    return sorted(visible) or [folder]


def documents(file: Path) -> Iterator[Document | Refused]:
    """Read a file as one JSON object, or as one object a line where its name ends in .ndjson."""
    where = Where(str(file))
    try:
        if file.is_dir():
            yield refuse(where, "file", "file", "the folder holds no .json or .ndjson file")
        elif not file.is_file():
            yield refuse(where, "file", "file", "there is no such file")
        elif file.suffix.lower() in LINES:
            yield from _lines(file)
        elif file.stat().st_size > MAX_FILE:
            yield refuse(where, "file", "file", f"is larger than {MAX_FILE >> 20} MB: split it")
        else:
            yield _document(where, file.read_bytes())
    except OSError as error:
        yield refuse(where, "file", "file", f"could not be read: {error.strerror}")


def _lines(file: Path) -> Iterator[Document | Refused]:
    with file.open("rb") as stream:
        for line, data in enumerate(iter(lambda: stream.readline(MAX_LINE + 1), b""), start=1):
            where = Where(str(file), line)
            if len(data) > MAX_LINE:
                bound = f"a line is larger than {MAX_LINE >> 20} MB: the rest was not read"
                yield refuse(where, "file", "file", bound)
                return
            if data.strip(b" \t\r\n" + UTF8_MARK):
                yield _document(where, data)


def _document(where: Where, data: bytes) -> Document | Refused:
    try:
        return Document(where, parse(data))
    except Unreadable as error:
        return refuse(where, "file", "file", str(error))


def parse(data: bytes) -> JsonObject:
    """Parse one JSON object, keeping decimals as they were written, or raise Unreadable."""
    try:
        written = data.removeprefix(UTF8_MARK).decode("utf-8")
        body: object = json.loads(
            written, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object
        )
    except UnicodeDecodeError as error:
        raise Unreadable(_not_utf8(data, error.start)) from None
    except json.JSONDecodeError as error:
        raise Unreadable(_not_json(data, error)) from None
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None
    except (ValueError, ArithmeticError):  # a whole number of more digits than Python converts
        raise Unreadable("is not JSON: a number is too long") from None
    if not isinstance(body, dict):
        raise Unreadable("is not FHIR: a resource is a JSON object")
    _bound(body)
    return body


_TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep"


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(f"is not JSON: {name} is not a number")


def _object(pairs: list[tuple[str, object]]) -> JsonObject:
    body = dict(pairs)
    if len(body) != len(pairs):
        raise Unreadable("is not FHIR: an object has the same property twice")
    return body


def _bound(body: JsonObject) -> None:
    level: list[object] = [body]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else _items(outer))
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise Unreadable(_TOO_DEEP)


def _items(outer: object) -> list[object]:
    return outer if isinstance(outer, list) else []


def _not_utf8(data: bytes, start: int) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "is UTF-16; FHIR JSON is UTF-8"
    return f"is not UTF-8: byte {start + 1} does not fit"


def _not_json(data: bytes, error: json.JSONDecodeError) -> str:
    start = data.removeprefix(UTF8_MARK).lstrip()[:1]
    if not start:
        return "is empty"
    if start == b"<":
        return "is XML; only FHIR JSON is read"
    return f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
