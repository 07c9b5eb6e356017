"""Operator: how a command works on what is stored: one deed, one transaction, one trail."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.access import Permission
from ward.commands.serving import stores
from ward.config import Settings, SettingsError, settings
from ward.errors import Unavailable
from ward.node import open_node
from ward.schema import is_current
from ward.security.actors import System
from ward.work import Work, work_as

T = TypeVar("T")
Deed = Callable[[Work], Awaitable[T]]

OPERATOR = System(
    "cli:operator",
    frozenset(
        {
            Permission.MANAGE_USERS,
            Permission.OPEN_PLACES,
            Permission.STAFF_BEDS,
            Permission.USE_ACCOUNT,
            Permission.VIEW_BEDS,
            Permission.VIEW_PLACES,
        }
    ),
)
"""Whoever may run commands here, with this installation's keys; the trail knows no more."""


def carry_out(code: str, deed: Deed[T]) -> T:
    """Do a deed as the operator on the stores of the settings; return what it gives."""
    with stores(settings()) as choice:
        return asyncio.run(_carried_out(choice, code, deed))


async def _carried_out(choice: Settings, code: str, deed: Deed[T]) -> T:
    await refuse_unready(choice)
    node = await open_node(choice)
    try:
        async with work_as(node, OPERATOR, code) as work:
            return await deed(work)
    finally:
        await node.close()


async def refuse_unready(choice: Settings) -> None:
    """Say what to do about a database that is away or not migrated."""
    owner = choice.database_owner_url or choice.database_url
    assert owner is not None
    try:
        current = await is_current(owner.get_secret_value())
    except OSError as error:
        told = f"The database does not answer, so nothing was recorded: {error}"
        raise Unavailable(told.removesuffix(": ")) from error
    if not current:
        raise SettingsError("The database is not at the newest migration: run `ward migrate`.")
