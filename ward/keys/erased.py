"""Erased: data keys that were destroyed on purpose; after a restore they are destroyed again."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

_IDS = bindparam("ids", type_=ARRAY(Uuid))
_LISTED = text("SELECT subject_id FROM subject_key WHERE wrapped IS NULL ORDER BY subject_id")
_DESTROY = text("""
    UPDATE subject_key SET wrapped = NULL, version = version + 1
    WHERE subject_id = ANY(:ids) AND wrapped IS NOT NULL
""").bindparams(_IDS)
# By no number, and by no other system's key, is such a record found again.
_NUMBERS = text("""
    UPDATE patient SET mrn_hash = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
        national_hash = NULL, source_seen = NULL, version = version + 1 WHERE id = ANY(:ids)
""").bindparams(_IDS)
_SOURCES = text("DELETE FROM patient_source WHERE patient_id = ANY(:ids)").bindparams(_IDS)
_ACCOUNTS = text("""
    UPDATE patient_account SET ended_at = coalesce(ended_at, now()), version = version + 1
    WHERE patient_id = ANY(:ids)
""").bindparams(_IDS)


async def listed(connection: AsyncConnection) -> Sequence[UUID]:
    """List whose keys were destroyed: ids, which say nothing of anybody."""
    return (await connection.execute(_LISTED)).scalars().all()


async def destroy(connection: AsyncConnection, subjects: Iterable[UUID]) -> int:
    """Destroy the keys of these subjects, and what patients among them are found by.

    Returns how many still had one. The rows stay, so that no other key takes their place.
    """
    values = {"ids": sorted(set(subjects))}
    gone = (await connection.execute(_DESTROY, values)).rowcount
    for statement in (_NUMBERS, _SOURCES, _ACCOUNTS):
        await connection.execute(statement, values)
    return gone
