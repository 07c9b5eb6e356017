"""Jobs: who runs the house sees what failed, and has it tried again."""

import pytest
from sqlalchemy import insert, select

from ward import clock, jobs
from ward.db import new_id
from ward.later import Job


async def parked(node):
    """Park a job that nobody can do: its function is gone."""
    row = {"id": new_id(), "version": 1, "name": "gone.away", "key": "1", "body": {}}
    now = clock.now()
    row |= {"run_at": now, "made_at": now, "attempts": 6, "error": "KeyError", "parked_at": now}
    async with node.aside.begin() as connection:
        await connection.execute(insert(Job), row)
    return row["id"]


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node's hands do nothing: what is to be tried again is not tried yet."""

    async def not_now(_node, _job) -> bool:
        return False

    monkeypatch.setattr(jobs, "do", not_now)


@pytest.mark.usefixtures("idle")
async def test_an_administrator_sees_a_parked_job_and_has_it_tried_again(node, admin) -> None:
    job = await parked(node)
    page = await admin.get("/jobs")
    assert "gone.away" in page.text
    assert "KeyError" in page.text
    answer = await admin.post(f"/jobs/{job}/replay", htmx=False, version=1)
    assert answer.status_code == 303
    async with node.aside.connect() as connection:
        row = (await connection.execute(select(Job.parked_at, Job.attempts))).one()
    assert row == (None, 0)
    again = await admin.post(f"/jobs/{job}/replay", htmx=False, version=2)
    assert again.status_code == 409


async def test_nurses_have_no_business_here(nurse) -> None:
    assert (await nurse.get("/jobs")).status_code == 403
