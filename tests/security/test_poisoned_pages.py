"""Poisoned pages: one value that does not open costs one region, and the page says so."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from realtime.topics import Topic
from tests.adt.scene import ANYBODY, person
from tests.cast import Cast
from tests.containers import element
from tests.security.conftest import Owner
from tests.stations import Running
from ward import quarantine
from ward.invariants import examine
from ward.patients.register import register
from ward.tasks.assign import TaskSaid, assign
from ward.work import work_as

Hurt = Callable[[UUID], Awaitable[None]]
DAMAGED, LEFT_OUT = "does not open, so nothing of it is shown", "does not open and is left out"


@pytest.fixture(autouse=True)
def _nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "_TOLD", {})


@pytest.fixture
def hurt(owner: Owner, ward: Running) -> Hurt:
    """Change the last byte of a patient's identity, as a failing disk does."""

    async def change(patient: UUID) -> None:
        last = "octet_length(identity) - 1"
        await owner.do(
            "UPDATE patient SET identity ="
            f" set_byte(identity, {last}, get_byte(identity, {last}) # 1) WHERE id = $1",
            patient,
        )
        ward.node.pictures.forget()

    return change


async def task_for(ward: Running, patient: UUID, what: str) -> UUID:
    async with work_as(ward.node, ANYBODY, "test") as work:
        said = TaskSaid(what=what, due_at=work.now + timedelta(hours=1))
        return (await assign(work, patient, said)).id


def board(cast: Cast, wards: dict[str, UUID]) -> str:
    return f"/wards/{wards['Six East']}/beds"


async def test_one_card_of_a_board_says_so_and_the_others_live(
    ward, cast, wards, owner, hurt, charge
) -> None:
    await hurt(cast.patients["joan"])
    with capture_logs() as logs:
        answer = await charge.get(board(cast, wards))
    assert answer.status_code == 200
    assert DAMAGED in element(answer.text, f"bed-{cast.bed_of('joan')}")
    other = element(answer.text, f"bed-{cast.bed_of('john')}")
    assert "SMITH" in other
    assert DAMAGED not in other
    assert LEFT_OUT in answer.text
    told = [one for one in logs if one["event"] == "crypto.unreadable"]
    assert [one["why"] for one in told] == ["altered"]
    assert told[0]["where"] == f"patient.identity {cast.patients['joan']}"


async def test_the_board_stays_live_beside_it(ward, cast, wards, owner, hurt, charge) -> None:
    await hurt(cast.patients["joan"])
    topic = Topic("beds", wards["Six East"])
    async with charge.watch(topic) as screen:
        assert DAMAGED in screen.first.content
        await task_for(ward, cast.patients["john"], "Weigh")
        frame = await screen.until("1 task")
        assert f"bed-{cast.bed_of('john')}" in frame.content


async def test_a_task_that_does_not_open_costs_its_panel_alone(
    ward, cast, wards, owner, charge
) -> None:
    joan = cast.patients["joan"]
    task = await task_for(ward, joan, "Weigh")
    await owner.do("UPDATE nursing_task SET what = what || '\\x00'::bytea WHERE id = $1", task)
    answer = await charge.get(f"/patients/{joan}")
    assert answer.status_code == 200
    assert DAMAGED in element(answer.text, "tasks")
    for panel in ("observations", "alerts", "allergies"):
        assert DAMAGED not in element(answer.text, panel)
    assert "SMITH" in answer.text
    card = element((await charge.get(board(cast, wards))).text, f"bed-{cast.bed_of('joan')}")
    assert DAMAGED not in card  # it counts tasks, and opens none


async def test_two_records_changed_with_each_other_show_neither(
    ward, cast, wards, owner, charge
) -> None:
    joan, john = cast.patients["joan"], cast.patients["john"]
    await owner.do(
        "UPDATE patient p SET identity = o.identity FROM patient o"
        " WHERE (p.id, o.id) IN (($1, $2), ($2, $1))",
        joan,
        john,
    )
    answer = await charge.get(board(cast, wards))
    assert answer.status_code == 200
    for name in ("joan", "john"):
        card = element(answer.text, f"bed-{cast.bed_of(name)}")
        assert DAMAGED in card
        assert "SMITH" not in card
    assert DAMAGED not in element(answer.text, f"bed-{cast.bed_of('chidi')}")
    chart = await charge.get(f"/patients/{joan}")
    assert "SMITH" not in chart.text
    assert "does not open" in chart.text


async def test_a_data_key_that_does_not_open_costs_its_patient_alone(
    ward, cast, wards, owner, charge
) -> None:
    await owner.do(
        "UPDATE subject_key SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)"
        " WHERE subject_id = $1",
        cast.patients["joan"],
    )
    answer = await charge.get(board(cast, wards))
    assert answer.status_code == 200
    assert DAMAGED in element(answer.text, f"bed-{cast.bed_of('joan')}")
    assert "SMITH" in element(answer.text, f"bed-{cast.bed_of('john')}")


async def test_a_deed_is_refused_and_nothing_of_it_is_saved(
    ward, cast, owner, hurt, reception
) -> None:
    joan = cast.patients["joan"]
    await hurt(joan)
    before = await owner.of("SELECT version FROM patient WHERE id = $1", joan)
    answer = await reception.get(f"/patients/{joan}/identity", headers={"hx-request": "true"})
    assert answer.status_code in {404, 503}
    assert await owner.of("SELECT version FROM patient WHERE id = $1", joan) == before


async def test_somebody_who_does_not_open_keeps_nobody_out_of_the_ward(
    ward, cast, wards, owner, hurt, charge
) -> None:
    await hurt(cast.patients["joan"])
    async with work_as(ward.node, ANYBODY, "test") as work:
        ida = (await register(work, person("Smith", "Ida", "7700123"))).id
    at = await owner.connection.fetchrow(
        "SELECT id, version FROM bed WHERE ward_id = $1 AND status = 'U' AND blocked IS NULL",
        wards["Six East"],
    )
    answer = await charge.post(f"/beds/{at['id']}/admit", patient_id=ida, version=at["version"])
    assert answer.status_code == 200, answer.text
    assert "SMITH, Ida" in element((await charge.get(board(cast, wards))).text, f"bed-{at['id']}")


async def test_the_check_names_what_does_not_open(ward, cast, owner, hurt) -> None:
    await hurt(cast.patients["joan"])
    found = {one.name: one.violations for one in await examine(ward.node)}
    assert found["I10"] == [f"patient.identity {cast.patients['joan']}: altered"]


async def test_the_search_leaves_out_whom_it_cannot_read(ward, cast, owner, hurt, charge) -> None:
    from ward.patients.index import index_of

    await hurt(cast.patients["joan"])
    await index_of(ward.node).build()
    answer = await charge.get("/patients", params={"q": "smith"})
    assert answer.status_code == 200
    async with ward.node.aside.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM patient")) >= 5
