"""Vendored files: unchanged, complete, each with its licence."""

import hashlib
from pathlib import Path

import pytest

from tests.contracts.sources import name
from ward.config import ROOT

LISTS = sorted(path for at in ("static", "templates") for path in (ROOT / at).rglob("CHECKSUMS"))


def listed(checksums: Path) -> dict[str, str]:
    lines = [line for line in checksums.read_text("utf-8").splitlines() if line.strip()]
    pairs = [line.split(maxsplit=1) for line in lines if not line.startswith("#")]
    return {file.strip(): digest for digest, file in pairs}


@pytest.mark.parametrize("checksums", LISTS, ids=name)
def test_a_vendored_file_is_what_its_author_published(checksums: Path) -> None:
    folder, expected = checksums.parent, listed(checksums)
    found = {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in expected}
    assert found == expected


@pytest.mark.parametrize("checksums", LISTS, ids=name)
def test_a_vendored_folder_names_its_source_and_carries_its_licence(checksums: Path) -> None:
    assert checksums.read_text("utf-8").startswith("#")
    assert (checksums.parent / "LICENSE").exists()


def test_every_vendored_file_is_listed() -> None:
    folders = [path for path in (ROOT / "static" / "vendor").iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        here = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
        assert here - {"CHECKSUMS"} == set(listed(folder / "CHECKSUMS"))
