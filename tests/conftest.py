"""Stores for tests: one PostgreSQL and one Redis a run, a database of its own for each test.

Event loops are one per test: an asyncpg connection belongs to the loop it was opened in, so make
engines and pools inside the test (or a fixture of function scope) and dispose of them there.
Nothing asynchronous is shared between tests; what is shared (`stores`, `template`) is addresses.
"""

import asyncio
import contextlib
import gc
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

os.environ.setdefault("WARD_ENV", "test")
# One order of sets in all workers of a run: they must collect the same tests in the same order.
os.environ.setdefault("PYTHONHASHSEED", str(os.getpid()))
# Our own server speaks no TLS: nobody need ask it, nor make ready for it, at each connection.
if not os.environ.get("WARD_DATABASE_URL"):
    os.environ.setdefault("PGSSLMODE", "disable")

import pytest
import redis
from argon2 import PasswordHasher
from hypothesis import HealthCheck
from hypothesis import settings as examples

from tests import compiled
from tests.databases import Database, called, clone, drop, drop_all, make_template
from ward import clock, trail
from ward.dev.embedded import Stores, embedded, running
from ward.security import limits, passwords

if TYPE_CHECKING:
    from tests.stations import Filling

trail.PATIENCE = (
    5.0  # on a busy machine; real nodes (tests/chaos) keep to their quarter of a second
)
limits.ANSWER_SECONDS = 5.0  # the same: two counters allow twice as much as one

# Nobody measures here how quick the machine is, and one commit is tried with the same examples
# each time; others are looked for at night.
examples.register_profile(
    "ward",
    deadline=None,
    derandomize=os.environ.get("TEST_SIZE") != "nightly",
    suppress_health_check=[HealthCheck.too_slow],
)
examples.load_profile("ward")

# Thousands sign in here. What it costs elsewhere is in tests/contracts/test_passwords.py.
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

compiled.share()

pytest_plugins = ("tests.stacks", "tests.stations", "tests.cast")

_SERVERS = pytest.StashKey[contextlib.ExitStack]()
_SHARED = pytest.StashKey[dict[str, str]]()
_MOST_WORKERS = 4
_PREFIX = "ward-test-"
_LEFT_SECONDS = 3600
_MEMORY, _ROOM = Path("/dev/shm"), 3 << 30
_URLS = ("database_url", "owner_url", "redis_url")


def pytest_xdist_auto_num_workers() -> int:
    """Run on every core up to four: more only wait for PostgreSQL."""
    return min(os.cpu_count() or 1, _MOST_WORKERS)


def pytest_collection_finish() -> None:
    """Take all that is loaded out of the collector's sight, as a node does when it serves."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Session) -> None:
    """Start the servers in the process that outlives all workers, and tell each where they are."""
    config = node.config
    if _SHARED not in config.stash:
        stack = config.stash.setdefault(_SERVERS, contextlib.ExitStack())
        stores = stack.enter_context(_servers())
        config.stash[_SHARED] = {name: getattr(stores, name) for name in _URLS}
        config.stash[_SHARED]["template"] = _template_name()
    node.workerinput["ward"] = config.stash[_SHARED]  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers after the last worker."""
    if _SHARED in config.stash:
        _forget_template(config.stash[_SHARED])
    if _SERVERS in config.stash:
        config.stash[_SERVERS].close()


