"""Shown: what a doctor was shown of a summary, as marks in the form, so that they sign just that.

A mark is a keyed hash of one part of one summary: whoever has it learns nothing from it, and
nobody can make one for a text they guess.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from hmac import compare_digest
from itertools import zip_longest
from typing import Any
from uuid import UUID

from ward.node import Node
from ward.summaries.parts import CALLED, READ_BY, Parts

LONG = 32  # letters of a mark: 128 bits
_BETWEEN = "."


def marks_of(node: Node, summary_id: UUID, parts: Parts) -> str:
    """Mark each part as it is now, in the order of the parts."""
    return _BETWEEN.join(
        node.vault.hash("summary-shown", f"{summary_id}/{name}/{_told(parts, name)}").hex()[:LONG]
        for name in READ_BY
    )


def _told(parts: Parts, name: str) -> str:
    part: Any = getattr(parts, name)
    if name == "about" and part is not None:
        part = replace(part, age="")  # it goes by by itself; the date of birth is told
    return json.dumps(asdict(part) if part is not None else None)


def unlike(node: Node, summary_id: UUID, parts: Parts, shown: str) -> tuple[str, ...]:
    """Name the parts that are not as they were shown; all of them, where nothing was shown."""
    now = marks_of(node, summary_id, parts).split(_BETWEEN)
    then = shown.split(_BETWEEN)[: len(now)]
    return tuple(
        name
        for name, one, other in zip_longest(READ_BY, now, then, fillvalue="")
        if not compare_digest(one.encode(), other.encode())
    )


def only(parts: Parts, names: Iterable[str]) -> Parts:
    """Leave these parts, and no other."""
    return Parts(**{name: getattr(parts, name) for name in names})


def sentence(names: Iterable[str]) -> str:
    """Say that something else would be signed than was shown, and what."""
    said = ", ".join(CALLED[name] for name in names)
    return f"Not signed. This changed while you were looking: {said}. Read it, then sign."
