"""Choices: how somebody looks at boards, kept for them so that every browser begins with it."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlalchemy import bindparam, select

from domain.access import Permission
from ward.beds.models import BoardChoice, Density, Sort
from ward.db import new_id
from ward.errors import Invalid, explain
from ward.places.models import Ward
from ward.work import Work

OWN = Permission.USE_ACCOUNT
MOST_WARDS = 30  # whose filters are kept; beyond that the others are forgotten
LONGEST = 200
_WORDS = re.compile(r"[a-z0-9_-]+(,[a-z0-9_-]+)*")
_MINE = select(BoardChoice).where(BoardChoice.user_id == bindparam("me"))

explain("uq_board_choice_user_id", "Another of your browsers was faster. Press again.")


S = TypeVar("S", bound=StrEnum)


class Choice(StrEnum):
    """What of a board somebody may choose; `show` and `only` are filters of one ward's."""

    DENSITY = "density"
    NARROW = "narrow"
    SORT = "sort"
    SHOW = "show"
    ONLY = "only"


async def kept(work: Work, ward_id: UUID, asked: Mapping[str, str]) -> dict[str, str]:
    """Answer: how does this board begin for whoever asks? The address wins over what is kept."""
    row = await _row(work)
    found: dict[str, str | None] = {}
    if row is not None:
        found = {"density": row.density, "narrow": row.narrow, "sort": row.sort}
        filters = row.filters.get(str(ward_id), {})
        if not {Choice.SHOW, Choice.ONLY} & asked.keys():
            found |= {"picked": filters.get(Choice.SHOW), "only": filters.get(Choice.ONLY)}
    if _WORDS.fullmatch(asked.get(Choice.SHOW, "")):
        found["picked"] = asked[Choice.SHOW]
    return {name: value for name, value in found.items() if value}


async def keep(work: Work, ward_id: UUID, chosen: Mapping[Choice, str]) -> None:
    """Keep what was chosen; an empty choice is forgotten."""
    ward = await work.access(Ward, ward_id, Permission.VIEW_BEDS)
    row = await _row(work)
    if row is None:
        row = BoardChoice(id=new_id(), user_id=work.actor.id, filters={})
        work.add(row, OWN)
    if Choice.DENSITY in chosen:
        row.density = _one(Density, Choice.DENSITY, chosen[Choice.DENSITY])
    if Choice.NARROW in chosen:
        row.narrow = _one(Density, Choice.NARROW, chosen[Choice.NARROW])
    if Choice.SORT in chosen:
        row.sort = _one(Sort, Choice.SORT, chosen[Choice.SORT])
    said = {name: chosen[name] for name in (Choice.SHOW, Choice.ONLY) if name in chosen}
    if said:
        row.filters = _filters(row.filters, str(ward.id), said)
    await work.flush()


def _filters(
    standing: Mapping[str, dict[str, str]], ward: str, said: Mapping[Choice, str]
) -> dict[str, dict[str, str]]:
    """Give the filters with those of one ward as they are now."""
    for name, words in said.items():
        if words and (len(words) > LONGEST or not _WORDS.fullmatch(words)):
            raise Invalid({name.value: "This is no filter of a board."})
    mine = {**standing.get(ward, {}), **{name.value: words for name, words in said.items()}}
    mine = {name: words for name, words in mine.items() if words}
    others = {one: theirs for one, theirs in standing.items() if one != ward}
    if len(others) >= MOST_WARDS:
        others = {}
    return others | ({ward: mine} if mine else {})


def _one(kind: type[S], name: Choice, said: str) -> S | None:
    if said and said not in set(kind):
        raise Invalid({name.value: "A board does not know this."})
    return kind(said) if said else None


async def _row(work: Work) -> BoardChoice | None:
    return next(iter(await work.every(_MINE, OWN, me=work.actor.id)), None)
