"""Idempotency: a command sent twice has one effect and one answer."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped
from starlette.requests import Request
from starlette.responses import Response

from domain import access
from domain.access import D3, D4, D5, D6, D7, DataClass, Relation
from realtime.outbox import Beside
from ward.db import Model, clear, new_id, sealed
from ward.errors import Invalid
from ward.relations import EXPLAINS
from ward.security.actors import Actor

if TYPE_CHECKING:
    from ward.work import Work

FIELD, HEADER = "idempotency_key", "idempotency-key"
LONGEST_KEY = 200
KEPT_FOR = timedelta(days=1)
KEPT = ("content-type", "location", "hx-trigger", "hx-retarget", "hx-reswap", "hx-redirect")


class Idempotency(Model):
    """The answer once given to a command, kept a day under the actor's own key."""

    __tablename__ = "idempotency"
    __table_args__ = (UniqueConstraint("actor_id", "key"),)
    subject = "actor_id"

    actor_id: Mapped[UUID]
    key: Mapped[str] = clear("made by the form or the client; random or a hash")
    route: Mapped[str] = clear("path with ids")
    body_hash: Mapped[bytes]
    at: Mapped[datetime]
    answer: Mapped[bytes | None] = sealed(dict[str, Any])


_TABLE = Idempotency.__table__


class Replay(Exception):
    """The same command came before; its answer is given again and nothing is done."""

    def __init__(self, answer: Response) -> None:
        super().__init__("replay")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Claim:
    """A key taken by this request."""

    id: UUID


async def claim(work: "Work", request: Request) -> Claim | None:
    """Take the request's key, or raise Replay; Invalid when it named another command."""
    form = await request.form()
    body = json.dumps(sorted((name, str(value)) for name, value in form.multi_items())).encode()
    digest = hashlib.sha256(body).digest()
    key = request.headers.get(HEADER) or str(form.get(FIELD) or "")
    if not key and "version" in form:
        key = "form:" + hashlib.sha256(request.url.path.encode() + digest).hexdigest()
    if not key:
        return None
    if len(key) > LONGEST_KEY:
        raise Invalid({FIELD: "The idempotency key is too long."})
    if "\x00" in key:
        raise Invalid({FIELD: "The idempotency key has a character that cannot be kept."})
    row_id, path = new_id(), request.url.path
    if await _taken(work, row_id, key, path, digest):
        return Claim(row_id)
    answer = await _earlier(work, key, path, digest)
    await _seen_again(work)
    raise Replay(answer)


async def used(work: "Work", key: str) -> bool:
    """Tell whether a command of this person under this key is done."""
    mine = select(_TABLE.c.id).where(_TABLE.c.actor_id == work.actor.id, _TABLE.c.key == key)
    return (await (await work.connection()).execute(mine)).first() is not None


async def _taken(work: "Work", row_id: UUID, key: str, path: str, digest: bytes) -> bool:
    values = {
        "id": row_id,
        "version": 1,
        "actor_id": work.actor.id,
        "key": key,
        "route": path,
        "body_hash": digest,
        "at": work.now,
    }
    connection = await work.connection()
    return (await connection.execute(_TAKE, values)).first() is not None


_TAKE = insert(Idempotency).on_conflict_do_nothing().returning(Idempotency.id)


async def _earlier(work: "Work", key: str, path: str, digest: bytes) -> Response:
    mine = select(*_TABLE.c).where(_TABLE.c.actor_id == work.actor.id, _TABLE.c.key == key)
    row = Idempotency(**(await (await work.connection()).execute(mine)).mappings().one())
    if row.route != path or row.body_hash != digest:
        raise Invalid({FIELD: "This key was used for another command."})
    kept = (await work.open([row], Idempotency.answer))[row.id]
    if kept is None or not await _explained(work, kept):  # nothing to show, or no longer
        return Response(status_code=204)
    answer = Response(kept["body"], status_code=kept["status"])
    for name, value in kept["headers"].items():
        answer.headers[name] = value
    if kept["body"]:
        work.shown(map(UUID, kept.get("patients", ())), map(DataClass, kept.get("classes", ())))
    if topics := kept.get("topics"):  # an open screen shows something newer: the gate drops this
        answer.headers["ward-revs"] = " ".join(f"{topic}=1" for topic in topics)
    return answer


async def _explained(work: "Work", kept: dict[str, Any]) -> bool:
    """Say whether whoever asks again still has a reason to see everybody whom the answer shows.

    A reason for what of the record it shows: to know a name again is none to read an allergy.
    """
    shown = {UUID(one) for one in kept.get("patients", ())} if kept["body"] else set()
    if not shown or not isinstance(work.actor, Actor):
        return True
    reasons = select(EXPLAINS.c.patient_id, EXPLAINS.c.code).where(
        EXPLAINS.c.grant_id == work.actor.grant_id, EXPLAINS.c.patient_id.in_(shown)
    )
    mine: dict[UUID, set[DataClass]] = {}
    for patient, code in await (await work.connection()).execute(reasons):
        mine.setdefault(patient, set()).update(access.EXPLAINS[Relation(code)])
    wanted = _OF_THE_RECORD.intersection(map(DataClass, kept.get("classes", ())))
    reads = wanted <= access.READS[work.actor.role]
    return reads and all(one in mine and wanted <= mine[one] for one in shown)


_OF_THE_RECORD = frozenset({D3, D4, D5, D6, D7})


async def _seen_again(work: "Work") -> None:
    """Leave a trail: an answer given again is another look at whom it shows."""
    await work.give_up()
    await work.node.trail.commit(replace(work.intent, detail={"replay": True}))


async def keep(work: "Work", taken: Claim, answer: Response | None) -> None:
    """Have the answer stored at the end of the command's own transaction."""
    if answer is None:
        return
    headers = {name: answer.headers[name] for name in KEPT if name in answer.headers}
    kept = {
        "status": answer.status_code,
        "headers": headers,
        "body": bytes(answer.body).decode(),
        "patients": sorted(map(str, work.intent.patients)),
        "classes": sorted(work.intent.data_classes),
        "topics": work.topics,
    }
    row = Idempotency(id=taken.id, actor_id=work.actor.id)
    await work.seal(row, answer=kept)
    work.beside(Beside(_KEEP, {"kept_answer": row.answer, "kept_as": taken.id}))


_KEEP = "UPDATE idempotency SET answer = :kept_answer WHERE id = :kept_as"


async def forget(connection: AsyncConnection, now: datetime) -> int:
    """Drop the answers that were kept for their day; return how many."""
    old = delete(Idempotency).where(Idempotency.at < now - KEPT_FOR)
    return (await connection.execute(old)).rowcount
