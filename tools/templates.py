"""Templates: what every template must keep to, checked without drawing it.

It compiles; it carries no inline style, script or handler, which the content policy would block;
and a fragment (`module/_noun.html`) has one root element with an id, so that it can be swapped in
place. A fragment that fills an element of the page instead says which in its opening comment
("for #problem"), or is a sheet (root of class `sheet`, for #sheet).
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import TemplateSyntaxError

from ward.config import ROOT
from ward.render import ENVIRONMENT

FOLDER = ROOT / "templates"
PARTS = {"layouts", "ui", "pdf"}  # frames, macros and paper: never swapped
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_LOGIC = re.compile(r"\{%[-+]?\s*(\w+).*?%\}", re.DOTALL)
_MACRO = re.compile(r"\{%-?\s*macro\b.*?\bendmacro\s*-?%\}", re.DOTALL)  # drawn elsewhere
_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_INCLUDE = re.compile(r"""\{%-?\s*include\s+["']([^"']+)["']""")
_INSIDE = re.compile(r"\A\s*\{#[^#]*\bfor (#|the sheet)|\{\{-?\s*regions\b|\{%-?\s*extends\b")


@dataclass(frozen=True, slots=True)
class Root:
    """An element that stands at the top of a fragment."""

    tag: str
    attributes: dict[str, str | None]

    @property
    def placed(self) -> bool:
        """Say whether it knows where it goes: by its id, as a sheet, or as htmx' own partial."""
        sheet = "sheet" in (self.attributes.get("class") or "").split()
        return sheet or "id" in self.attributes or self.tag == "hx-partial"


class Elements(HTMLParser):
    """Reads a template's elements: its roots, and what the content policy forbids."""

    def __init__(self) -> None:
        """Start at the top."""
        super().__init__()
        self.depth = 0
        self.roots: list[Root] = []
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element; what it holds lies deeper."""
        names = {name for name, _ in attrs}
        self.forbidden += [name for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.forbidden.append(f"<{tag}>")
        if self.depth == 0:
            self.roots.append(Root(tag, dict(attrs)))
        self.depth += tag not in VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that holds nothing."""
        before = self.depth
        self.handle_starttag(tag, attrs)
        self.depth = before

    def handle_endtag(self, tag: str) -> None:
        """Come back up."""
        self.depth -= tag not in VOID


def read(source: str) -> Elements:
    """Read the elements of a source without logic."""
    elements = Elements()
    elements.feed(_VALUE.sub("x", _LOGIC.sub("", _COMMENT.sub("", source))))
    elements.close()
    return elements


def first_branches(source: str) -> str:
    """Take the first way through every choice: the others stand for the same place."""
    kept, open_, skipped, at = [], 0, 0, 0
    for match in _LOGIC.finditer(source := _COMMENT.sub("", source)):
        word = match[1]
        if not skipped:
            kept.append(source[at : match.start()])
        at = match.end()
        if word in {"if", "for"}:
            open_ += 1
        elif word in {"else", "elif"} and not skipped:
            skipped = open_
        elif word in {"endif", "endfor"}:
            skipped = 0 if skipped == open_ else skipped
            open_ -= 1
    return "".join(kept) + source[at:]


def problems(path: Path, included: set[str]) -> Iterator[str]:
    """Say what is wrong with one template."""
    name, source = path.relative_to(FOLDER).as_posix(), path.read_text("utf-8")
    try:
        ENVIRONMENT.compile(source, name)
    except TemplateSyntaxError as error:
        yield f"{name}:{error.lineno}: {error.message}"
        return
    for forbidden in read(source).forbidden:
        yield f"{name}: inline {forbidden} is blocked by the content policy"
    swapped = path.name.startswith("_") and path.parent.name not in PARTS
    if swapped and name not in included and not _INSIDE.search(source):
        drawn = first_branches(_MACRO.sub("", source))
        roots = read(drawn).roots
        if drawn.strip() and (len(roots) != 1 or not roots[0].placed):  # one of names draws nothing
            yield f"{name}: a fragment has one root with an id, or says what it fills"


def main() -> None:
    """Exit with every problem of every template."""
    paths = sorted(FOLDER.rglob("*.html"))
    included = {name for path in paths for name in _INCLUDE.findall(path.read_text("utf-8"))}
    sys.exit("\n".join(line for path in paths for line in problems(path, included)) or 0)


if __name__ == "__main__":
    main()