@pytest.fixture(scope="session")
def _shared(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Where the stores of this run are, and what its template is called."""
    given = getattr(request.config, "workerinput", {}).get("ward")
    if given:
        yield given
        return
    with _servers() as stores:
        shared = {name: getattr(stores, name) for name in _URLS} | {"template": _template_name()}
        yield shared
        _forget_template(shared)


@pytest.fixture(scope="session")
def stores(_shared: dict[str, str], worker_id: str) -> Stores:
    """PostgreSQL and Redis; each worker has a numbered Redis database to itself."""
    number = worker_id.removeprefix("gw") if worker_id != "master" else "0"
    found = Stores(**{name: _shared[name] for name in _URLS})
    return replace(found, redis_url=called(found.redis_url, number))


@pytest.fixture(scope="session")
def template(_shared: dict[str, str]) -> str:
    """The name of a database that stands at the newest migration; copy it, do not open it."""
    from tests.stations import found

    make_template(_shared["owner_url"], _shared["template"], found)
    return _shared["template"]


@pytest.fixture
def beginnings() -> "dict[str, Filling]":
    """What is done to the hospital before a test that asks for a fixture, by its name."""
    return {}


@pytest.fixture
def origin(
    request: pytest.FixtureRequest,
    stores: Stores,
    template: str,
    beginnings: "dict[str, Filling]",
) -> str:
    """The database that this test's is copied from: `begins(fill=…)` marks a fuller one."""
    from tests.beginnings import lately
    from tests.stations import stage

    if marker := request.node.get_closest_marker("begins"):
        return stage(stores, template, marker.kwargs["fill"])
    asked = [fill for name, fill in beginnings.items() if name in request.fixturenames]
    return lately(stores, template, asked[0]) if asked else template


@pytest.fixture(scope="session")
def _counted(stores: Stores) -> Iterator[redis.Redis]:
    """Where this worker's nodes count what was tried."""
    with redis.Redis.from_url(stores.redis_url) as counted:
        yield counted


@pytest.fixture
async def database(stores: Stores, origin: str, _counted: redis.Redis) -> AsyncIterator[Database]:
    """A database for this test alone: the demo hospital, empty unless the test is marked.

    Nobody has tried anything yet: what earlier tests of this worker counted is forgotten.
    """
    for key in _counted.scan_iter("LIMITS:*"):
        _counted.delete(key)
    made = await clone(stores.database_url, stores.owner_url, origin)
    yield made
    await drop(stores.owner_url, made.name)


@contextlib.contextmanager
def _servers() -> Iterator[Stores]:
    """Use the servers the environment names, else serve until the run ends."""
    _sweep()
    url, redis_url = os.environ.get("WARD_DATABASE_URL"), os.environ.get("WARD_REDIS_URL")
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_place()))
    home.chmod(0o711)  # the account that PostgreSQL runs as must pass through
    try:
        with embedded(home, postgres=not url, redis=not redis_url, durable=False) as own:
            owner_url = os.environ.get("WARD_DATABASE_OWNER_URL") or url or own.owner_url
            yield Stores(url or own.database_url, owner_url, redis_url or own.redis_url)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _place() -> Path:
    """Give a folder in memory if there is room: each test copies and drops some 900 files."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(_MEMORY).free >= _ROOM and os.access(_MEMORY, os.W_OK):
            return _MEMORY
    return Path(tempfile.gettempdir())


def _sweep() -> None:
    """Remove what a killed run left behind."""
    places = {_place(), Path(tempfile.gettempdir())}
    for left in [left for place in places for left in place.glob(f"{_PREFIX}*")]:
        with contextlib.suppress(OSError):
            old = time.time() - left.stat().st_mtime > _LEFT_SECONDS
            if old and running(left) is None:
                shutil.rmtree(left)


def _template_name() -> str:
    return f"ward_template_{uuid4().hex[:8]}"


def _forget_template(shared: dict[str, str]) -> None:
    """Leave nothing on a server that is not ours to throw away."""
    if urlsplit(shared["owner_url"]).hostname and os.environ.get("WARD_DATABASE_URL"):
        asyncio.run(drop_all(shared["owner_url"], shared["template"]))


@pytest.fixture(autouse=True)
def _the_clock_as_it_was() -> Iterator[None]:
    """Have no test leave its own time to the next one of its process."""
    before = clock.offset()
    yield
    if clock.offset() != before:
        clock.shift(before)
