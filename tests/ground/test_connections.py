"""Connections: one that lost its place is closed, and nobody is given it again."""

from typing import Any

import pytest
from asyncpg.exceptions import InternalClientError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ward.node import Node


class _Stuck:
    """A driver's connection in which an operation of the past never ended."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def prepare(self, *_: object, **__: object) -> None:
        raise InternalClientError("cannot switch to state 12; another operation (2) is in progress")


async def test_a_connection_that_lost_its_place_is_not_given_again(node: Node) -> None:
    async with node.engine.connect() as connection:
        adapted: Any = (await connection.get_raw_connection()).dbapi_connection
        adapted._connection = _Stuck(adapted._connection)
        adapted._prepared_statement_cache = None
        with pytest.raises(DBAPIError):
            await connection.execute(text("SELECT 1 AS stuck"))
        assert connection.invalidated
    for _ in range(3):
        async with node.engine.connect() as connection:
            assert await connection.scalar(text("SELECT 1 AS well")) == 1
