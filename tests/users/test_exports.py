"""Exports: a file leaves with who proved a moment ago who they are."""

import re

import pytest

from tests.adt.scene import Scene
from tests.contracts.test_trail import lying
from tests.medications.test_step_up import long_ago
from tests.stations import Running, Sign
from ward.dev.cast import PASSWORD
from ward.web import PolicyRoute


@pytest.mark.parametrize("name", ["observations", "results", "medications"])
async def test_a_patients_file_asks_again_and_goes_on_with_the_same_question(
    ward: Running, open_scene: Scene, sign: Sign, name: str
) -> None:
    ida, doctor = await lying(open_scene), await sign("doctor")
    path = f"/patients/{ida}/{name}.csv"
    await long_ago(ward)
    asked = await doctor.client.get(f"{path}?range=all")
    assert (asked.status_code, "text/csv" in asked.headers["content-type"]) == (403, False)
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', asked.text))
    assert fields == {"kept.range": "all", "path": path}
    proved = await doctor.client.post("/session/prove", data=fields | {"password": PASSWORD})
    assert f'method="get" action="{path}"' in proved.text
    assert 'name="range" value="all"' in proved.text
    answer = await doctor.client.get(path)
    assert answer.headers["content-type"].startswith("text/csv")


async def test_the_trail_leaves_with_a_fresh_proof_alone(
    ward: Running, open_scene: Scene, sign: Sign
) -> None:
    privacy = await sign("privacy")
    await long_ago(ward)
    asked = await privacy.client.post("/audit/export", data={"form": "csv", "what": "viewed"})
    assert (asked.status_code, "attachment" in asked.headers.get("content-disposition", "")) == (
        403, False,
    )  # fmt: skip
    assert 'name="kept.what" value="viewed"' in asked.text
    assert await open_scene.scalar("SELECT count(*) FROM audit_export") == 0


def test_every_patients_file_is_declared_so() -> None:
    from ward.modules import ROUTES

    files = {
        route.path: route.policy.fresh
        for route in ROUTES
        if isinstance(route, PolicyRoute) and "{patient_id" in route.path
        if route.path.endswith(".csv")
    }
    assert len(files) >= 3
    assert all(files.values()), files
