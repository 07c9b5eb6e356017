"""Operator: runs `ward …` beside a node that serves, as somebody at the machine would."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from tests.commands import run_ward
from ward.config import Settings


@dataclass(frozen=True, slots=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it said to a program."""
        return [json.loads(line) for line in self.out.splitlines()]


def environ_of(choice: Settings) -> dict[str, str]:
    """What somebody at the machine has in the environment."""
    assert choice.database_url
    assert choice.database_owner_url
    assert choice.redis_url
    assert choice.root_key
    return {
        "WARD_ENV": "test",
        "WARD_DATABASE_URL": choice.database_url.get_secret_value(),
        "WARD_DATABASE_OWNER_URL": choice.database_owner_url.get_secret_value(),
        "WARD_REDIS_URL": choice.redis_url.get_secret_value(),
        "WARD_KEYS": "env",
        "WARD_ROOT_KEY": choice.root_key.get_secret_value(),
    }


async def typed(choice: Settings, *arguments: str, into: str = "") -> Said:
    """Type a command against the stores of these settings, and a line into it."""
    told = await asyncio.to_thread(run_ward, *arguments, environ=environ_of(choice), into=into)
    return Said(told.returncode, told.stdout, told.stderr)
