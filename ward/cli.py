"""Command line: `ward …`; a mistake gets a sentence and a status, never a stack trace."""

import asyncio
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from domain.errors import NotAllowed
from ward import __version__, logs
from ward.config import SettingsError, settings
from ward.console import Console
from ward.dev.child import StartError
from ward.errors import SENTENCES, WardError

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError

BROKEN, USAGE, INTERRUPTED = 1, 2, 130
MISTAKES = (SettingsError, StartError, NotAllowed, WardError)
"""What a person can put right; the text of each is a sentence for that person."""

app = typer.Typer(
    name="ward",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
console = Console()


def _speak_json(chosen: bool) -> bool:  # noqa: FBT001 - the shape typer calls
    console.json = console.json or chosen
    return chosen


Json = Annotated[
    bool,
    typer.Option("--json", callback=_speak_json, is_eager=True, help="One JSON object a line."),
]
"""Every command takes this option: `def command(json: Json = False)`."""


def _version(chosen: bool) -> None:  # noqa: FBT001 - the shape typer calls
    if chosen:
        console.say(f"ward {__version__}", version=__version__)
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_version, help="Say the version.")]


@app.callback()
def root(version: Version = False, json: Json = False) -> None:  # noqa: FBT002
    """Real-time hospital software: one bed board, one chart, one trail."""
    del version, json


@app.command()
def doctor(json: Json = False) -> None:  # noqa: FBT002
    """Look at this installation and say what would stop it from working."""
    from ward.doctor import State, examine

    del json
    findings = asyncio.run(examine(settings()))
    rows = [(finding.part, finding.state, finding.sentence) for finding in findings]
    console.table("", ("part", "state", "sentence"), rows)
    if any(finding.state is State.BAD for finding in findings):
        raise typer.Exit(BROKEN)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; whatever a person can put right ends in one sentence and a status."""
    importlib.import_module("ward.commands")  # they hang themselves on `app`
    logs.configure()
    given = list(sys.argv[1:] if arguments is None else arguments)
    console.json = "--json" in given  # a mistake in the arguments is told in the same form
    sys.exit(_run(given or ["--help"]))


def _run(given: list[str]) -> int:
    try:
        status = app(given, prog_name="ward", standalone_mode=False)
    except typer.TyperException as error:
        console.fail(_misuse(error))
        return USAGE
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our words has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except MISTAKES as error:
        console.fail(str(error))
    except Exception as error:
        if not (sentence := _outside(error)):
            raise  # a mistake of ours: whoever reports it needs the trace
        console.fail(sentence)
    else:
        return status if isinstance(status, int) else 0
    return BROKEN


def _misuse(error: typer.TyperException) -> str:
    """Say what is wrong with the arguments, and where help is."""
    told = getattr(error, "format_message", error.__str__)()
    return f"{told} `ward --help` lists what there is."


def _outside(error: Exception) -> str:
    """Say what outside Ward refuses: a server, a port, a file; nothing if it was Ward itself."""
    from asyncpg import InterfaceError, PostgresError
    from redis.exceptions import ConnectionError as RedisConnectionError
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.orm.exc import StaleDataError

    from ward.crypto import Unreadable

    if isinstance(error, StaleDataError):
        return "Somebody else is changing this right now. Nothing was saved; try again."
    if isinstance(error, Unreadable):
        return f"The keys do not open what is stored: {error}"
    if isinstance(error, DBAPIError):
        return _contradicted(error) or f"The database refuses: {_first_line(error.orig)}"
    if isinstance(error, PostgresError | InterfaceError):
        return f"The database refuses: {_first_line(error)}"
    if isinstance(error, RedisConnectionError):
        return f"Redis refuses: {error}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    if isinstance(error, TimeoutError):
        return f"Something Ward asked did not answer in time. {error}".rstrip()
    return f"The system refuses: {error}" if isinstance(error, OSError) else ""


def _contradicted(error: "DBAPIError") -> str:
    """Give the sentence of the rule that the database found broken, if one has a sentence."""
    cause = getattr(error.orig, "__cause__", None)
    return SENTENCES.get(getattr(cause, "constraint_name", None) or "", "")


def _first_line(error: object) -> str:
    """Give the first line alone: what follows may hold values of the row."""
    return str(error).partition("\n")[0].rpartition(">: ")[2]


if __name__ == "__main__":
    main()
