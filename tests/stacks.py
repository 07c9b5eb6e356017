"""Stacks: where every task of a hanging test waits, told just before its worker is ended.

faulthandler shows the threads; in a program of coroutines all of those stand in `select`.
"""

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Iterator

import pytest

_BEFORE_SECONDS = 10.0  # the end that pyproject.toml's faulthandler_timeout brings
_ERRORS = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the way to the terminal: each test's own output is caught."""
    config.stash[_ERRORS] = os.dup(sys.__stderr__.fileno() if sys.__stderr__ else 2)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give it back."""
    os.close(config.stash[_ERRORS])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Watch the clock while one test runs, with all its fixtures."""
    limit = float(item.config.getini("faulthandler_timeout") or 0) - _BEFORE_SECONDS
    watch = threading.Timer(limit, tell, (item.nodeid, item.config.stash[_ERRORS]))
    watch.daemon = True
    if limit > 0:
        watch.start()
    try:
        return (yield)
    finally:
        watch.cancel()


def tell(name: str, errors: int) -> None:
    """Write the stack of every task that has not ended; another thread's loop is only read."""
    with open(errors, "w", closefd=False, encoding="utf-8") as out:
        print(f"\n{name} hangs; its tasks:", file=out)
        for task in [one for one in gc.get_objects() if isinstance(one, asyncio.Task)]:
            if not task.done():
                task.print_stack(file=out)
