"""Fixtures: the FHIR data that tests read, and a place to write files of their own."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data" / "fhir"


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The 575 examples of R4, a file each."""
    folder = tmp_path_factory.mktemp("examples")
    with zipfile.ZipFile(DATA / "r4-examples.zip") as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def synthea() -> Path:
    """Two Bundles of hospitals and practitioners, and five of patients."""
    return DATA / "synthea"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write resources (or raw bytes) to a file of this test, and return where."""

    def writing(name: str, body: dict[str, object] | list[dict[str, object]] | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(body, bytes):
            path.write_bytes(body)
        elif isinstance(body, list):
            path.write_text("\n".join(json.dumps(line) for line in body))
        else:
            path.write_text(json.dumps(body))
        return path

    return writing
