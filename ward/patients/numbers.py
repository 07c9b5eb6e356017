"""Numbers: MRNs, national numbers and telephones, packed; found whole or by how they begin."""

from array import array
from bisect import bisect_left

LENGTH = 11  # characters that fit, with their count, into 64 bits
_COUNTS = LENGTH + 1
FEW = 64  # as many new numbers are put into their places one by one


class NumberTable:
    """Which slots carry which number, 12 bytes for each; longer numbers whole."""

    def __init__(self) -> None:
        """Start empty."""
        self._codes = array("Q")
        self._slots = array("I")
        self._fresh: list[tuple[int, int]] = []
        self._long: dict[str, array[int]] = {}

    def note(self, key: str, slot: int) -> None:
        """Record that a slot carries a number (as domain.matching writes its key)."""
        if _fits(key):
            self._fresh.append((_code(key), slot))
        else:
            self._long.setdefault(key, array("I")).append(slot)

    def exact(self, key: str) -> list[int]:
        """Find the slots that carry this number."""
        if not _fits(key):
            return list(self._long.get(key, ()))
        self._settle()
        code = _code(key)
        start = bisect_left(self._codes, code)
        return list(self._slots[start : bisect_left(self._codes, code + 1, start)])

    def prefixed(self, key: str, limit: int) -> list[int]:
        """Find slots whose number begins so, at most as many as asked for."""
        if not _fits(key):
            return self.exact(key)
        self._settle()
        first = bisect_left(self._codes, _floor(key))
        last = bisect_left(self._codes, (int(key, 36) + 1) * 36 ** (LENGTH - len(key)) * _COUNTS)
        found: list[int] = []
        for at in range(first, last):
            if self._codes[at] % _COUNTS >= len(key):
                found.append(self._slots[at])
                if len(found) == limit:
                    break
        return found

    def _settle(self) -> None:
        """Bring new numbers into order, before the next question."""
        if len(self._fresh) <= FEW:
            for code, slot in self._fresh:
                at = bisect_left(self._codes, code)
                self._codes.insert(at, code)
                self._slots.insert(at, slot)
        else:
            pairs = [code << 32 | slot for code, slot in self._fresh]
            pairs += [
                code << 32 | slot for code, slot in zip(self._codes, self._slots, strict=True)
            ]
            pairs.sort()
            self._codes = array("Q", (pair >> 32 for pair in pairs))
            self._slots = array("I", (pair & 0xFFFFFFFF for pair in pairs))
        self._fresh.clear()


def _fits(key: str) -> bool:
    return 0 < len(key) <= LENGTH and key.isascii() and key.isalnum()


def _floor(key: str) -> int:
    return int(key.ljust(LENGTH, "0"), 36) * _COUNTS


def _code(key: str) -> int:
    """Pack a number so that order is kept and 12 differs from 120."""
    return _floor(key) + len(key)
