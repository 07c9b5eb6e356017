"""Taking: the row of an export: it stands before the first event leaves, and says how it ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from domain.access import Permission
from ward.audit import notes
from ward.audit.models import AuditExport, ExportState
from ward.db import new_id
from ward.errors import Forbidden, SignedOut
from ward.node import Node
from ward.security.actors import Actor, System
from ward.watch import still_here
from ward.work import work_as

MAY = Permission.EXPORT_TRAIL
_ENDING: set[asyncio.Task[None]] = set()


@dataclass(slots=True)
class Taking:
    """One file on its way out: whose, by which question, and how much of it has left."""

    node: Node
    actor: Actor | System
    form: str
    question: str
    id: UUID = field(default_factory=new_id)
    events: int = 0
    hashed: Any = field(default_factory=sha256)

    async def allowed(self) -> None:
        """Go on only while the session and the role stand: each piece is asked for anew."""
        if isinstance(self.actor, Actor):
            async with self.node.aside.connect() as connection:
                await still_here(connection, self.actor)

    def left(self, piece: bytes, events: int) -> None:
        """Count what has left."""
        self.hashed.update(piece)
        self.events += events

    async def begin(self) -> None:
        """Write down who takes what."""
        async with work_as(self.node, self.actor, "audit.export_begun") as work:
            row = AuditExport(
                id=self.id,
                at=work.now,
                user_id=self.actor.id,
                form=self.form,
                question=self.question,
                events=0,
                note="",
            )
            work.add(row, MAY)

    async def end(self, state: ExportState) -> None:
        """Write down how it ended; a whole file gets the manifest that proves it."""
        code = "audit.exported" if state is ExportState.DONE else f"audit.export_{state.value}"
        whose = self.actor
        if state is ExportState.REVOKED:
            whose = System("job:audit.export", frozenset({MAY}))
        async with work_as(self.node, whose, code) as work:
            row = await work.access(AuditExport, self.id, MAY, lock=True)
            row.state, row.ended_at, row.events = state, work.now, self.events
            said = f"{notes.ORIGIN}/export\n{self.question}\n{self.form}\n{self.events}\n"
            if state is ExportState.DONE:
                said += f"sha256 {self.hashed.hexdigest()}\n"
            else:
                said += f"{state.value}: the file is not whole\n"
            row.note = notes.Signer(work.node.vault.signing).sign(said)


@asynccontextmanager
async def taking(given: Taking) -> AsyncIterator[Taking]:
    """Keep the row of an export, however it ends: whole, hung up, or the right to it taken."""
    await given.begin()
    state = ExportState.STOPPED
    try:
        yield given
        state = ExportState.DONE
    except (SignedOut, Forbidden):
        state = ExportState.REVOKED
        raise
    finally:
        ending = asyncio.create_task(given.end(state), name="audit.export")
        _ENDING.add(ending)  # whoever hung up took this task with them; the row is written still
        ending.add_done_callback(_ENDING.discard)
        await asyncio.shield(ending)
