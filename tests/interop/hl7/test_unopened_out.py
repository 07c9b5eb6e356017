"""Unopened: a message that does not open is set aside, and holds back its own patient alone."""

from uuid import UUID

import pytest
from sqlalchemy import text

from tests.adt.scene import Scene
from tests.interop.hl7.border import rows
from tests.interop.hl7.passing import Administration, lying
from tests.interop.hl7.pharmacy import Pharmacy
from tests.settling import settled
from tests.stations import Sign, Station
from ward.adt.swap import swap
from ward.adt.transfer import transfer
from ward.interop.hl7.outbound import lines
from ward.interop.hl7.outbound.lines import Letter
from ward.interop.hl7.outbound.replies import Meaning, Reply
from ward.keys import erased
from ward.node import Node

IDA = "7700123"


@pytest.fixture
async def pharmacy(node: Node) -> Pharmacy:
    made = Pharmacy(node)
    async with made.open():
        pass  # a port of its own, and nobody there
    return made


async def gone(node: Node, patient: UUID) -> None:
    """Destroy the key of a patient, as an erasure does."""
    async with node.aside.begin() as connection:
        assert await erased.destroy(connection, [patient]) == 1


async def bend(node: Node, once: str) -> bytes:
    """Alter one byte of what a message says where it is stored; give it as it was."""
    sql = "SELECT raw FROM hl7_outbound WHERE once = :once"
    was: bytes = (await rows(node, sql, once=once))[0][0]
    await put_back(node, once, was[:-1] + bytes((was[-1] ^ 1,)))
    return was


async def put_back(node: Node, once: str, raw: bytes) -> None:
    sql = text("UPDATE hl7_outbound SET raw = :raw WHERE once = :once")
    async with node.aside.begin() as connection:
        assert (await connection.execute(sql, {"once": once, "raw": raw})).rowcount == 1


async def standing(node: Node) -> dict[str, str]:
    """Read how each message stands, by the fact it tells."""
    return dict(await rows(node, "SELECT once, state FROM hl7_outbound"))


async def of(node: Node, once: str) -> tuple[UUID, int]:
    sql = "SELECT id, version FROM hl7_outbound WHERE once = :once"
    (found,) = await rows(node, sql, once=once)
    return found[0], found[1]


async def test_whose_record_was_erased_holds_back_no_other_patient(
    node: Node, open_scene: Scene, pharmacy: Pharmacy, sign: Sign, admin: Station
) -> None:
    """Two people erase somebody while the receiver is away; it comes back."""
    ida, bea = await open_scene.patient(number=IDA), await open_scene.patient("Plover", "Bea")
    await pharmacy.put(ida, "ida-1", "IDA")
    await pharmacy.put(bea, "bea-1", "BEA")
    await pharmacy.put(ida, "ida-2", "IDA")
    privacy = await sign("privacy")
    said = {"number": IDA, "ground": "request", "reason": "She wrote to us."}
    assert (await privacy.post("/admin/erasures", **said)).status_code == 204
    asked = (await rows(node, "SELECT id, version FROM erasure"))[0]
    at = f"/admin/erasures/{asked[0]}/approve"
    assert (await admin.post(at, number=IDA, version=asked[1])).status_code == 204

    async with pharmacy.open():
        assert await pharmacy.send() == 1
        assert await standing(node) == {"ida-1": "dead", "bea-1": "sent", "ida-2": "waiting"}
        page = (await admin.get("/hl7/outbound")).text
        assert "Does not open" in page
        assert "The patient&#39;s record was erased" in page
        assert 'data-refused="1"' in (await admin.get("/hl7/receivers")).text

        for once in ("ida-1", "ida-2"):
            key, version = await of(node, once)
            opened = await admin.get(f"/hl7/outbound/{key}")
            assert opened.status_code == 200, opened.text
            assert "This was erased" in opened.text
            sheet = await admin.get(f"/hl7/outbound/{key}/give-up")
            assert "no reason can be kept" in sheet.text
            answer = await admin.post(f"/hl7/outbound/{key}/give-up", version=version)
            assert answer.status_code in {204, 303}, answer.text
            assert (await standing(node))[once] == "given-up"
            await pharmacy.put(bea, f"bea-{once}", "BEA")
            assert await pharmacy.send() == 1
    assert not pharmacy.of("IDA")


async def test_what_was_altered_is_set_aside_and_goes_once_it_opens_again(
    node: Node, open_scene: Scene, pharmacy: Pharmacy, admin: Station
) -> None:
    ida, bea = await open_scene.patient(), await open_scene.patient("Plover", "Bea")
    await pharmacy.put(ida, "ida-1", "IDA")
    await pharmacy.put(ida, "ida-2", "IDA")
    await pharmacy.put(bea, "bea-1", "BEA")
    was = await bend(node, "ida-1")
    async with pharmacy.open():
        assert await pharmacy.send() == 1
        assert await standing(node) == {"ida-1": "dead", "ida-2": "waiting", "bea-1": "sent"}
        key, version = await of(node, "ida-1")
        assert "Tell the administrator" in (await admin.get(f"/hl7/outbound/{key}")).text
        again = await admin.post(f"/hl7/outbound/{key}/again", version=version)
        assert again.status_code == 503
        nothing = await admin.post(f"/hl7/outbound/{key}/give-up", version=version)
        assert "Reason is missing" in nothing.text
        await put_back(node, "ida-1", was)
        again = await admin.post(f"/hl7/outbound/{key}/again", version=version)
        assert again.status_code in {204, 303}, again.text
        assert await pharmacy.send() == 2
    assert [one.segments[1].text(5, 2) for one in pharmacy.of("IDA")] == ["ida-1", "ida-2"]


async def test_what_was_told_while_its_record_was_erased_is_told_once(
    node: Node, open_scene: Scene, pharmacy: Pharmacy
) -> None:
    ida = await open_scene.patient()
    await pharmacy.put(ida, "ida-1", "IDA")
    letter = await lines.take(node, pharmacy.receiver)
    assert isinstance(letter, Letter)
    await gone(node, ida)
    await lines.answered(node, pharmacy.receiver, letter, Reply(Meaning.TAKEN, "AA", "MSH"))
    assert await standing(node) == {"ida-1": "sent"}


async def test_a_swap_of_which_one_half_does_not_open_waits_for_both(scene: Scene) -> None:
    pas = Administration(scene.node)
    async with pas.open():
        (_, one), (_, two) = await lying(scene), await lying(scene, "6E-02", "Plover")
        await pas.send()
        async with scene.work() as work:
            await swap(work, one, two)
        await settled(scene.node)
        second = "SELECT once FROM hl7_outbound WHERE part_of_id IS NOT NULL"
        await bend(scene.node, (await rows(scene.node, second))[0][0])
        async with scene.work() as work:
            await transfer(work, one, scene.beds["6E-03"])
        await lying(scene, "6E-04", "Moss")
        assert await pas.send() == 1
        assert pas.events == ["A01", "A01", "A01"]
        sql = "SELECT state FROM hl7_outbound WHERE event IN ('A17', 'A02') ORDER BY seq"
        assert [row[0] for row in await rows(scene.node, sql)] == ["dead", "dead", "waiting"]
