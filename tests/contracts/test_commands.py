"""Commands: each helps, speaks JSON, and answers a mistake with a sentence and a status."""

import json
import os
import subprocess
import sys

import pytest
from typer.main import get_command

import ward.commands  # noqa: F401 - they hang themselves on `app`
from tests.commands import run_ward
from ward.cli import app
from ward.config import ROOT, read
from ward.security.vapid import public_of

OPERATORS = {
    *(f"place {kind} add" for kind in ("branch", "ward", "room", "bed")),
    *(f"user {verb}" for verb in ("add", "grant", "revoke", "disable", "enable", "password")),
    *("user list", "wall add", "wall list", "wall revoke", "place list", "place ward staff"),
    "push key",
    *(f"audit {verb}" for verb in ("verify", "seal", "key", "prove", "check-proof")),
    *(f"audit {verb}" for verb in ("retire", "export")),
    *(f"keys {verb}" for verb in ("status", "list", "rotate", "retire", "rewrap")),
    *(f"keys {verb}" for verb in ("erased", "erase-again")),
}
"""What runs a hospital without a page: places, people and wallboards."""


def started(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody at the machine does, from the start of Python."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WARD_")}
    argv = [sys.executable, "-m", "ward", *arguments]
    return subprocess.run(
        argv, env=clean | environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_command_helps_and_speaks_json() -> None:
    def leaves(command: object, path: str) -> dict[str, object]:
        inner = getattr(command, "commands", {})
        found = {f"{path} {name}": part for name, part in inner.items()}
        return {k: v for key, part in found.items() for k, v in leaves(part, key).items()} or {
            path: command
        }

    found = leaves(get_command(app), "ward")
    assert {path.removeprefix("ward ") for path in found} >= OPERATORS
    for path, command in found.items():
        assert getattr(command, "help", None), f"{path} says what it does"
        options = [option for param in command.params for option in param.opts]  # type: ignore[attr-defined]
        assert "--json" in options, f"{path} speaks JSON"


@pytest.mark.parametrize(
    ("arguments", "environ", "status", "sentence"),
    [
        (["nothing"], {}, 2, "No such command 'nothing'."),
        (["doctor", "--loud"], {}, 2, "No such option: --loud"),
        (["doctor"], {"WARD_PROT": "1"}, 1, "WARD_PROT is not a setting of Ward."),
        (["serve", "--with", "simulator"], {}, 1, "There is no part called simulator."),
        (["place", "ward", "add", "West"], {}, 2, "Missing option '--code'."),
        (["place", "bed", "add", "9-3", "--ward", "W"], {}, 1, "Not saved. 9-3 ends before it"),
        (["user", "grant", "ada", "--role", "wall", "--branch", "N"], {}, 2, "Invalid value for"),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: list[str], environ: dict[str, str], status: int, sentence: str
) -> None:
    plain, machine = (run_ward(*arguments, *more, environ=environ) for more in ([], ["--json"]))
    assert (plain.returncode, plain.stdout, len(plain.stderr.splitlines())) == (status, "", 1)
    assert plain.stderr.startswith(sentence)
    assert machine.returncode == status
    assert json.loads(machine.stderr)["error"].startswith(sentence)


def test_a_key_of_push_is_one_that_the_settings_take() -> None:
    told, again = (
        json.loads(run_ward("push", "key", "--json", environ={}).stdout) for _ in range(2)
    )
    assert told["private"] != again["private"]
    key = {"WARD_PUSH_KEY": told["private"], "WARD_PUSH_CONTACT": "mailto:it@ward.example.org"}
    found = read(key)
    assert found.push_key
    assert public_of(found.push_key.get_secret_value()) == told["public"]
    plain = run_ward("push", "key", environ={}).stdout
    assert "set WARD_PUSH_KEY to it" in plain


def test_the_doctor_names_what_is_broken() -> None:
    gone = {
        "WARD_DATABASE_URL": "postgres://a:b@127.0.0.1:1/c",
        "WARD_REDIS_URL": "redis://127.0.0.1:1",
    }
    told = started("doctor", "--json", **gone)
    findings = {line["part"]: line["state"] for line in map(json.loads, told.stdout.splitlines())}
    assert told.returncode == 1
    assert (findings["database"], findings["redis"], findings["files"]) == ("bad", "bad", "good")


def test_reading_only_the_first_line_is_no_error() -> None:
    whole = f"{sys.executable} -m ward.cli doctor --json | head -n 1"
    told = subprocess.run(whole, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.stderr == ""
