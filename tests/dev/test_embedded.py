"""Embedded stores: they end with the process that started them, and start again after anything."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from ward.config import ROOT
from ward.dev.child import StartError, account, command
from ward.dev.embedded import embedded

_PATIENCE = 30.0


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder that no other user may enter, as a checkout below /root is."""
    made = Path(tempfile.mkdtemp(prefix="ward-embedded-"))  # mode 0700
    with embedded(made / "home", redis=False, durable=False):
        pass  # the database is made once, and every test starts it again
    yield made / "home"
    shutil.rmtree(made)


@contextlib.contextmanager
def held(home: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, list[str]]]]:
    """Another process that serves this home, and what it says of itself."""
    argv = [sys.executable, str(Path(__file__).with_name("held.py")), str(home)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def eventually(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + _PATIENCE
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def refused(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port or 0)) != 0


def runs(pid: str) -> bool:
    """A zombie that nobody has collected yet does not run."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_both_servers_end_however_their_parent_ends(home: Path, end: signal.Signals) -> None:
    with held(home) as (process, told):
        assert not any(map(refused, told["urls"]))
        process.send_signal(end)
        process.wait(_PATIENCE)
        assert eventually(lambda: all(map(refused, told["urls"])))
        assert eventually(lambda: not any(map(runs, told["pids"])))


async def test_rows_survive_the_power_cut_of_both_and_their_parent(home: Path) -> None:
    with held(home) as (process, told):
        connection = await asyncpg.connect(told["urls"][0].replace("+asyncpg", ""))
        await connection.execute("DROP TABLE IF EXISTS kept")
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS row")
        for pid in (*told["pids"], process.pid):
            os.kill(int(pid), signal.SIGKILL)
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            await connection.close(timeout=1)
    with embedded(home, redis=False, durable=False) as stores:
        connection = await asyncpg.connect(stores.owner_url.replace("+asyncpg", ""))
        assert await connection.fetchval("SELECT row FROM kept") == 7
        await connection.close()


@pytest.mark.parametrize("stranger", [1, 2**22 - 1, os.getpid()], ids=["init", "gone", "us"])
def test_a_lock_left_by_a_crash_does_not_stop_the_next_start(home: Path, stranger: int) -> None:
    data = home / "embedded" / "postgres"
    left = f"{stranger}\n{data}\n1\n5432\n\n127.0.0.1\n  1  1\nready   \n"
    (data / "postmaster.pid").write_text(left, "ascii")
    with embedded(home, redis=False, durable=False) as stores:
        assert not refused(stores.database_url)


def test_a_second_process_joins_and_leaves_the_servers_alone(home: Path) -> None:
    with held(home) as (_process, told):
        with embedded(home) as joined:
            assert [joined.owner_url, joined.redis_url] == told["urls"]
            assert joined.postgres is None
        assert not any(map(refused, told["urls"]))


def test_a_killed_server_comes_back_where_it_was(home: Path) -> None:
    with embedded(home, durable=False) as stores:
        for server in (stores.postgres, stores.redis):
            assert server
            server.kill()
            assert server.pid is None
            server.start()
        assert not any(map(refused, (stores.database_url, stores.redis_url)))


def test_postgres_is_never_root(home: Path) -> None:
    with embedded(home, redis=False, durable=False) as stores:
        assert stores.postgres
        status = Path(f"/proc/{stores.postgres.pid}/status").read_text("ascii")
        assert "Uid:\t0" not in status


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers as another account")
def test_a_program_behind_a_closed_folder_is_found_by_the_account(home: Path) -> None:
    program = home.parent / "program"  # PostgreSQL asks access() for its own programs
    shutil.copy("/bin/true", program)
    code = "import os, sys; sys.exit(not os.access(sys.argv[1], os.R_OK | os.X_OK))"
    argv = [sys.executable, "-I", "-S", "-c", code, program]
    asked = command(argv, account(home), (program,), signal.SIGKILL)
    assert subprocess.run(asked, timeout=_PATIENCE, check=False).returncode == 0


def test_nothing_listens_beyond_this_machine(home: Path) -> None:
    def listeners() -> set[str]:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()]
        return {row[1] for row in rows if row[3:4] == ["0A"]}

    with embedded(home, durable=False) as stores:
        for url in (stores.database_url, stores.redis_url):
            port = f":{urlsplit(url).port:04X}"
            assert {at for at in listeners() if at.endswith(port)} == {f"0100007F{port}"}


def test_the_log_keeps_no_statement_and_no_value(home: Path) -> None:
    async def fail() -> None:
        connection = await asyncpg.connect(stores.owner_url.replace("+asyncpg", ""))
        await connection.execute("CREATE TABLE IF NOT EXISTS person (name text UNIQUE)")
        for _ in range(2):
            with contextlib.suppress(asyncpg.UniqueViolationError):
                await connection.execute("INSERT INTO person VALUES ('Winterbottom')")
        await connection.close()

    with embedded(home, redis=False, durable=False) as stores:
        asyncio.run(fail())
        assert stores.postgres
        said = stores.postgres.log.read_text("utf-8")
    assert "duplicate key" in said
    assert "Winterbottom" not in said


def test_data_of_another_postgres_is_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "embedded" / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n", "ascii")
    with pytest.raises(StartError, match="written by PostgreSQL 12"), embedded(tmp_path):
        pass


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="cannot be made"), embedded(tmp_path / "file" / "home"):
        pass
