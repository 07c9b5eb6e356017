"""Serving: `ward serve`, `ward demo`, `ward migrate`, and the parts that run alone."""

import asyncio
import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Annotated

import typer

from ward.cli import Json, app, console
from ward.config import ROOT, Settings, SettingsError, settings
from ward.dev import cast
from ward.dev.embedded import Stores, embedded
from ward.stopping import unless_told

PARTS = ("mllp", "worker")
WATCHED = ("ward", "domain", "realtime", "templates")

With = Annotated[list[str] | None, typer.Option("--with", help=f"Also run: {', '.join(PARTS)}.")]


@app.command()
def serve(
    workers: Annotated[int, typer.Option(min=1, max=64, help="Nodes behind this port.")] = 1,
    everything: Annotated[bool, typer.Option("--all", help="All parts in this process.")] = False,  # noqa: FBT002
    parts: With = None,
    fd: Annotated[int | None, typer.Option(hidden=True)] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Serve the pages; with --all also the HL7 listener and its worker.

    WARD_SIMULATOR alone says whether the simulator runs beside the worker.
    """
    from ward import serve as serving

    del json
    chosen = frozenset(PARTS if everything else parts or ())
    if unknown := chosen - set(PARTS):
        raise SettingsError(f"There is no part called {min(unknown)}. Known: {', '.join(PARTS)}.")
    with stores(settings()) as choice:
        refuse_taken(choice, chosen | ({"pages"} if fd is None else set()))
        if workers > 1:
            serving.run_many(choice, workers, chosen)
        else:
            serving.run(choice, fd=fd, parts=_simulated(choice, chosen))


@app.command()
def mllp(json: Json = False) -> None:  # noqa: FBT002
    """Listen for HL7 v2 over MLLP, and nothing else."""
    from ward import serve as serving

    del json
    with stores(settings()) as choice:
        refuse_taken(choice, {"mllp"})
        serving.run_parts(choice, frozenset({"mllp"}))


@app.command()
def worker(json: Json = False) -> None:  # noqa: FBT002
    """Carry out what waits: received messages and periodic work."""
    from ward import serve as serving

    del json
    with stores(settings()) as choice:
        serving.run_parts(choice, _simulated(choice, frozenset({"worker"})))


@app.command()
def migrate(json: Json = False) -> None:  # noqa: FBT002
    """Bring the database to the newest migration; safe to run again."""
    from ward.kind import refuse_other
    from ward.schema import migrate_now

    del json
    with stores(settings()) as choice:
        refuse_other(_owner(choice), choice.env)
        migrate_now(_owner(choice))
    console.say("The database is up to date.")


@app.command()
def demo(
    reload: Annotated[bool, typer.Option(help="Start again when a file changes.")] = False,  # noqa: FBT002
    reset: Annotated[bool, typer.Option(help="First delete all, and begin anew.")] = False,  # noqa: FBT002
    yes: Annotated[bool, typer.Option(help="Delete without asking.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Start the demo hospital: servers, cast and simulator, all from this folder."""
    from ward import serve as serving
    from ward.kind import refuse_other
    from ward.schema import migrate_now

    del json
    with stores(_with_messages(_with_laboratory(settings()))) as choice:
        refuse_other(_owner(choice), choice.env)
        if reset:
            migrate_now(_owner(choice))  # an older one does not say yet what it is
            _set_back(choice, sure=yes)
        refuse_taken(choice, {"pages", *PARTS})
        migrate_now(_owner(choice))
        wall = asyncio.run(unless_told(_found(choice)))
        _welcome(choice, wall)
        if reload:
            _reload(choice)
        else:
            _stay_on_duty()
            serving.run(choice, parts=_simulated(choice, frozenset(PARTS)))


class stores:  # noqa: N801 - reads as a function at its callers
    """Use the stores the environment names; start the embedded ones where it names none."""

    def __init__(self, choice: Settings) -> None:
        self._choice = choice
        wants = {"postgres": choice.database_url is None, "redis": choice.redis_url is None}
        self._own = embedded(choice.home, **wants) if any(wants.values()) else None

    def __enter__(self) -> Settings:
        return _with(self._choice, self._own.__enter__()) if self._own else self._choice

    def __exit__(self, *error: object) -> None:
        if self._own:
            self._own.__exit__(*error)  # type: ignore[arg-type]


def _with(choice: Settings, own: Stores) -> Settings:
    from pydantic import SecretStr

    urls = {
        "database_url": own.database_url,
        "database_owner_url": own.owner_url,
        "redis_url": own.redis_url,
    }
    missing = {
        name: SecretStr(url) for name, url in urls.items() if url and getattr(choice, name) is None
    }
    return choice.model_copy(update=missing)


def _owner(choice: Settings) -> str:
    owner = choice.database_owner_url or choice.database_url
    assert owner is not None
    return owner.get_secret_value()


async def _found(choice: Settings) -> str:
    """Open the demo hospital with its patients, and give the path of its wallboard."""
    from ward.dev.admissions import admit_cast
    from ward.dev.clinics import found_clinics
    from ward.dev.demo import found_hospital, wall_link
    from ward.dev.flagged import flag_cast
    from ward.dev.history import chart_history
    from ward.dev.newborn import bring_newborn
    from ward.dev.opened import open_a_record
    from ward.dev.outpatients import book_outpatients
    from ward.dev.prescribed import prescribe_for_cast
    from ward.dev.roster import keep_on_duty, leave_work
    from ward.dev.summarised import summarise_for_cast
    from ward.dev.tested import report_history
    from ward.node import open_node

    steps: tuple[tuple[Callable[..., Awaitable[object]], str], ...] = (
        (found_hospital, "The demo hospital was opened."),
        (admit_cast, "Its patients were admitted."),
        (bring_newborn, "A newborn was brought to its mother."),
        (chart_history, "Their observations of the last days were charted."),
        (flag_cast, "Their flags were set."),
        (prescribe_for_cast, "Their medicines were prescribed, and given until now."),
        (report_history, "Their blood was tested in the days before."),
        (found_clinics, ""),
        (book_outpatients, "Its clinics were booked, today and for the next days."),
        (keep_on_duty, ""),
        (summarise_for_cast, "Three summaries of stays: two are signed, one is a draft."),
        (leave_work, "Some of them have tasks."),
        (open_a_record, "One record was opened by break-glass; its review waits."),
    )
    node = await open_node(choice)
    try:
        for step, said in steps:
            if await step(node) and said:
                console.say(said)
        return await wall_link(node)
    finally:
        await node.close()


def _set_back(choice: Settings, *, sure: bool) -> None:
    """Delete what the demo or the training holds, once somebody has said yes."""
    from ward.dev.reset import set_back, would_go

    patients = asyncio.run(would_go(choice))
    if patients is None:
        console.say("There is nothing to delete.")
        return
    told = f"{patients} invented patients, all users and the trail are deleted. Go on?"
    if not sure and not typer.confirm(told):
        console.say("Nothing was deleted.")
        raise typer.Exit
    console.say(f"Deleting {patients} invented patients, all users and the trail …")
    asyncio.run(set_back(choice))
    console.say("Everything is deleted; the hospital opens anew. This takes a minute.")


def _stay_on_duty() -> None:
    """Have the demo's people stay on duty as long as it runs."""
    from ward.dev.roster import Shifts
    from ward.modules import BACKGROUND

    BACKGROUND.append(Shifts)


def _simulated(choice: Settings, parts: frozenset[str]) -> frozenset[str]:
    """Let the simulator run beside the worker, if the settings want it; give the parts with it.

    The platform itself does not know the simulator.
    """
    if not choice.simulator or "worker" not in parts:
        return parts
    from ward.dev.simulator.day import PART, Simulator
    from ward.dev.simulator.laboratory import Loopback
    from ward.modules import BACKGROUND

    for each in (Simulator, Loopback):
        if each not in BACKGROUND:
            BACKGROUND.append(each)
    return parts | {PART}


def _with_laboratory(choice: Settings) -> Settings:
    """Have the demo's orders and moves sent to its own laboratory, where no receiver is named."""
    if choice.hl7_receivers or not choice.simulator:
        return choice
    at = f"laboratory=127.0.0.1:{choice.hl7_port + 1}/OML+ADT+A08"
    return choice.model_copy(update={"hl7_receivers": at})


def _with_messages(choice: Settings) -> Settings:
    """Have the demo's messages to patients end on a page of its own."""
    from ward.dev import messages
    from ward.modules import BACKGROUND, ROUTES
    from ward.shell import WAYS

    if messages.Catcher not in BACKGROUND:
        BACKGROUND.append(messages.Catcher)
        ROUTES.extend(messages.routes)
        WAYS.append(messages.WAY)
    return messages.with_capture(choice)


def refuse_taken(choice: Settings, parts: Collection[str]) -> None:
    """Refuse to begin where a part cannot listen, and say why not."""
    doors = {
        "pages": ("", choice.host, choice.port),
        "mllp": ("HL7_", choice.hl7_host, choice.hl7_port),
    }
    with contextlib.ExitStack() as held:
        for name, host, port in (door for part, door in doors.items() if part in parts):
            probe = held.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                probe.listen()
            except OSError as error:
                raise SettingsError(_why_not(name, host, port, error)) from None


def _why_not(name: str, host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use. Free it or set WARD_{name}PORT."
    if error.errno == errno.EACCES:
        return f"Port {port} is not for this account. Set WARD_{name}PORT to 1024 or above."
    return f"{host} is no IPv4 address of this machine. Set WARD_{name}HOST."


def _welcome(choice: Settings, wall: str) -> None:
    url = choice.public_url or f"http://{choice.host}:{choice.port}"
    console.say(f"Ward is at {url}", url=url)
    console.say(f"HL7 v2 over MLLP on {choice.hl7_host}:{choice.hl7_port}", hl7=choice.hl7_port)
    console.say(f"Wallboard of Six East: {url}{wall}", wall=f"{url}{wall}")
    if choice.simulator:
        console.say(
            f"Patients come and go at speed {choice.simulator}; WARD_SIMULATOR=off stops it."
        )
    rows = [
        (sign.username, sign.name, sign.role.value, sign.ward or sign.branch)
        for sign in cast.SIGN_INS
    ]
    console.table(
        f"Sign-ins, all with {cast.PASSWORD}", ("user name", "person", "role", "where"), rows
    )
    console.say("Ctrl-C stops everything.")


def _reload(choice: Settings) -> None:
    """Serve in a child, and start it again whenever a file of ours changes."""
    environ = os.environ | _environment(choice)
    command = [sys.executable, "-m", "ward", "serve", "--all"]
    while True:
        child = subprocess.Popen(command, env=environ)  # noqa: S603 - our own interpreter
        try:
            seen = _stamp()
            while child.poll() is None and _stamp() == seen:
                time.sleep(0.5)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait()


def _environment(choice: Settings) -> dict[str, str]:
    assert choice.database_url is not None
    assert choice.redis_url is not None
    return {
        "WARD_DATABASE_URL": choice.database_url.get_secret_value(),
        "WARD_DATABASE_OWNER_URL": _owner(choice),
        "WARD_REDIS_URL": choice.redis_url.get_secret_value(),
    }


def _stamp() -> float:
    files = (path for folder in WATCHED for path in (ROOT / folder).rglob("*.*"))
    return max(
        (path.stat().st_mtime for path in files if path.suffix in {".py", ".html"}), default=0
    )
