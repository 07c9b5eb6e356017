"""Smells: what stops a review, found without a reviewer."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.contracts.sources import PACKAGES, below, modules, name, tracked, tree

CLOCK = {"now", "utcnow", "today", "fromtimestamp"}
STATEMENTS = {"select", "insert", "update", "delete", "text", "union", "exists"}
LEFT = ("TO" + "DO", "FIX" + "ME", "X" * 3)
TEXT = {".py", ".md", ".html", ".js", ".css", ".toml", ".yml", ".yaml", ".sh", ".sql", ""}


def calls(path: Path) -> Iterator[tuple[str, str]]:
    """Give each method call as (what it is called on, its name)."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func.value), node.func.attr


def test_one_file_asks_what_time_it_is() -> None:
    found = []
    for path in below(*PACKAGES):
        asked = [(on, call) for on, call in calls(path) if call in CLOCK and "date" in on]
        asked += [(on, call) for on, call in calls(path) if (on, call) == ("time", "time")]
        found += [f"{name(path)}: {on}.{call}" for on, call in asked]
    assert found == ["ward/clock.py: datetime.now"]


def test_a_module_never_commits() -> None:
    files = [path for folder in modules() for path in folder.rglob("*.py")]
    assert [name(path) for path in files for _, call in calls(path) if call == "commit"] == []


def test_a_route_holds_no_sql() -> None:
    found = []
    for path in (path for folder in modules() for path in folder.rglob("routes*.py")):
        imports = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)]
        sql = [n for n in imports if (n.module or "").partition(".")[0] == "sqlalchemy"]
        names = {alias.name for node in sql for alias in node.names}
        found += [f"{name(path)}: {each}" for each in sorted(names & STATEMENTS)]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    found = []
    for path in tracked():
        if path.suffix in TEXT and not {"vendor", "data"} & set(path.parts):
            words = set(path.read_text("utf-8").replace(":", " ").replace("(", " ").split())
            found += [f"{name(path)}: {word}" for word in LEFT if word in words]
    assert found == []


def test_no_test_replaces_our_own_code() -> None:
    found = []
    for path in below("tests"):
        imports = [
            node for node in ast.walk(tree(path)) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        names = {getattr(node, "module", None) or node.names[0].name for node in imports}
        found += [name(path)] if "unittest.mock" in names else []
    assert found == []
