"""Sealed columns: what is stored of a person is sealed, or listed as readable with the reason."""

from uuid import uuid4

import pytest
from sqlalchemy import ARRAY, JSON, Column, Enum, LargeBinary, MetaData, String, Table, Text, text

import ward.modules
from tests.adt.scene import ANYBODY, Scene, person
from tests.stations import Running
from ward import crypto
from ward.db import Model
from ward.patients.models import Patient
from ward.patients.register import register
from ward.schema import MODULES
from ward.work import work_as

# Keys wrapped by other keys, and hashes: bytes that no key of this database opens.
WRAPPED = {"kek.wrapped", "key_ring.wrapped", "subject_key.wrapped"}
HASHED = {
    "app_user.password_hash",
    "device.token_hash",
    "session.token_hash",
    "idempotency.body_hash",
}
LIVE = {"live_topic", "live_due", "live_epoch", "outbox"}  # ids and numbers; realtime's own


def readable(column: Column) -> bool:
    """Tell whether somebody with the disk could read text or bytes out of this column."""
    kind = column.type
    if isinstance(kind, ARRAY):
        kind = kind.item_type
    return isinstance(kind, String | Text | LargeBinary | JSON) and not isinstance(kind, Enum)


def undeclared(metadata: MetaData) -> list[str]:
    """Name the columns that are neither sealed nor said to be readable."""
    columns = [
        column
        for table in metadata.tables.values()
        if table.name not in LIVE
        for column in table.c
        if readable(column) and not column.info.get("sealed") and not column.info.get("clear")
    ]
    names = {f"{column.table.name}.{column.name}" for column in columns}
    return sorted(names - WRAPPED - HASHED)


def test_every_column_is_sealed_or_readable_for_a_reason() -> None:
    assert MODULES
    assert ward.modules
    assert undeclared(Model.metadata) == []


def test_an_undeclared_column_is_found() -> None:
    metadata = MetaData()
    Table("leak", metadata, Column("name", Text), Column("picture", LargeBinary))
    assert undeclared(metadata) == ["leak.name", "leak.picture"]


def test_every_sealed_column_knows_what_it_holds() -> None:
    for table in Model.metadata.tables.values():
        for column in table.c:
            if "sealed" in column.info and table.name != "audit_event":
                assert isinstance(column.type, LargeBinary), column
                assert hasattr(column.info["sealed"], "validate_json"), column


async def test_a_sealed_value_opens_in_its_place_alone(open_ward: Scene) -> None:
    node = open_ward.node
    ida, bo = [await open_ward.patient(name) for name in ("Quillfeather", "Otherwise")]
    owner = crypto.Place("patient", "identity", ida, ida)
    async with node.aside.connect() as connection:
        envelope = await connection.scalar(
            text("SELECT identity FROM patient WHERE id = :id"), {"id": ida}
        )
        keys = await crypto.keys_of(connection, node.vault, [ida, bo])
    assert b"Quillfeather" in crypto.unseal(keys[ida][0], owner, envelope)
    elsewhere = [
        crypto.Place("patient", "identity", bo, ida),
        crypto.Place("patient", "note", ida, ida),
        crypto.Place("allergy", "identity", ida, ida),
        crypto.Place("patient", "identity", ida, bo),
    ]
    for place in elsewhere:
        with pytest.raises(crypto.Unreadable):
            crypto.unseal(keys[ida][0], place, envelope)
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(keys[bo][0], owner, envelope)
    for at in range(0, len(envelope), 7):  # any altered byte
        altered = envelope[:at] + bytes([envelope[at] ^ 1]) + envelope[at + 1 :]
        with pytest.raises(crypto.Unreadable):
            crypto.unseal(keys[ida][0], owner, altered)


async def test_a_swapped_envelope_is_refused_where_it_is_read(
    open_ward: Scene, ward: Running, charge
) -> None:
    ida, bo = [await open_ward.patient(name) for name in ("Quillfeather", "Otherwise")]
    async with ward.node.engine.begin() as connection:
        await connection.execute(
            text("UPDATE patient SET identity = (SELECT identity FROM patient WHERE id = :bo)"
                 " WHERE id = :ida"), {"ida": ida, "bo": bo}
        )  # fmt: skip
    answer = await charge.get(f"/patients/{ida}")
    assert answer.status_code == 503
    assert "does not open" in answer.text
    assert "OTHERWISE" not in answer.text.upper()


async def test_the_row_names_its_own_subject(open_ward: Scene) -> None:
    async with work_as(open_ward.node, ANYBODY, "test") as work:
        patient = await register(work, person("Quillfeather", "Ida"))
        opened = await work.open([patient], Patient.identity)
        patient_id, patient.id = patient.id, uuid4()
        with pytest.raises(crypto.Unreadable):
            await work.open([patient], Patient.identity)
        patient.id = patient_id
    assert opened[patient_id].name.family == "Quillfeather"
