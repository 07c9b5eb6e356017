"""Gate: which frame a screen may apply; static/js/gate.js says the same."""

from enum import StrEnum
from typing import NamedTuple


class Shown(NamedTuple):
    """What a container shows; the epoch is empty where nothing is known."""

    epoch: str
    rev: int


class Verdict(StrEnum):
    APPLY = "apply"
    DROP = "drop"  # old news
    SNAP = "snap"  # something between is missing: ask for the whole


def judge(shown: Shown, epoch: str, base: int, rev: int) -> Verdict:
    """Let a frame in iff it continues what is shown, or is the whole and not older."""
    if base == 0:
        return Verdict.APPLY if epoch != shown.epoch or rev >= shown.rev else Verdict.DROP
    if epoch != shown.epoch or base > shown.rev:
        return Verdict.SNAP
    return Verdict.APPLY if shown.rev < rev else Verdict.DROP
