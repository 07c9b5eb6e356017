"""Gate: which frame a screen may apply; static/js/gate.js says the same."""

from typing import NamedTuple


class Shown(NamedTuple):
    """What a container shows; the epoch is empty where nothing is known."""

    epoch: str
    rev: int


def applies(shown: Shown, epoch: str, base: int, rev: int) -> bool:
    """Let a frame in iff it continues what is shown, or is the whole and not older."""
    if base == 0:
        return epoch != shown.epoch or rev >= shown.rev
    return epoch == shown.epoch and base <= shown.rev < rev
