"""Locks: exact, with checksums, from nowhere in particular; each dependency has its reason."""

import re
import tomllib
from pathlib import Path

import pytest

from ward.config import ROOT

LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]
REASONS = ROOT / "docs" / "decisions" / "0002-dependencies.md"
_PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def pins(lock: Path) -> set[tuple[str, str]]:
    return set(_PIN.findall(lock.read_text("utf-8")))


def normal(requirement: str) -> str:
    found = _NAME.match(requirement)
    assert found
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def declared() -> dict[str, set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    run = {normal(item) for item in [*project["dependencies"], *extras["build"]]}
    return {
        "requirements.lock": run,
        "requirements-dev.lock": run | set(map(normal, extras["dev"])),
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_place_to_download_from(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert not re.search(
        r"--(extra-)?index|--find-links|://|file:|@ |^\.?/|(?<=\s)/", text, re.MULTILINE
    )


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_checksums(lock: Path) -> None:
    entries = re.split(r"^(?=\S)", lock.read_text("utf-8"), flags=re.MULTILINE)
    bare = [
        entry.splitlines()[0]
        for entry in entries
        if entry.strip() and "--hash=sha256:" not in entry
    ]
    assert bare == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_everything_declared_is_locked(lock: Path) -> None:
    assert declared()[lock.name] - {package for package, _ in pins(lock)} == set()


def test_what_is_tested_is_what_runs() -> None:
    run, dev = map(pins, LOCKS)
    assert run <= dev


def test_every_dependency_has_a_reason() -> None:
    told = {
        normal(row)
        for row in re.findall(r"^\| `([^`]+)`", REASONS.read_text("utf-8"), re.MULTILINE)
    }
    assert told == set.union(*declared().values())
