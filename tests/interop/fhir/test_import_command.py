"""`ward import fhir`: statuses, JSON, and sentences for mistakes."""

import asyncio
import json
import subprocess
from collections.abc import Callable

import pytest

from tests.commands import run_ward
from tests.interop.fhir.bodies import UUID_1, allergy, bundle, entry, patient
from tests.stations import ROOT_KEY

Command = Callable[..., subprocess.CompletedProcess[str]]


def _run(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_ward("import", "fhir", *arguments, environ=environ)


@pytest.fixture
def command(database, stores) -> Command:
    environ = {
        "WARD_ENV": "test",
        "WARD_DATABASE_URL": database.url,
        "WARD_DATABASE_OWNER_URL": database.owner_url,
        "WARD_REDIS_URL": stores.redis_url,
        "WARD_KEYS": "env",
        "WARD_ROOT_KEY": ROOT_KEY,
    }
    return lambda *arguments: _run(environ, *arguments)


async def test_it_takes_in_once_and_says_so_in_json(command: Command, write) -> None:
    path = str(write("b.json", bundle(entry(patient(), UUID_1), entry(allergy(UUID_1)))))
    for taken, unchanged in ((2, 0), (0, 2)):
        told = await asyncio.to_thread(command, path, "--json")
        assert (told.returncode, told.stderr) == (0, "")
        total = json.loads(told.stdout)["total"]
        assert (total["taken"], total["unchanged"]) == (taken, unchanged)


async def test_what_is_refused_is_named_and_makes_the_status_1(command: Command, write) -> None:
    path = str(write("bad.json", patient(gender="yes")))
    told = await asyncio.to_thread(command, path, "--json")
    assert told.returncode == 1
    assert json.loads(told.stdout)["problems"][0]["element"] == "Patient.gender"
    drawn = await asyncio.to_thread(command, path)
    assert drawn.returncode == 1
    assert "Patient.gender" in drawn.stdout


def test_a_dry_run_needs_no_database(write) -> None:
    path = str(write("p.json", patient()))
    told = _run({}, path, "--dry-run")
    assert told.returncode == 0
    assert "Nothing was recorded" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ([], 2, "Missing argument"),
        (["x", "--from", "a|b"], 2, "Invalid value for '--from'"),
        (["x"], 1, "The database does not answer, so nothing was recorded"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], status: int, sentence: str) -> None:
    away = {
        "WARD_DATABASE_URL": "postgres://a:b@127.0.0.1:1/c",
        "WARD_REDIS_URL": "redis://127.0.0.1:1",
    }
    told = _run(away, *arguments)
    assert (told.returncode, told.stdout, len(told.stderr.splitlines())) == (status, "", 1)
    assert told.stderr.startswith(sentence)
