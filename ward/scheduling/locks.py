"""Locks: whoever books waits for whoever books the same; always in one order, so nobody for ever.

An exclusion constraint alone deadlocks under contention; the lock goes first, the constraint is
the last word (design: reliability, 1).
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from ward.work import Work

_FAMILY = 0x5CED  # of advisory locks: resources, and patients who are booked
_LOCK = text(
    "WITH keys AS MATERIALIZED"
    " (SELECT DISTINCT hashtext(name) AS key FROM unnest(:names) AS name ORDER BY key)"
    " SELECT pg_advisory_xact_lock(:family, key) FROM keys"
).bindparams(bindparam("names", type_=ARRAY(Text)))


async def lock(work: Work, who: Iterable[UUID]) -> None:
    """Wait for everybody who is booking one of these, and keep others waiting until the end."""
    names = sorted(map(str, who))
    await (await work.connection()).execute(_LOCK, {"family": _FAMILY, "names": names})
