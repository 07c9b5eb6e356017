"""Missing: what stands on a page or a screen in the place of what does not open."""

import re
from collections.abc import Iterable, Mapping
from typing import Protocol
from uuid import UUID

from realtime.frames import Picture
from ward.crypto import Erased, Unreadable
from ward.quarantine import Left, Made
from ward.render import render

_ROOT = re.compile(r"\s*<([a-z][a-z0-9-]*)\b[^>]*>")


class Piece(Protocol):
    """A region of a screen, as far as it matters here."""

    @property
    def id(self) -> str: ...

    @property
    def patients(self) -> tuple[UUID, ...]: ...

    @property
    def called(self) -> str: ...


def instead(drawn: Mapping[str, str], pieces: Iterable[Piece], made: Made) -> dict[str, str]:
    """Put a sentence into each region that lacks something; its element, and all others, stay."""
    listed, shown = list(pieces), dict(drawn)
    for left in made.left:
        for piece in _hurt(left, listed, made.parts.get(left, set())):
            shown[piece.id] = _said(drawn[piece.id], piece.called, left)
    return shown


def _hurt(left: Left, pieces: list[Piece], parts: set[str]) -> list[Piece]:
    """Name the regions that lack it: those made of the parts it was met in, or its patient's."""
    if parts and (named := [one for one in pieces if one.id in parts]) and "" not in parts:
        return named
    return [one for one in pieces if left.subject_id in one.patients]


def _said(html: str, called: str, left: Left) -> str:
    """Keep the element, and say inside of it that nothing of it is shown."""
    found = _ROOT.match(html)
    name = found.group(1) if found else "div"
    inner = render("errors/_unopened.html", called=called, erased=left.erased, cell=name == "tr")
    return f"{found.group(0) if found else '<div>'}{inner.strip()}</{name}>"


def note(left: Iterable[Left]) -> str:
    """Say over a screen or a page that something is missing from it; nothing when it is whole."""
    listed = list(left)
    if not listed:
        return ""
    return render("errors/_left_out.html", damaged=any(not one.erased for one in listed)).strip()


def nothing(container: str, error: Unreadable) -> Picture:
    """Stand for a screen of which nothing can be shown; it comes back when it can be drawn."""
    said = render("errors/_unopened.html", called="", erased=isinstance(error, Erased), cell=False)
    return Picture(container=container, body=said.strip(), around=said.strip(), regions={})
