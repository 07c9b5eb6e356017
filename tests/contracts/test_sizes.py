"""Sizes and names: no file longer than a sitting, no function longer than a screen."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.contracts.sources import CODE, below, name, tree

LINES, FUNCTION, FRAGMENT = 400, 40, 80
NEVER = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
VERSIONS = "ward/migrations/versions/"  # one change, one list: read by hand, never again

ours = [path for path in below(*CODE) if not name(path).startswith(VERSIONS)]
scripts = [path for path in below("static", suffix=".js") if "vendor" not in path.parts]


def length(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name(path)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_a_file_is_at_most_400_lines() -> None:
    sizes = {name(path): length(path) for path in [*ours, *scripts]}
    assert {which: lines for which, lines in sizes.items() if lines > LINES} == {}


def test_a_function_is_at_most_40_lines() -> None:
    sizes = dict(found for path in ours for found in functions(path))
    assert {which: lines for which, lines in sizes.items() if lines > FUNCTION} == {}


def test_a_fragment_is_at_most_80_lines() -> None:
    fragments = [path for path in below("templates", suffix=".html") if path.name.startswith("_")]
    assert {name(path): length(path) for path in fragments if length(path) > FRAGMENT} == {}


def test_no_file_is_named_after_nothing() -> None:
    code = [path for path in below(*CODE) if path.stem in NEVER]
    assert [name(path) for path in code] == []


def test_a_file_opens_with_what_it_is() -> None:
    silent = []
    for path in ours:
        first = (ast.get_docstring(tree(path)) or "").partition("\n")[0].rstrip()
        silent += [name(path)] if path.stat().st_size and not first.endswith((".", "?")) else []
    assert silent == [], 'the first line of a file is """Noun: what it is."""'
