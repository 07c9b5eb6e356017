"""Templates: what every template must keep to, checked without drawing it.

It compiles; it carries no inline style, script or handler, which the content policy would block;
and a fragment (`module/_noun.html`) has one root element with an id, so that it can be swapped,
unless another template includes it or it is the inside of a live container (`regions`).
"""

import re
import sys
from collections.abc import Iterator
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
_LOGIC = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)
_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_REGIONS = re.compile(r"\{\{-?\s*regions\b")
_INCLUDE = re.compile(r"""\{%-?\s*include\s+["']([^"']+)["']""")


class Elements(HTMLParser):
    """Reads a template's elements: its roots, and what the content policy forbids."""

    def __init__(self) -> None:
        """Start at the top."""
        super().__init__()
        self.depth = 0
        self.roots: list[bool] = []
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        self.forbidden += [name for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.forbidden.append(f"<{tag}>")
        if self.depth == 0:
            self.roots.append("id" in names)
        self.depth += tag not in VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        before = self.depth
        self.handle_starttag(tag, attrs)
        self.depth = before

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in VOID


def read(source: str) -> Elements:
    """Read the elements of a template as if every branch of its logic were taken."""
    elements = Elements()
    elements.feed(_VALUE.sub("x", _LOGIC.sub("", source)))
    elements.close()
    return elements


def problems(path: Path, included: set[str]) -> Iterator[str]:
    """Say what is wrong with one template."""
    name, source = path.relative_to(FOLDER).as_posix(), path.read_text("utf-8")
    try:
        ENVIRONMENT.compile(source, name)
    except TemplateSyntaxError as error:
        yield f"{name}:{error.lineno}: {error.message}"
        return
    elements = read(source)
    for forbidden in elements.forbidden:
        yield f"{name}: inline {forbidden} is blocked by the content policy"
    swapped = path.name.startswith("_") and path.parent.name not in PARTS
    if swapped and name not in included and not _REGIONS.search(source):
        if len(elements.roots) != 1:
            yield f"{name}: a fragment has one root element, not {len(elements.roots)}"
        elif not elements.roots[0]:
            yield f"{name}: the root element of a fragment has an id"


def main() -> None:
    """Exit with every problem of every template."""
    paths = sorted(FOLDER.rglob("*.html"))
    included = {name for path in paths for name in _INCLUDE.findall(path.read_text("utf-8"))}
    sys.exit("\n".join(line for path in paths for line in problems(path, included)) or 0)


if __name__ == "__main__":
    main()
