"""Commands of the trail: what an operator and an outsider type, on real stores."""

import json
import subprocess
from pathlib import Path

import asyncpg

from tests.audit.conftest import Looks
from tests.audit.test_sealing import sealed
from tests.commands import run_ward
from tests.stations import ROOT_KEY
from ward.config import Settings
from ward.node import Node


def ward(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `ward …` as a process of its own."""
    assert settings.database_url is not None
    assert settings.database_owner_url is not None
    environ = {
        "WARD_ENV": "test",
        "WARD_KEYS": "env",
        "WARD_ROOT_KEY": ROOT_KEY,
        "WARD_DATABASE_URL": settings.database_url.get_secret_value(),
        "WARD_DATABASE_OWNER_URL": settings.database_owner_url.get_secret_value(),
        "WARD_REDIS_URL": "redis://127.0.0.1:1",
    }
    return run_ward(*arguments, "--json", environ=environ)


async def test_verify_prove_and_check_as_they_are_typed(
    alone: Node, settings: Settings, looks: Looks, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    ids = await sealed(alone, looks, 3, 2)
    told = ward(settings, "audit", "verify")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["faults"] == 0
    key = json.loads(ward(settings, "audit", "key").stdout)["key"]
    file = tmp_path / "proof.json"
    assert ward(settings, "audit", "prove", str(ids[3]), "--to", str(file)).returncode == 0
    nothing = settings.model_copy(update={})  # an outsider has the file and the key, no more
    checked = ward(nothing, "audit", "check-proof", str(file), "--key", key)
    assert json.loads(checked.stdout)["id"] == str(ids[3])
    file.write_text(file.read_text().replace('"position": ', '"position": 1'))
    refused = ward(nothing, "audit", "check-proof", str(file), "--key", key)
    assert refused.returncode == 1
    assert "does not lead to the root" in refused.stderr
    out = tmp_path / "events.ndjson"
    assert ward(settings, "audit", "export", "--to", str(out)).returncode == 0
    assert set(map(str, ids)) <= {json.loads(line)["id"] for line in out.read_text().splitlines()}
    await owner.execute("UPDATE audit_event SET code = 'x' WHERE id = $1", ids[1])
    broken = ward(settings, "audit", "verify")
    assert broken.returncode == 1
    day = await owner.fetchval("SELECT at::date::text FROM audit_event WHERE id = $1", ids[1])
    assert f"Event {ids[1]} of {day} was altered." in broken.stderr
