"""Scanner: looks for people's names and numbers in bytes, however they are written."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SHORTEST = 7  # a shorter name is also an ordinary word
_ZEROS = b"\0" * 64


def written(word: str) -> Iterator[bytes]:
    """Give the ways in which a word may lie in a file, in lower case."""
    for form in {word, word.lower(), word.upper(), word.title()}:
        yield form.encode()
        yield form.encode("utf-16-le")[: -1 if form.isascii() else None]  # either byte order
        yield form.encode("utf-16-be")
        yield json.dumps(form)[1:-1].encode()
        yield form.encode().hex().encode()


class Scanner:
    """Finds any of many words in one pass."""

    def __init__(self, words: Iterable[str]) -> None:
        known = {word for word in words if len(word) >= SHORTEST}
        assert known, "there is nothing to look for"
        self.ways = {way.lower(): word for word in known for way in written(word)}
        self._pattern = re.compile(_any_of(self.ways))

    def within(self, data: bytes) -> set[str]:
        """Name the words that these bytes hold."""
        packed = data.replace(_ZEROS, b"").lower()
        return {self.ways[match[0]] for match in self._pattern.finditer(packed)}

    def below(self, folder: Path) -> dict[str, set[str]]:
        """Name the words that lie in the files below a folder, by file."""
        found = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                hits = self.within(path.read_bytes())
                if hits:
                    found[str(path.relative_to(folder))] = hits
        return found


def _any_of(ways: Iterable[bytes]) -> bytes:
    """Write a pattern that matches any of these, sharing what they begin with."""
    tree: dict = {}
    for way in ways:
        here = tree
        for byte in way:
            here = here.setdefault(byte, {})
        here[None] = {}
    return _branch(tree)


def _branch(tree: dict) -> bytes:
    ends = None in tree
    ways = []
    for byte, rest in tree.items():
        if byte is not None:
            ways.append(re.escape(bytes([byte])) + (_branch(rest) if rest else b""))
    if not ways:
        return b""
    joined = ways[0] if len(ways) == 1 else b"(?:" + b"|".join(ways) + b")"
    return b"(?:" + joined + b")?" if ends else joined
