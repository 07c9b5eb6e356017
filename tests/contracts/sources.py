"""Sources: the project's own files, as the contracts read them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ward.config import ROOT

PACKAGES = ("domain", "realtime", "ward")
CODE = (*PACKAGES, "tests", "tools", "bench")
PLATFORM = {"security", "dev", "migrations", "interop"}
"""Folders of ward/ that are no modules: they may hold their own connection."""


def below(*folders: str, suffix: str = ".py") -> list[Path]:
    """List the files of a kind below some folders, without what others wrote."""
    found = [path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}")]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def name(path: Path) -> str:
    """Return the path as a person would write it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Parse a file once a run."""
    return ast.parse(path.read_text("utf-8"), str(path))


def modules() -> Iterator[Path]:
    """Find the modules: a clinical or business noun with a folder of its own."""
    for folder in sorted((ROOT / "ward").iterdir()):
        if (folder / "__init__.py").exists() and folder.name not in PLATFORM:
            yield folder


def tracked() -> list[Path]:
    """List what git would give to a newcomer; everything on disk where there is no git."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [path for item in listed.stdout.split("\0") if item and (path := ROOT / item).is_file()]
