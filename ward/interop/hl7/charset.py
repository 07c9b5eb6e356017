"""Charset: which characters the bytes of a message stand for."""

import codecs
import re
from dataclasses import dataclass

_NAMES = {
    "ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "BIG-5": "big5",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
}
"""HL7 table 0211 and common spellings, to Python's codecs; 8859/n is worked out."""

_ESCAPE_BYTE = b"\x1b"


@dataclass(frozen=True, slots=True)
class Charset:
    """The codec to read with, and whether the sender named one that Ward does not know."""

    codec: str
    unknown: bool = False


def choose(declared: str, data: bytes, *, otherwise: str) -> Charset:
    """Decide by byte order mark, then MSH-18, then what this sender is known to write."""
    name = declared.strip().upper()
    if data.startswith(codecs.BOM_UTF8) or not name:
        return Charset("utf-8" if data.startswith(codecs.BOM_UTF8) else otherwise)
    if name in _NAMES:
        return Charset(_NAMES[name])
    if found := re.fullmatch(r"(?:ISO[ -]?)?8859[/-](\d{1,2})", name):
        return _latin(int(found[1]), data)
    return _only_ascii(data)


def _latin(number: int, data: bytes) -> Charset:
    try:
        return Charset(codecs.lookup(f"iso8859-{number}").name)
    except LookupError:
        return _only_ascii(data)


def _only_ascii(data: bytes) -> Charset:
    """Plain ASCII means the same in every charset of table 0211 that shifts by escape bytes."""
    return Charset("ascii", unknown=not data.isascii() or _ESCAPE_BYTE in data)
