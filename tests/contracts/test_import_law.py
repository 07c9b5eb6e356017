"""Import law: what pyproject.toml's contracts cannot say, and that they speak of every module."""

import ast
import sys
import tomllib
from pathlib import Path

from tests.contracts.sources import PACKAGES, below, modules, name, tree
from ward.config import ROOT


def imported(path: Path) -> set[str]:
    """Return the top-level names a file imports."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def test_the_rules_stand_on_the_standard_library_alone() -> None:
    allowed = sys.stdlib_module_names | {"domain"}
    found = {name(path): imported(path) - allowed for path in below("domain")}
    assert {which: names for which, names in found.items() if names} == {}


def test_a_rule_never_waits() -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    nodes = ((path, node) for path in below("domain") for node in ast.walk(tree(path)))
    assert [name(path) for path, node in nodes if isinstance(node, waiting)] == []


def test_every_part_of_ward_has_a_place_in_the_order() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    order = next(c for c in contracts["contracts"] if c["name"].startswith("2."))
    placed = set(" ".join(order["layers"]).replace("(", " ").replace(")", " ").split())
    parts = {path.stem for path in (ROOT / "ward").glob("*.py")} - {"__init__"}
    parts |= {folder.name for folder in modules()} | {"security", "dev", "interop"}
    assert parts - placed == set(), "add it to contract 2 of the import law in pyproject.toml"


def test_nothing_that_runs_imports_what_only_tests_have() -> None:
    tests_only = {"tests", "bench", "tools", "pytest", "hypothesis", "playwright", "httpx"}
    found = {name(path): imported(path) & tests_only for path in below(*PACKAGES)}
    assert {which: names for which, names in found.items() if names} == {}
