"""Erasure: two people destroy a record's key, and nobody reads it again, anywhere."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from domain.access import Permission
from tests.adt.scene import ANYBODY, person
from tests.cast import Cast
from tests.interop.hl7.border import adt, send
from tests.medications.test_step_up import long_ago
from tests.security.conftest import Owner
from tests.security.test_rotation import rotated, until
from tests.stations import Running, Sign, Station, signed_in
from tests.users.operator import typed
from tests.watchers import soon
from ward import clock
from ward.audit.models import Honeytoken
from ward.audit.sealing import seal
from ward.audit.verifying import verify
from ward.crypto import Erased
from ward.erasure.queries import HOLDS
from ward.invariants import examine
from ward.node import Node
from ward.patients.amend import amend
from ward.patients.index import index_of
from ward.patients.models import Patient
from ward.patients.register import register
from ward.work import work_as

HERE = "/admin/erasures"
_VIEW = Permission.VIEW_PATIENT
MRN = "7700123"
KEY = "SELECT wrapped FROM subject_key WHERE subject_id = $1"


@pytest.fixture
async def former(ward: Running) -> UUID:
    """Somebody who was here once: on no ward, with no appointments."""
    async with work_as(ward.node, ANYBODY, "test") as work:
        return (await register(work, person("Quillfeather", "Ida", MRN))).id


@pytest.fixture
async def privacy(sign: Sign) -> Station:
    return await sign("privacy")


Ask = Callable[..., Awaitable[UUID]]


@pytest.fixture
def asked(owner: Owner, privacy: Station, former: UUID) -> Ask:
    """Have the privacy officer ask; give the id of what waits."""

    async def ask(number: str = MRN) -> UUID:
        said = {"number": number, "ground": "request", "reason": "She wrote to us."}
        answer = await privacy.post(HERE, **said)
        assert answer.status_code == 204, answer.text
        found = await owner.of("SELECT id FROM erasure WHERE state = 'waiting'")
        assert isinstance(found, UUID)
        return UUID(bytes=found.bytes)

    return ask


async def erased(admin: Station, one: UUID, number: str = MRN, version: int = 1):
    return await admin.post(f"{HERE}/{one}/approve", number=number, version=version)


async def test_two_people_erase_a_record_and_nobody_reads_it_again(
    ward, other, former, asked, privacy, admin, owner
) -> None:
    async with signed_in(other.url, "reception") as there:
        assert "QUILLFEATHER" in (await there.get(f"/patients/{former}")).text
        page = await privacy.get(HERE)
        assert "No record waits" in page.text
        one = await asked()
        waiting = (await admin.get(HERE)).text
        assert "QUILLFEATHER" in waiting
        assert "She wrote to us." in waiting
        answer = await erased(admin, one)
        assert answer.status_code == 204, answer.text
        assert await owner.of(KEY, former) is None

        async def gone() -> bool:
            return (await there.get(f"/patients/{former}")).status_code == 410

        await until(gone, soon())
        chart = await there.get(f"/patients/{former}")
        assert "This record was erased" in chart.text
        found = await there.get("/patients", params={"q": "quillfeather"})
        assert "QUILLFEATHER" not in found.text
    for node in (ward.node, other.node):
        await until(lambda node=node: _forgotten(node, former))
    done = (await privacy.get(HERE)).text
    assert "A record that was erased" in done
    assert "QUILLFEATHER" not in done
    assert "She wrote to us." in done


async def _forgotten(node, patient: UUID) -> bool:
    return not any(hit.patient == patient for hit in index_of(node).search("quillfeather", 10))


async def read(node: Node, patient_id: UUID) -> None:
    async with work_as(node, ANYBODY, "test", reading=True) as work:
        patient = await work.access(Patient, patient_id, _VIEW)
        await work.open([patient], Patient.identity)


async def test_every_screen_forgets_within_a_second_also_without_redis(
    ward, other, cast: Cast, former, asked, admin, owner
) -> None:
    """What a node keeps opened: data keys, pictures, the index."""
    node = other.node
    await read(node, former)
    assert node.vault._open.cache_info().currsize >= 1
    ward.node.poke = lambda _revs: None  # nobody is told; everybody looks
    one = await asked()
    assert (await erased(admin, one)).status_code == 204

    async def forgot() -> bool:
        return node.vault._open.cache_info().currsize == 0

    await until(forgot, soon())
    with pytest.raises(Erased):
        await read(node, former)


async def test_nothing_new_is_sealed_for_whom_was_erased(ward, former, asked, admin) -> None:
    assert (await erased(admin, await asked())).status_code == 204
    with pytest.raises(Erased):
        async with work_as(ward.node, ANYBODY, "test") as work:
            await amend(work, former, person("Quillfeather", "Ida", MRN), seen=None)
    async with work_as(ward.node, ANYBODY, "test") as work:  # she comes back as somebody new
        again = await register(work, person("Quillfeather", "Ida", MRN))
    assert again.id != former


async def test_whoever_asked_cannot_agree(ward, former, asked, privacy, admin, owner) -> None:
    one = await asked()
    assert (await erased(privacy, one)).status_code == 403
    await owner.do("UPDATE erasure SET asked_by = (SELECT id FROM app_user WHERE username='admin')")
    refused = await erased(admin, one)
    assert refused.status_code == 409
    assert "You asked for this" in refused.text
    with pytest.raises(Exception, match="ck_erasure_two_people"):
        await owner.do("UPDATE erasure SET state='done', decided_by=asked_by, decided_at=now()")
    assert await owner.of(KEY, former)


async def test_each_of_the_two_proves_who_they_are(
    ward, former, asked, privacy, admin, owner
) -> None:
    one = await asked()
    await long_ago(ward)
    again = await privacy.post(HERE, number=MRN, ground="order", reason="A court.")
    assert (again.status_code, "Confirm that it is you" in again.text) == (403, True)
    assert (await erased(admin, one)).status_code == 403
    assert await owner.of("SELECT state FROM erasure") == "waiting"


async def test_the_wrong_number_a_stale_page_and_a_second_press_erase_nothing(
    ward, former, asked, admin, owner
) -> None:
    async with work_as(ward.node, ANYBODY, "test") as work:
        await register(work, person("Otherwise", "Bo", "7700124"))
    one = await asked()
    assert "another record" in (await erased(admin, one, number="7700124")).text
    assert "No record has this number" in (await erased(admin, one, number="1")).text
    assert (await erased(admin, one, version=7)).status_code == 409
    done = await asyncio.gather(*(erased(admin, one) for _ in range(4)))
    assert sorted(answer.status_code for answer in done) == [204, 409, 409, 409]
    assert await owner.of("SELECT count(*) FROM subject_key WHERE wrapped IS NULL") == 1


async def test_it_is_let_be_by_either_and_asked_for_anew(
    ward, former, asked, privacy, admin, owner
) -> None:
    one = await asked()
    twice = await privacy.post(HERE, number=MRN, ground="order", reason="A court.")
    assert "already" in twice.text
    assert (await admin.post(f"{HERE}/{one}/cancel", version=1)).status_code == 204
    assert (await erased(admin, one, version=2)).status_code == 409
    two = await asked()
    assert (await privacy.post(f"{HERE}/{two}/cancel", version=1)).status_code == 204
    assert await owner.of(KEY, former)


async def test_what_was_asked_for_long_ago_is_asked_for_anew(
    ward, former, asked, admin, owner
) -> None:
    one = await asked()
    await owner.do("UPDATE erasure SET asked_at = $1", clock.now() - HOLDS - timedelta(minutes=1))
    assert "too long ago" in (await erased(admin, one)).text
    assert "too long ago" in (await admin.get(HERE)).text


async def test_nobody_is_erased_who_is_cared_for(ward, cast: Cast, privacy, owner) -> None:
    said = {"ground": "request", "reason": "Wanted."}
    answer = await privacy.post(HERE, number=cast.members["joan"].mrn, **said)
    assert answer.status_code == 409
    assert "lies in a bed" in answer.text
    await owner.do("UPDATE stay SET ended_at = now() WHERE ended_at IS NULL")
    answer = await privacy.post(HERE, number=cast.members["joan"].mrn, **said)
    assert "has a visit here" in answer.text


async def test_messages_about_them_go_with_them(ward, former, asked, admin, owner) -> None:
    sent = [adt("A08", "about-her", mrn=MRN), adt("A08", "about-another", mrn="7700999")]
    assert await send(ward.node, *sent) == ["AA", "AA"]
    assert (await erased(admin, await asked())).status_code == 204
    gone = await owner.connection.fetch(
        "SELECT m.msh10, m.id FROM hl7_message m JOIN subject_key k ON k.subject_id = m.id"
        " WHERE k.wrapped IS NULL"
    )
    assert [row["msh10"] for row in gone] == ["about-her"]
    assert (await admin.get(f"/hl7/messages/{gone[0]['id']}")).status_code == 410
    assert (await admin.get("/hl7")).status_code == 200


async def test_the_trail_verifies_and_tells_who_did_it(
    ward, former, asked, privacy, admin, owner
) -> None:
    await seal(ward.node)
    assert (await erased(admin, await asked())).status_code == 204
    await seal(ward.node)
    report = await verify(ward.node)
    assert report.faults == []
    rows = await owner.connection.fetch(
        "SELECT code, action, $1 = ANY(patients) AS about FROM audit_event"
        " WHERE code IN ('erasure.ask', 'erasure.approve') AND outcome = '0' ORDER BY at",
        former,
    )
    assert [tuple(row) for row in rows] == [
        ("erasure.ask", "C", True),
        ("erasure.approve", "D", True),
    ]
    found = {one.name: one.violations for one in await examine(ward.node)}
    assert found["I10"] == []
    trail = await privacy.get("/audit", params={"patient": str(former)})
    assert trail.status_code == 200


async def test_a_rotation_leaves_alone_what_was_erased(
    ward, former, asked, admin, owner, settings
) -> None:
    assert (await erased(admin, await asked())).status_code == 204
    done = await rotated(owner, settings)
    assert done.damaged == 0
    assert await owner.of(KEY, former) is None


async def test_a_restored_backup_is_erased_again(
    ward, former, asked, admin, owner, settings, tmp_path
) -> None:
    backup = await owner.of(KEY, former)
    mark = await owner.of("SELECT mrn_hash FROM patient WHERE id = $1", former)
    assert (await erased(admin, await asked())).status_code == 204
    listed = tmp_path / "erased.txt"
    said = await typed(settings, "keys", "erased", "--to", str(listed))
    assert said.status == 0, said.err
    assert listed.read_text("utf-8").split() == [str(former)]
    await owner.do("UPDATE subject_key SET wrapped = $2 WHERE subject_id = $1", former, backup)
    await owner.do("UPDATE patient SET mrn_hash = $2 WHERE id = $1", former, mark)
    again = await typed(settings, "keys", "erase-again", str(listed), "--json")
    assert again.lines == [{"erased": 1, "listed": 1}], again.err
    assert await owner.of(KEY, former) is None
    assert await owner.of("SELECT mrn_hash FROM patient WHERE id = $1", former) != mark
    wrong = await typed(settings, "keys", "erase-again", __file__)
    assert (wrong.status, "no list of ids" in wrong.err) == (2, True)


async def test_lists_say_that_something_was_left_out(
    ward, cast: Cast, wards, owner, charge, admin
) -> None:
    """Whatever else was stored of somebody erased: a list goes on without it."""
    joan = cast.patients["joan"]
    async with work_as(ward.node, ANYBODY, "test") as work:
        from ward.tasks.assign import TaskSaid, assign

        await assign(work, joan, TaskSaid(what="Weigh", due_at=work.now + timedelta(hours=1)))
        john = cast.patients["john"]
        await assign(work, john, TaskSaid(what="Walk", due_at=work.now + timedelta(hours=1)))
    await owner.do("UPDATE subject_key SET wrapped = NULL WHERE subject_id = $1", joan)
    answer = await charge.get("/tasks")
    assert answer.status_code == 200
    assert "Walk" in answer.text
    assert "Weigh" not in answer.text
    assert "Entries of a record that was erased are left out" in answer.text


async def test_a_node_on_which_a_part_fails_to_forget_goes_on_looking(
    other, former, asked, admin
) -> None:
    async with work_as(other.node, ANYBODY, "test") as work:
        second = (await register(work, person("Plover", "Bea", "7700125"))).id
    other.node.afresh.insert(0, lambda: 1 / 0)  # as a defect of any of them would
    keys = other.node.vault._open
    for patient, number in ((former, MRN), (second, "7700125")):
        await read(other.node, patient)
        assert (await erased(admin, await asked(number), number)).status_code == 204

        async def forgotten() -> bool:
            return keys.cache_info().currsize == 0

        await until(forgotten, soon())


async def test_the_trail_of_somebody_erased_is_sealed_and_looked_through(
    ward, former, asked, privacy, admin, owner
) -> None:
    """Someone looked, the record was erased: what others looked at meanwhile is judged too."""
    async with work_as(ward.node, ANYBODY, "test") as work:
        bait = (await register(work, person("Nobody", "Nora", "7700124"))).id
        connection = await work.connection()
        said = {"id": bait, "version": 1, "patient_id": bait, "set_at": work.now}
        await connection.execute(Honeytoken.__table__.insert(), said)
    async with ward.node.aside.begin() as connection:  # whoever watches the trail waits
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('ward.audit.watch'))"))
        async with signed_in(ward.url, "reception") as there:
            await there.get(f"/patients/{former}")
            await there.get(f"/patients/{bait}")
        assert (await erased(admin, await asked())).status_code == 204
    odd = "SELECT count(*) FROM audit_signal WHERE kind = 'honeytoken' AND patient_id = $1"
    async with asyncio.timeout(60):  # the node's own sealer; others' transactions hold it back
        while not await owner.of(odd, bait):  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.1)


async def test_nobody_else_comes_near_it(ward, former, sign: Sign) -> None:
    for name in ("nurse", "charge", "doctor", "reception", "patient"):
        station = await sign(name)
        assert (await station.get(HERE)).status_code == 403
    async with ward.node.aside.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM erasure")) == 0
