"""Frames: what the wire carries; a screen's picture, and the step from one to the next."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode

ELEMENT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Picture:
    """One view of a screen: the container's inner HTML, and the same in pieces."""

    container: str  # the element id of the container, which frames never replace
    body: str  # whole inner HTML
    around: str  # the body without its regions
    regions: Mapping[str, str]  # element id -> outer HTML, in the order shown
    patients: frozenset[UUID] = frozenset()

    def __post_init__(self) -> None:
        for name in (self.container, *self.regions):
            if not ELEMENT_ID.fullmatch(name):
                raise ValueError(f"{name!r} cannot be the id of a live element")


@dataclass(frozen=True, slots=True)
class Drawing:
    """What one read-only snapshot of the database gave: revision and pictures of one instant."""

    epoch: str
    rev: int
    pictures: Mapping[str, Picture]  # view -> picture; a view that could not be drawn is left out
    changed_at: datetime | None = None  # when the topic got this revision, for the latency metric
    ahead: bool = False  # shows what time has changed since, and the next revision will tell


class Message:
    """A text for the socket, framed once however many sockets it goes to."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def of(cls, **fields: Any) -> "Message":
        return cls(json.dumps(fields, ensure_ascii=False, separators=(",", ":")))

    @cached_property
    def framed(self) -> bytes:
        """Give the text as one unmasked, uncompressed WebSocket frame."""
        return WebSocketFrame(Opcode.TEXT, self.text.encode()).serialize(mask=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of one view: applied at a revision from base on, it shows rev."""

    base: int  # 0: the whole container, from anywhere
    rev: int
    patients: frozenset[UUID]  # whom its picture shows
    message: Message = field(compare=False)


class Sight(NamedTuple):
    """What a revision counts: a view of a topic in one epoch."""

    topic: str
    view: str
    epoch: str


def whole(sight: Sight, rev: int, picture: Picture) -> Frame:
    """Frame everything inside the container; the answer to any doubt."""
    content = _partial(picture.container, "innerMorph", picture.body)
    return _frame(sight, (0, rev), {picture.container: content}, picture)


def step(sight: Sight, base: int, rev: int, was: Picture, now: Picture) -> Frame | None:
    """Frame the regions whose bytes changed; None where nothing visible did."""
    if was.around != now.around or list(was.regions) != list(now.regions):
        return whole(sight, rev, now)
    changed = {
        key: _partial(key, "outerMorph", html)
        for key, html in now.regions.items()
        if was.regions[key] != html
    }
    if not changed:
        return None
    if base == 0:  # on the wire that base means the whole
        return whole(sight, rev, now)
    return _frame(sight, (base, rev), changed, now)


def _partial(target: str, swap: str, html: str) -> str:
    return f'<hx-partial hx-target="#{target}" hx-swap="{swap}">{html}</hx-partial>'


def _frame(
    sight: Sight, span: tuple[int, int], partials: Mapping[str, str], picture: Picture
) -> Frame:
    (topic, view, epoch), (base, rev) = sight, span
    content = "".join(partials.values())
    message = Message.of(t=topic, v=view, e=epoch, p=base, r=rev, k=[*partials], content=content)
    return Frame(base, rev, picture.patients, message)
