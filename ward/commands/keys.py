"""Keys: `ward keys …`: which versions there are, a new one, and the end of an old one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ward.cli import BROKEN, Json, app, console
from ward.commands.operator import refuse_unready
from ward.commands.serving import stores
from ward.config import Settings, settings
from ward.crypto import KekState
from ward.keys import erased, rotation
from ward.keys.providers import FileKeys, provider_of
from ward.keys.rotation import SILENT, Present, Rotation, Version, owner_engine

T = TypeVar("T")
Deed = Callable[[Settings, AsyncEngine], Awaitable[T]]
_ERASED = text("SELECT count(*) FROM subject_key WHERE wrapped IS NULL")

keys = typer.Typer(help="The keys of the installation.", no_args_is_help=True)
app.add_typer(keys, name="keys")


@keys.command("status")
def show_status(json: Json = False) -> None:  # noqa: FBT002
    """Say how the keys stand: provider, versions, nodes, and what is left to do."""
    del json

    async def look(choice: Settings, engine: AsyncEngine) -> tuple[str, _Found]:
        said = await provider_of(choice).health()
        async with engine.connect() as connection:
            return said, await _found(connection)

    said, (listed, present, erased) = _with_owner(look)
    console.say(said, provider=said)
    _versions(listed)
    _nodes(present)
    current = next(one for one in listed if one.state is KekState.CURRENT)
    behind = sum(one.keys for one in listed if one.number < current.number)
    told = _left_to_do(listed, behind)
    total = f"{current.keys + behind:,} data keys, {behind:,} of them behind; {erased:,} erased."
    console.say(
        f"{total} {told}",
        keys=current.keys + behind,
        behind=behind,
        erased=erased,
        version=current.number,
    )


@keys.command("list")
def list_versions(json: Json = False) -> None:  # noqa: FBT002
    """List the versions of the key around all data keys."""
    del json

    async def look(_choice: Settings, engine: AsyncEngine) -> list[Version]:
        async with engine.connect() as connection:
            return await rotation.versions(connection)

    _versions(_with_owner(look))


@keys.command("rotate")
def rotate(
    batch: Annotated[int, typer.Option(min=1, max=10_000, help="Keys in one commit.")] = 1_000,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Make a new version and wrap every data key by it, while everybody works on.

    Ended at any point, it goes on from there when it is run again.
    """
    del json

    async def turn(choice: Settings, engine: AsyncEngine) -> rotation.Rotated:
        with console.progress() as bar:
            task = bar.add_task("Waiting for the nodes", total=None)

            def tell(done: int, total: int) -> None:
                bar.update(task, description="Wrapping keys", completed=done, total=total)

            run = Rotation(engine, provider_of(choice), batch=batch)
            return await run.run(tell)

    done = _with_owner(turn)
    how = "Went on with" if done.resumed else "Rotated to"
    console.say(
        f"{how} version {done.number}: {done.wrapped:,} data keys were wrapped anew."
        " `ward keys retire` destroys an older version.",
        version=done.number,
        wrapped=done.wrapped,
        damaged=done.damaged,
        resumed=done.resumed,
    )
    if done.damaged:
        console.fail(f"{done.damaged:,} data keys do not open and stayed. `ward check` names them.")
        raise typer.Exit(BROKEN)


@keys.command("retire")
def retire(
    number: Annotated[int, typer.Argument(metavar="VERSION", help="As `ward keys list` names it.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Destroy an old version; refused while anything is wrapped by it."""
    del json

    async def end(_choice: Settings, engine: AsyncEngine) -> None:
        await rotation.retire(engine, number)

    _with_owner(end)
    console.say(f"Version {number} is destroyed.", retired=number)


@keys.command("rewrap")
def rewrap(
    source: Annotated[
        Path | None, typer.Option("--from", help="The folder of the root key until now.")
    ] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Wrap the keys of the installation anew by the root key of WARD_KEYS.

    With --from they come from another root key, in a file: so an installation moves to Vault.
    Without it Vault's newest version of the same key wraps them.
    """
    del json

    async def move(choice: Settings, engine: AsyncEngine) -> int:
        new = provider_of(choice)
        return await rotation.rewrap(engine, FileKeys(source) if source else new, new)

    if source is not None and not (source / "root.key").is_file():
        raise typer.BadParameter(f"{source} holds no root.key.")
    done = _with_owner(move)
    console.say(f"{done} keys of the installation were wrapped anew.", wrapped=done)


@keys.command("erased")
def list_erased(
    to: Annotated[Path | None, typer.Option(help="Write them to this file.")] = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """List whose keys were destroyed, to be kept beside the backups: ids and nothing else."""
    del json

    async def look(_choice: Settings, engine: AsyncEngine) -> list[UUID]:
        async with engine.connect() as connection:
            return list(await erased.listed(connection))

    found = _with_owner(look)
    if to is None:
        console.table("", ("subject",), [(str(one),) for one in found])
        return
    to.write_text("".join(f"{one}\n" for one in found), "utf-8")
    console.say(f"{len(found):,} are in {to}.", file=str(to), erased=len(found))


@keys.command("erase-again")
def erase_again(
    file: Annotated[Path, typer.Argument(help="What `ward keys erased --to` wrote.")],
    json: Json = False,  # noqa: FBT002
) -> None:
    """Destroy keys again that a restored backup brought back; before anybody is served."""
    del json
    try:
        subjects = [UUID(line) for line in file.read_text("utf-8").split()]
    except ValueError:
        raise typer.BadParameter(f"{file} is no list of ids.") from None

    async def end(_choice: Settings, engine: AsyncEngine) -> int:
        return await rotation.erase_again(engine, subjects)

    done = _with_owner(end)
    console.say(
        f"{done:,} of {len(subjects):,} had come back, and are erased again.",
        erased=done,
        listed=len(subjects),
    )


_Found = tuple[list[Version], list[Present], int]


async def _found(connection: AsyncConnection) -> _Found:
    erased = int(await connection.scalar(_ERASED) or 0)
    return await rotation.versions(connection), await rotation.nodes(connection), erased


def _versions(listed: list[Version]) -> None:
    rows = [
        (
            str(one.number),
            one.state.value,
            f"{one.made_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            f"{one.keys}",
        )
        for one in listed
    ]
    console.table("", ("version", "state", "made", "wraps"), rows)


def _nodes(present: list[Present]) -> None:
    rows = [
        (
            one.name,
            str(one.knows),
            str(one.wraps),
            "here" if one.silent < SILENT else f"silent for {one.silent:.0f} s",
        )
        for one in present
    ]
    if rows:
        console.table("", ("node", "knows", "wraps by", "state"), rows)


def _left_to_do(listed: list[Version], behind: int) -> str:
    if behind or listed[-1].settled_at is None:
        return "A rotation is not finished: run `ward keys rotate`."
    old = [str(one.number) for one in listed if one.state is KekState.OLD]
    return f"Nothing uses version {', '.join(old)} any more: it can be retired." if old else ""


def _with_owner(deed: Deed[T]) -> T:
    async def done(choice: Settings) -> T:
        await refuse_unready(choice)
        engine = owner_engine(choice)
        try:
            return await deed(choice, engine)
        finally:
            await engine.dispose()

    with stores(settings()) as choice:
        return asyncio.run(done(choice))
