"""Vocabulary: every word of every name, and where it occurs; found exactly or nearly."""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterator
from unicodedata import name as letter_name

from domain import names

SHORTEST_SLIP = 4  # a slip in a shorter word makes another name of it
LAST = "\U0010ffff"
FEW = 64  # as many new words are put into their places one by one


class Vocabulary:
    """Words by number, each with the slots in whose names it stands."""

    def __init__(self) -> None:
        """Start empty."""
        self.words: list[str] = []
        self.slots: list[array[int]] = []
        self._numbers: dict[str, int] = {}
        self._sounds: dict[str, array[int]] = {}
        self._sorted: list[str] = []
        self._fresh: list[str] = []
        self._letters: dict[str, set[str]] = {}

    def note(self, word: str, slot: int) -> int:
        """Record that a word stands in a slot; return the word's number."""
        number = self._numbers.get(word)
        if number is None:
            number = self._learn(word)
        self.slots[number].append(slot)
        return number

    def exact(self, word: str) -> list[int]:
        """Find the word itself."""
        number = self._numbers.get(word)
        return [] if number is None else [number]

    def prefixed(self, prefix: str) -> Iterator[int]:
        """Find the words that begin so, one by one: there may be very many."""
        self._settle()
        start, end = bisect_left(self._sorted, prefix), bisect_left(self._sorted, prefix + LAST)
        return (self._numbers[self._sorted[at]] for at in range(start, end))

    def sounding(self, word: str) -> list[int]:
        """Find the words that sound so."""
        key = names.sound(word)
        return list(self._sounds.get(key, ())) if key else []

    def slipped(self, word: str) -> list[int]:
        """Find the words that one slip of the finger turns into this one."""
        if len(word) < SHORTEST_SLIP:
            return []
        found = {self._numbers[near] for near in self._slips(word) if near in self._numbers}
        return list(found - set(self.exact(word)))

    def _learn(self, word: str) -> int:
        number = len(self.words)
        self.words.append(word)
        self.slots.append(array("I"))
        self._numbers[word] = number
        self._fresh.append(word)
        if key := names.sound(word):
            self._sounds.setdefault(key, array("I")).append(number)
        for letter in set(word):
            self._letters.setdefault(_script(letter), set()).add(letter)
        return number

    def _settle(self) -> None:
        """Bring new words into order, before the next question by prefix."""
        if len(self._fresh) <= FEW:
            for word in self._fresh:
                insort(self._sorted, word)
        else:
            self._sorted.extend(self._fresh)
            self._sorted.sort()
        self._fresh.clear()

    def _slips(self, word: str) -> Iterator[str]:
        """Write every word one slip away, in the letters of the same script."""
        letters = self._letters.get(_script(word[0]), set())
        for at in range(len(word)):
            head, rest = word[:at], word[at + 1 :]
            yield head + rest
            if rest:
                yield head + rest[0] + word[at] + rest[1:]
            for letter in letters:
                yield head + letter + rest
                yield head + letter + word[at:]
        for letter in letters:
            yield word + letter


_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def _script(letter: str) -> str:
    return "LATIN" if letter in _ASCII else letter_name(letter, "?").split()[0]
