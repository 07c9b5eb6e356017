"""Virtual: a loop for tests, whose waiting costs no time."""

import asyncio
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose waiting costs no time."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual = 1_000.0
        self._selector: Any
        wait = self._selector.select

        def select(timeout: float | None) -> Any:
            self._virtual += max(0.0, timeout or 0.0)
            return wait(0)

        self._selector.select = select

    def time(self) -> float:
        return self._virtual
