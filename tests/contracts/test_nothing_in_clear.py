"""Nothing in clear: no name and no number of the cast lies where a thief would look."""

import asyncio
import contextlib
import json
import random
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import pytest
import redis.asyncio as redis

from realtime.tasks import end
from tests.chaos.hospital import Hospital, hospital
from tests.chaos.scanner import Scanner
from tests.chaos.witness import Notes, Station, station
from tests.interop.hl7.border import act, adt
from ward.dev.admissions import admit_cast
from ward.dev.people import COMING, everybody
from ward.interop.fhir.importer import import_fhir
from ward.node import Node, open_node

PLANTED = "Plantedname"
HL7_NAME, HL7_MRN = "Hammerschmidt", "7654321"
FHIR_NAME, FHIR_MRN = "Vandersteen", "7654322"
BUNDLE = {
    "resourceType": "Patient",
    "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": FHIR_MRN}],
    "name": [{"family": FHIR_NAME, "given": ["Lotte"]}],
    "birthDate": "1961-02-14",
    "gender": "female",
}


def cast() -> set[str]:
    """Name everybody whose name or number is long enough to be told from a word."""
    people = {word for one in everybody() for word in (one.family, one.mrn)}
    return {word for word in people if len(word) >= 7} | {HL7_NAME, HL7_MRN, FHIR_NAME, FHIR_MRN}


@pytest.fixture(scope="module")
def place() -> Iterator[Hospital]:
    with hospital(nodes=1, full=False) as opened:
        yield opened


@pytest.mark.parametrize(
    "way",
    [
        PLANTED.encode(),
        PLANTED.upper().encode(),
        PLANTED.encode("utf-16-le"),
        PLANTED.encode("utf-16-be"),
        PLANTED.encode().hex().encode(),
    ],
)
def test_the_scanner_finds_what_is_there(way: bytes, tmp_path: Path) -> None:
    scanner = Scanner([PLANTED, "Otherwise", "Größenwahn"])
    assert scanner.within(b"\0" * 9000 + way + b"\0" * 9000) == {PLANTED}
    assert scanner.within(b'{"name": "Gr\\u00f6\\u00dfenwahn"}') == {"Größenwahn"}
    (tmp_path / "page").write_bytes(random.randbytes(70_001) + way)
    assert scanner.below(tmp_path) == {"page": {PLANTED}}


async def test_nobody_is_found_in_data_files_redis_and_logs(place: Hospital) -> None:
    node = await open_node(place.settings)
    try:
        async with monitored(place) as traffic:
            await _use(place, node)
            planted = await _plant(place, node)
            traffic.extend(await _dump(place))
    finally:
        await node.close()
    assert place.stores.postgres is not None
    place.stores.postgres.stop()  # which writes everything to its files
    scanner = Scanner({*cast(), PLANTED})
    said = b"\n".join(traffic)
    assert len(traffic) > 20
    assert scanner.within(said) == {PLANTED}
    found = scanner.below(place.folder)
    assert set().union(*found.values()) == {PLANTED}, found
    for where in planted:
        assert any(where in name for name in found), (where, found)


async def _use(place: Hospital, node: Node) -> None:
    """Fill the hospital, look at everything, move people, be refused."""
    await admit_cast(node)
    await act(node, adt("A04", "1", mrn=HL7_MRN, name=f"{HL7_NAME}^ANNA", place="OPD"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patient.json"
        path.write_text(json.dumps(BUNDLE), "utf-8")
        await import_fhir(node, [path])
    known = {row[0] for row in await place.rows("SELECT count(*) FROM patient")}
    assert known == {len([one for one in everybody() if one.bed != COMING]) + 2}
    notes = Notes({})
    async with (
        station(place, notes, "nurse") as nurse,
        station(place, notes, "reception") as clerk,
        nurse.watching(f"/wards/{place.ward_id}/beds", f"beds/{place.ward_id}"),
    ):
        lying = await place.rows(
            "SELECT patient_id, encounter_id FROM stay WHERE ward_id = $1", place.ward_id
        )
        for row in lying[:10]:
            answer = await nurse.get(f"/patients/{row['patient_id']}")
            assert answer.status_code == 200, place.nodes[0].log.read_text("utf-8")[-3000:]
        for one in everybody()[:12]:
            for station_ in (nurse, clerk):
                answer = await station_.get(f"/patients?q={quote(one.family)}")
                assert answer.status_code == 200
            await clerk.get(f"/search?q={one.mrn}")
        await _moves(place, nurse, lying[0]["encounter_id"])
        await _refused(place, nurse, clerk)


async def _moves(place: Hospital, nurse: Station, encounter: UUID) -> None:
    seen = await place.version("encounter", encounter)
    answer = await nurse.post(f"/stays/{encounter}/home", home_on="2031-01-05", version=seen)
    assert answer.status_code == 200, answer.text


async def _refused(place: Hospital, nurse: Station, clerk: Station) -> None:
    """Give wrong passwords, break constraints, send what cannot be read; names in each."""
    known = next(one for one in everybody() if len(one.family) >= 7 and one.lies)
    form = {
        "family": known.family,
        "given": known.given,
        "born": known.born.isoformat(),
        "sex": "female",
        "mrn": known.mrn,
    }
    for _ in range(2):
        assert (await clerk.post("/patients/new", **form, anyway="yes")).status_code < 500
        assert (await clerk.post("/patients/new", **(form | {"born": "never"}))).status_code < 500
    wrong = {"username": known.family, "password": known.mrn}
    assert (await clerk.client.post("/login", data=wrong)).status_code == 401
    assert (await nurse.get(f"/patients/{known.family}")).status_code == 404
    with contextlib.suppress(asyncpg.PostgresError):
        await place.rows(
            "INSERT INTO patient (id, version, identity, mrn_hash, life, allergy_state,"
            " registered_at) SELECT $1, 1, identity, mrn_hash, life, allergy_state, registered_at"
            " FROM patient LIMIT 1",
            uuid4(),
        )


async def _plant(place: Hospital, node: Node) -> list[str]:
    """Put a value where nothing may be, so that the search proves itself; name the files."""
    await place.rows("INSERT INTO live_due (topic, at) VALUES ($1, now())", f"x/{PLANTED}")
    client = redis.Redis.from_url(place.stores.redis_url)
    await client.set("planted", PLANTED)
    await client.aclose()
    with place.nodes[0].log.open("a") as log:
        log.write(f"{PLANTED}\n")
    with contextlib.suppress(asyncpg.PostgresError):
        await place.rows(f'SELECT "{PLANTED}"')
    return ["embedded/postgres/base", "embedded/postgres/pg_wal", "chaos-a.log"]


@asynccontextmanager
async def monitored(place: Hospital) -> AsyncIterator[list[bytes]]:
    """Write down everything that Redis is told for the length of the block."""
    heard: list[bytes] = []
    client = redis.Redis.from_url(place.stores.redis_url, socket_timeout=None)
    started = asyncio.Event()

    async def listen() -> None:
        async with client.monitor() as monitor:
            started.set()
            while True:
                heard.append(str(await monitor.next_command()).encode())

    task = asyncio.create_task(listen())
    await started.wait()
    try:
        yield heard
        await asyncio.sleep(0.1)
    finally:
        await end(task)
        await client.aclose()


async def _dump(place: Hospital) -> list[bytes]:
    """Take everything Redis holds."""
    client = redis.Redis.from_url(place.stores.redis_url)
    try:
        keys = [key async for key in client.scan_iter()]
        return [*keys, *[await client.dump(key) or b"" for key in keys]]
    finally:
        await client.aclose()
