"""Later: the jobs that commit with the write that causes them, and whom each fact concerns."""

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.access import Permission
from realtime.events import Event, plain
from realtime.outbox import Beside
from ward.config import Settings
from ward.db import Model, Scope, clear, new_id

if TYPE_CHECKING:
    from ward.work import Work

WAKE = "jobs/now"  # a poke, not a topic: nothing is shown under this name


class Job(Model):
    """Something to be done at or after an instant; the row goes when it is done.

    A parked job failed too often; a person looks at it and has it tried again.
    """

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("name", "key"),
        Index("ix_job_ready", "run_at", postgresql_where=text("parked_at IS NULL")),
    )
    scope = Scope(house=True)

    name: Mapped[str] = clear("module and function, part of the code")
    key: Mapped[str] = clear("ids of what it is about")
    body: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"clear": "ids and instants alone"})
    run_at: Mapped[datetime]
    made_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = clear("class of the last error, never its message")
    parked_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to be done at an instant, told by ids; its fields make it one of a kind.

    The same errand asked for twice is done once.
    """

    @property
    def key(self) -> str:
        """Tell this errand from others of its kind."""
        return "/".join(str(plain(getattr(self, field.name))) for field in fields(self))


Handler = Callable[["Work", Any], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """A function that does a kind of job, and what it may do."""

    name: str
    about: type[Event] | type[Errand]
    permissions: frozenset[Permission]
    handler: Handler
    only: Callable[[Any], bool] | None = None  # which facts it is for; None: all
    where: Callable[[Settings], str | None] | None = None  # SQL: whether anybody wants it at all

    def read(self, body: dict[str, Any]) -> Any:
        """Make the fact or the errand again out of what was stored."""
        return TypeAdapter(self.about).validate_python(body)


TASKS: dict[str, Task] = {}
REACTIONS: dict[type[Event], list[Task]] = {}
ERRANDS: dict[type[Errand], Task] = {}


def enlist(task: Task) -> None:
    """Have this function do its kind of job from now on."""
    if task.name in TASKS:
        msg = f"Two functions are called {task.name}."
        raise ValueError(msg)
    TASKS[task.name] = task
    if issubclass(task.about, Event):
        REACTIONS.setdefault(task.about, []).append(task)
    elif task.about in ERRANDS:
        msg = f"{task.about.__name__} is done by {ERRANDS[task.about].name} already."
        raise ValueError(msg)
    else:
        ERRANDS[task.about] = task


@dataclass(frozen=True, slots=True)
class ToDo:
    """A job before it is written."""

    task: Task
    key: str
    body: dict[str, Any]
    run_at: datetime
    made_at: datetime

    @property
    def now(self) -> bool:
        """Say whether it may go at once."""
        return self.run_at <= self.made_at

    def row(self) -> dict[str, Any]:
        """Give the row in JSON's own types."""
        return {
            "id": str(new_id()),
            "version": 1,
            "name": self.task.name,
            "key": self.key,
            "body": self.body,
            "run_at": self.run_at.isoformat(),
            "made_at": self.made_at.isoformat(),
            "attempts": 0,
        }


def follow(
    cause: UUID, now: datetime, events: Sequence[Event], errands: Iterable[tuple[Errand, datetime]]
) -> list[ToDo]:
    """Give the jobs that follow from these facts and errands."""
    reactions = [
        ToDo(task, f"{cause}/{nth}", event.payload(), now, now)
        for nth, event in enumerate(events)
        for task in REACTIONS.get(type(event), ())
        if task.only is None or task.only(event)
    ]
    return reactions + [
        ToDo(ERRANDS[type(errand)], errand.key, _body(errand), at, now) for errand, at in errands
    ]


def beside(jobs: Sequence[ToDo], settings: Settings) -> Beside:
    """Have jobs written at the end of the transaction that causes them; one of each key.

    Where nobody wants a kind of them, none of that kind; asked by the statement that writes.
    Whoever does jobs is woken if any was written and may go at once.
    """
    asked = {job.task.name: job.task.where(settings) for job in jobs if job.task.where}
    wanted = tuple(sorted((name, sql) for name, sql in asked.items() if sql))
    wakes = WAKE if any(job.now for job in jobs) else ""
    return Beside(_once(wanted), {"jobs": json.dumps([job.row() for job in jobs])}, wakes)


_COLUMNS = (
    "id uuid, version bigint, name text, key text, body jsonb, run_at timestamptz,"
    " made_at timestamptz, attempts bigint"
)
_NAMES = ", ".join(column.split()[0] for column in _COLUMNS.split(","))


@cache
def _once(wanted: tuple[tuple[str, str], ...]) -> str:
    cases = "".join(f" WHEN '{name}' THEN {sql}" for name, sql in wanted)
    where = f" WHERE CASE name{cases} ELSE true END" if wanted else ""
    return (
        f"INSERT INTO job ({_NAMES}) SELECT {_NAMES}"  # noqa: S608 - constants of the code
        f" FROM jsonb_to_recordset(CAST(:jobs AS jsonb)) AS j({_COLUMNS}){where}"
        " ORDER BY name, key"  # two who ask for the same ones never wait for each other
        " ON CONFLICT ON CONSTRAINT uq_job_name_key DO NOTHING"
    )


def _body(errand: Errand) -> dict[str, Any]:
    return {field.name: plain(getattr(errand, field.name)) for field in fields(errand)}
