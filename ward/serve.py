"""Serve: one node as a process, and several behind one port."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

import uvicorn
import uvloop

from realtime.protocol import LiveProtocol
from ward import logs
from ward.app import build_app
from ward.config import Env, Settings
from ward.node import open_node
from ward.stopping import unless_told

DRAIN_WAIT, DRAIN_OVER = 5.0, 15.0  # seconds: for the balancer to notice, for clients to move
RESTART_PAUSE, SHORT_LIFE, QUICK_DEATHS = 1.0, 30.0, 2  # seconds, seconds, a worker


class Server(uvicorn.Server):
    """Uvicorn, which drains its live sockets before it stops."""

    def __init__(self, config: uvicorn.Config, *, slowly: bool) -> None:
        super().__init__(config)
        self.slowly = slowly
        self._leaving: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Drain at the first signal; stop at once at the second."""
        if self._leaving is not None or not self.started:
            super().handle_exit(sig, frame)
            return
        self._leaving = asyncio.get_event_loop().create_task(self._leave(sig, frame))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start; what stands then stays, and is not looked through for garbage again and again."""
        await super().startup(sockets)
        settle_memory()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; the signal was heard, and raising it again would cut our own leaving short."""
        await super().shutdown(sockets)
        self._captured_signals.clear()

    async def _leave(self, sig: int, frame: FrameType | None) -> None:
        app = self.config.app
        app.state.draining = True  # type: ignore[union-attr]
        if self.slowly:
            await asyncio.sleep(DRAIN_WAIT)
        await app.state.hub.drain(over=DRAIN_OVER if self.slowly else 0.2)  # type: ignore[union-attr]
        super().handle_exit(sig, frame)


def settle_memory() -> None:
    """Take all that is loaded out of the collector's sight: a look through it stops every page."""
    gc.collect()
    gc.freeze()


def run(choice: Settings, *, fd: int | None = None, parts: frozenset[str] = frozenset()) -> None:
    """Serve one node until a signal; `parts` names what else runs in it."""
    logs.configure(choice)
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        contextlib.suppress(KeyboardInterrupt),
    ):
        runner.run(_serve(choice, fd, parts))


async def _serve(choice: Settings, fd: int | None, parts: frozenset[str]) -> None:
    node = await unless_told(open_node(choice))
    node.parts = parts
    config = uvicorn.Config(
        build_app(node),
        host=choice.host,
        port=choice.port,
        fd=fd,
        ws=LiveProtocol,
        http="httptools",
        ws_max_size=16 * 1024,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
        backlog=2048,
    )
    try:
        await Server(config, slowly=choice.env is Env.PRODUCTION).serve()
    finally:
        await node.close()


def run_parts(choice: Settings, parts: frozenset[str]) -> None:
    """Run parts without pages (the HL7 listener, the worker) until a signal."""
    logs.configure(choice)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_parts(choice, parts))


async def _parts(choice: Settings, parts: frozenset[str]) -> None:
    node = await open_node(choice)
    node.parts = parts
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = build_app(node)
    try:
        async with app.router.lifespan_context(app):
            settle_memory()
            await stop.wait()
    finally:
        await node.close()


def run_many(choice: Settings, workers: int, parts: frozenset[str]) -> None:
    """Serve several nodes behind one port; one that dies is started again, if it ever lived."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((choice.host, choice.port))
    listening.listen(2048)
    stopping = False

    def stop(_sig: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for child in children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)

    children: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    children.extend(_start(choice, listening, number, parts) for number in range(workers))
    born, quick = [time.monotonic()] * workers, 0
    while any(child.poll() is None for child in children) or not stopping:
        time.sleep(0.2)
        for number, child in enumerate(children):
            if child.poll() is None or stopping:
                continue
            quick = quick + 1 if time.monotonic() - born[number] < SHORT_LIFE else 0
            if quick > QUICK_DEATHS * workers:  # it never lives: a wrong setting, no store
                stop(signal.SIGTERM, None)
                sys.exit(child.returncode or 1)
            time.sleep(RESTART_PAUSE)
            children[number], born[number] = (
                _start(choice, listening, number, parts),
                time.monotonic(),
            )


def _start(
    choice: Settings, listening: socket.socket, number: int, parts: frozenset[str]
) -> subprocess.Popen[bytes]:
    """Start one worker; borders and periodic work run in the first alone."""
    command = [sys.executable, "-m", "ward", "serve", "--fd", str(listening.fileno())]
    command += [f"--with={part}" for part in sorted(parts) if number == 0]
    environ = os.environ | {"WARD_NODE": f"{choice.node}-{number + 1}"}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
        command, pass_fds=[listening.fileno()], env=environ, start_new_session=True
    )
