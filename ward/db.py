"""Tables: how rows are declared, sealed, scoped and reached."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import uuid6
from asyncpg.exceptions import InternalClientError
from pydantic import TypeAdapter
from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Enum,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    Uuid,
    event,
)
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from realtime import tables as realtime_tables

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> UUID:
    """Give a UUIDv7: made here, since sealing needs the id before the INSERT."""
    return UUID(bytes=uuid6.uuid7().bytes)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, as asyncpg gives it; refuses a datetime without an offset."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: object) -> datetime | None:
        if value is not None and value.tzinfo is None:
            msg = "An instant needs an offset."
            raise ValueError(msg)
        return value


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]


def second(kind: type[StrEnum], name: str) -> Enum:
    """Name the check of a second column of one kind: two of one name cannot stand in a table."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=_values,
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """What a row hangs on: the column naming its patient, ward, branch or person (its user).

    A row of the whole `house` (a message of another system) is explained by the permission.

    A row of a patient may name the columns of its `authors` too: it is explained as well to the
    user whom the first of them names that is filled, for what `Relation.AUTHOR` is enough for.

    A model without a scope is reached by system actors alone.
    """

    patient: str | None = None
    ward: str | None = None
    branch: str | None = None
    person: str | None = None
    house: bool = False
    authors: tuple[str, ...] = ()


class Model(DeclarativeBase):
    """A row with an id and a version; the version counts up at every change."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, TypeEngine[Any]]] = {
        datetime: Instant(),
        date: Date(),
        int: BigInteger(),
        str: Text(),
        bytes: LargeBinary(),
        UUID: Uuid(),
        Decimal: Numeric(),
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            create_constraint=True,
            length=32,
            values_callable=_values,
        ),
    }
    scope: ClassVar[Scope] = Scope()
    subject: ClassVar[str] = "id"  # the column whose key seals this row

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - a class method in SQLAlchemy's way
        return {"version_id_col": cls.version}


for _table in realtime_tables.metadata.tables.values():
    _table.to_metadata(Model.metadata)


def sealed(kind: Any, **options: Any) -> MappedColumn[Any]:
    """Declare a column whose value (of `kind`) is stored encrypted under its subject's key."""
    return mapped_column(LargeBinary, info={"sealed": TypeAdapter(kind)}, **options)


def clear(reason: str, *args: Any, **options: Any) -> MappedColumn[Any]:
    """Declare a text column that is stored readable, and say why that is acceptable."""
    return mapped_column(*args, info={"clear": reason}, **options)


def engine_of(url: str, *, pool: int = 10, settings: dict[str, str] | None = None) -> AsyncEngine:
    """Open a pool of connections that act as the application's role, never as the owner."""
    server = {
        "role": "ward_app",
        "timezone": "UTC",
        "lock_timeout": "2000",
        "idle_in_transaction_session_timeout": "5000",
        "statement_timeout": "15000",
        "jit": "off",
        # Look-ups by key, planned once: planning `explains` anew costs more than running it.
        "plan_cache_mode": "force_generic_plan",
    }
    engine = create_async_engine(
        url,
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=5,
        pool_use_lifo=True,  # the connection used last has its statements prepared and planned
        pool_pre_ping=False,
        hide_parameters=True,  # what is refused must not reach a log
        connect_args={"server_settings": server | (settings or {}), "timeout": 5},
    )
    event.listen(engine.sync_engine, "checkout", _refuse_the_dead)
    event.listen(engine.sync_engine, "handle_error", _drop_the_stuck)
    return engine


def cause_of(error: BaseException) -> BaseException | None:
    """Give what PostgreSQL refused by, as its driver says it; None where it was not asked."""
    cause: BaseException | None = getattr(getattr(error, "orig", None), "__cause__", None)
    return cause


def collided(error: BaseException) -> bool:
    """Say whether others were at the same rows: nobody's fault, and the next go may do it."""
    return getattr(cause_of(error), "sqlstate", None) in _COLLIDED


_COLLIDED = frozenset({"55P03", "40P01", "40001"})
"""SQLSTATE of a lock not given in time, of a deadlock, of a failed serialization."""


def _refuse_the_dead(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool open another connection where PostgreSQL hung up: no round trip is needed."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _drop_the_stuck(context: ExceptionContext) -> None:
    """Have a connection closed whose protocol lost its place, as when PostgreSQL is killed.

    Given back to the pool it would fail whoever is given it, again and again.
    """
    known = context.original_exception
    if isinstance(known.__cause__, InternalClientError) or isinstance(known, InternalClientError):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False
