"""Pages: an administrator maps places, corrects, replays and rejects; boards follow."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from realtime.topics import Topic
from tests.interop.hl7.border import adt, from_corpus, lying, rows, send, standing, wire_to
from tests.interop.hl7.corpus import vector
from tests.settling import PATIENCE
from tests.stations import Station
from ward.interop.hl7 import worker
from ward.interop.hl7.worker import Worker
from ward.node import Node

WORDS = "HUH AE OMU · OMU B · Bed 03"


@pytest.fixture(autouse=True)
async def working(node: Node) -> AsyncIterator[None]:
    """A worker on the serving node."""
    node.parts = frozenset({"worker"})
    worker = Worker(node)
    await worker.start()
    yield
    await worker.stop()


async def _message(node: Node, control_id: str) -> tuple[UUID, int]:
    (row,) = await rows(
        node, "SELECT id, version FROM hl7_message WHERE msh10 = :number", number=control_id
    )
    return row[0], row[1]


async def _settled(node: Node, expected: dict[str, tuple[str, str | None]]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while await standing(node) != expected:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert await standing(node) == expected


async def _bed(node: Node, label: str) -> UUID:
    (row,) = await rows(
        node,
        "SELECT b.id FROM bed b JOIN ward w ON w.id = b.ward_id"
        " WHERE w.label = 'Six East' AND b.label = :label",
        label=label,
    )
    return UUID(str(row[0]))


async def test_the_corpus_waits_for_its_place_and_moves_the_board_once_it_is_mapped(
    node: Node, admin: Station, nurse: Station, wards: dict[str, UUID]
) -> None:
    events = ("A01", "A02", "A03")
    assert await send(node, *(from_corpus(event, f"own-{event}") for event in events)) == ["AA"] * 3
    await _settled(
        node,
        {
            "own-A01": ("review", "unknown_place"),
            "own-A02": ("received", None),
            "own-A03": ("received", None),
        },
    )
    page = (await admin.get("/hl7")).text
    assert f'data-place="{WORDS}"' in page
    assert "2 waiting behind it" in page
    assert "EVERYMAN" not in page

    message_id, version = await _message(node, "own-A01")
    form = await admin.get(f"/hl7/messages/{message_id}/place")
    bed = await _bed(node, "07")
    assert f'value="{bed}"' in form.text
    async with nurse.watch(Topic("beds", wards["Six East"])) as screen:
        path = f"/hl7/messages/{message_id}/place"
        answer = await admin.post(path, bed_id=bed, version=version)
        assert answer.status_code == 204, answer.text
        await screen.until(f'id="bed-{bed}"')
        await _settled(node, dict.fromkeys((f"own-{event}" for event in events), ("done", None)))
    assert await lying(node) == {"Six East 07": "H"}

    later = adt("A01", "later", mrn="7002222", place="Six East^^08")
    async with nurse.watch(Topic("beds", wards["Six East"])) as screen:
        await send(node, later, from_corpus("A08", "own-A08"))
        frame = await screen.until("PLOVER")
        assert 'data-status="O"' in frame.content


async def test_a_stay_as_the_vectors_tell_it(node: Node, admin: Station) -> None:
    await send(node, vector("M01"))
    await _settled(node, {"A01-0001": ("review", "unknown_place")})
    await _map(node, admin, "A01-0001", "01")
    assert await send(node, vector("X14"), vector("X13"), vector("X12")) == ["AA"] * 3
    first = {"A01-0001": ("done", None), "A01-0113": ("review", "open_visit")}
    await _settled(node, first | {"A03-0112": ("review", "unknown_patient")})
    assert await lying(node) == {"Six East 01": "O"}
    message_id, version = await _message(node, "A01-0113")
    path = f"/hl7/messages/{message_id}/reject"
    await admin.post(path, reason="Sent twice under two numbers", version=version)
    await send(node, vector("M02"))
    await _settled(node, {**await standing(node), "A02-0001": ("review", "unknown_place")})
    await _map(node, admin, "A02-0001", "02")
    await send(node, vector("M04"), vector("M03"), vector("M15"))
    await _settled(
        node,
        {
            "A01-0001": ("done", None),
            "A01-0113": ("rejected", None),
            "A03-0112": ("review", "unknown_patient"),
            "A02-0001": ("done", None),
            "A08-0001": ("done", None),
            "A03-0001": ("done", None),
            "A13-0001": ("review", "refused"),  # the discharge is more than a day ago
        },
    )
    assert await lying(node) == {"Six East 01": "H", "Six East 02": "H"}


async def _map(node: Node, admin: Station, control_id: str, bed: str) -> None:
    message_id, version = await _message(node, control_id)
    path = f"/hl7/messages/{message_id}/place"
    answer = await admin.post(path, bed_id=await _bed(node, bed), version=version)
    assert answer.status_code == httpx.codes.NO_CONTENT, answer.text


async def test_a_message_on_the_wire_is_on_the_board_at_once(
    node: Node, nurse: Station, wards: dict[str, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TICK", 60.0)  # whoever is not woken by the poke comes too late
    async with nurse.watch(Topic("beds", wards["Six East"])) as screen, wire_to(node) as sender:
        for number in range(1, 6):
            message = adt(
                "A01",
                f"t{number}",
                mrn=f"70030{number:02}",
                name=f"QUAIL{number}^ANNA",
                visit=f"V{number}",
                place=f"Six East^^{number:02}",
                born=f"19{number}00101",
            )
            await sender.send(message)
            await screen.until(f"QUAIL{number}")


async def test_the_intake_page_follows_without_a_name_on_it(node: Node, admin: Station) -> None:
    branch = (await rows(node, "SELECT id FROM branch WHERE label = 'Northsite'"))[0][0]
    async with admin.watch(Topic("messages", UUID(str(branch)))) as screen:
        await send(node, adt("A01", "live-1", place="Nowhere^^1"))
        frame = await screen.until('data-reason="unknown_place"')
        assert "PLOVER" not in frame.content


async def test_an_opened_message_is_shown_as_far_as_the_role_may_read_and_trailed(
    node: Node, admin: Station
) -> None:
    extra = "DG1|1||J18.9^Pneumonia^I10\rZXX|secret"
    await send(node, adt("A01", "open-1", place="Nowhere^^1", extra=extra))
    message_id, _ = await _message(node, "open-1")
    text = (await admin.get(f"/hl7/messages/{message_id}")).text
    assert "PLOVER, ANNA" in text
    assert "PID|1||7001234" in text
    assert "MSA|AA|open-1" in text
    assert "Pneumonia" not in text
    assert "secret" not in text
    (row,) = await rows(
        node, "SELECT resource_id FROM audit_event WHERE code = 'hl7.message' AND outcome = '0'"
    )
    assert row[0] == message_id


async def test_an_unreadable_message_is_corrected_and_then_processed(
    node: Node, admin: Station
) -> None:
    await send(node, adt("A01", "bad", mrn="", extra="DG1|1||J18.9^Pneumonia^I10"))
    await _settled(node, {"bad": ("dead", None)})
    message_id, version = await _message(node, "bad")
    assert "PID-3 is empty" in (await admin.get("/hl7")).text
    form = (await admin.get(f"/hl7/messages/{message_id}/correct")).text
    text = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", form, re.DOTALL)[1]  # type: ignore[index]
    text = text.replace("&amp;", "&").replace("&#34;", '"')
    assert "[5 DG1 withheld]" in text
    path = f"/hl7/messages/{message_id}/correct"
    refused = await admin.post(path, text=text, version=version)
    assert (refused.status_code, "PID-3 is empty" in refused.text) == (422, True)
    right = text.replace("PID|1||^", "PID|1||7001234^")
    assert (await admin.post(path, text=right, version=version)).status_code == 204
    await _settled(node, {"bad": ("done", None)})
    assert await lying(node) == {"Six East 04": "O"}
    assert await rows(node, "SELECT count(*) FROM condition") == [(1,)]


async def test_a_message_is_processed_again_once_however_often_that_is_asked(
    node: Node, admin: Station
) -> None:
    await send(node, adt("A01", "first"), adt("A03", "early", mrn="7005555", visit="V26-5"))
    await _settled(node, {"first": ("done", None), "early": ("review", "unknown_patient")})
    await send(node, adt("A01", "late", mrn="7005555", visit="V26-5", place="Six East^^06"))
    message_id, version = await _message(node, "early")
    path = f"/hl7/messages/{message_id}/reject"
    assert (await admin.post(path, reason="Came too early", version=version)).status_code == 204
    await _settled(
        node, {"first": ("done", None), "early": ("rejected", None), "late": ("done", None)}
    )
    assert (await admin.post(path, reason="Again", version=version + 1)).status_code == 409
    assert "Came too early" in (await admin.get(f"/hl7/messages/{message_id}")).text


async def test_replay_applies_once(node: Node, admin: Station, nurse: Station) -> None:
    await send(node, adt("A01", "1"))
    await send(node, adt("A01", "2", mrn="7006666", name="SWIFT^ELLA", visit="V26-6"))
    await _settled(node, {"1": ("done", None), "2": ("review", "bed_taken")})
    await send(node, adt("A03", "3"))
    bed, (message_id, version) = await _bed(node, "04"), await _message(node, "2")
    await _settled(node, {**await standing(node), "3": ("done", None)})
    (seen,) = await rows(node, "SELECT version FROM bed WHERE id = :id", id=bed)
    cleaned = await nurse.post(f"/beds/{bed}/status", to="U", version=seen[0])
    assert cleaned.status_code == httpx.codes.OK, cleaned.text
    path = f"/hl7/messages/{message_id}/replay"
    answers = [await admin.post(path, version=version, key="same") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {204}
    await _settled(node, dict.fromkeys(("1", "2", "3"), ("done", None)))
    assert (await admin.post(path, version=version)).status_code == 409
    assert await rows(node, "SELECT count(*) FROM stay") == [(2,)]


async def test_a_proposed_merge_names_both_records(node: Node, admin: Station) -> None:
    await send(node, adt("A08", "1"), vector("M05"))
    await _settled(node, {"1": ("done", None), "A40-0001": ("review", "merge")})
    message_id, _ = await _message(node, "A40-0001")
    text = (await admin.get(f"/hl7/messages/{message_id}")).text
    assert "700123" in text
    assert "700999" in text
    assert "Nothing was changed" in text


async def test_a_mapped_place_can_be_given_another_meaning(node: Node, admin: Station) -> None:
    await send(node, adt("A01", "1", place="X^^1"))
    await _settled(node, {"1": ("review", "unknown_place")})
    message_id, version = await _message(node, "1")
    bed, other = await _bed(node, "11"), await _bed(node, "12")
    nothing = await admin.post(f"/hl7/messages/{message_id}/place", version=version)
    assert nothing.status_code == 422
    await admin.post(f"/hl7/messages/{message_id}/place", bed_id=bed, version=version)
    await _settled(node, {"1": ("done", None)})
    assert "Six East, bed 11" in (await admin.get("/hl7/places")).text
    ((place_id, seen),) = await rows(node, "SELECT id, version FROM hl7_place")
    assert (await admin.get(f"/hl7/places/{place_id}")).status_code == 200
    await admin.post(f"/hl7/places/{place_id}", bed_id=other, version=seen)
    assert "Six East, bed 12" in (await admin.get("/hl7/places")).text


async def test_only_who_reviews_messages_may_look(node: Node, nurse: Station) -> None:
    await send(node, adt("A01", "1", place="X^^1"))
    message_id, version = await _message(node, "1")
    for path in ("/hl7", f"/hl7/messages/{message_id}", "/hl7/places"):
        assert (await nurse.get(path)).status_code == 403
    path = f"/hl7/messages/{message_id}/replay"
    assert (await nurse.post(path, version=version)).status_code == 403
