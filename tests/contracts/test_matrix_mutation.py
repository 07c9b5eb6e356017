"""Mutation: each policy, each permission and each relation is taken away, and the matrix goes red.

A matrix that stays green when a guard is gone tests nothing. Here the guards of the running app
are weakened one by one, and the cells of tests/contracts/test_matrix.py must say so.
"""

import gc
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import asyncpg
import pytest

from domain.access import EXPLAINS, READS, RULES, DataClass, Permission, Role
from tests.contracts import test_matrix
from tests.contracts.matrix.cells import NIGHTLY, Cells
from tests.contracts.matrix.declared import USERS, Line
from tests.contracts.matrix.door import Door
from tests.contracts.matrix.hospital import seeded
from tests.contracts.matrix.samples import Samples, samples
from tests.contracts.matrix.screens import topics, watch
from tests.contracts.test_matrix import KNOWN, LINES, ROUTES, VIEWS
from tests.databases import Database
from tests.stations import Running
from ward import live

HELD = {name: line for name, line in LINES.items() if not (line.open or line.wall)}
#: Everybody who is signed in may use their account: there is nobody left to let in.
FOR_ALL = {name for name, line in HELD.items() if len(line.holds) == len(USERS)}
SPREAD = 4  # by day every fourth; all at night
#: Rows of one person: no relation opens these to another.
PERSONAL = {"POST /break-glass/{case_id:uuid}/end", "POST /break-glass/{case_id:uuid}/seen"}
#: A branch itself is compared with the session, no view opens it: a stranger's becomes one's own.
BRANCHES = {name for name in HELD if "/branches/{branch:uuid}" in name}
#: A relation is asked for in each of these.
RELATED = {
    name: line
    for name, line in HELD.items()
    if line.stranger and not line.asks and line.holds - line.far and name not in PERSONAL
}
_ANYBODY_SEES = """
CREATE OR REPLACE VIEW explains AS
SELECT g.id AS grant_id, g.user_id, p.id AS patient_id, 'ward'::text AS code, g.until
FROM user_grant g CROSS JOIN patient p
"""
_ANYWHERE = """
CREATE OR REPLACE VIEW reach AS
SELECT g.id AS grant_id, w.id AS ward_id, true AS covers FROM user_grant g CROSS JOIN ward w
"""
#: A page that looks at the branch too is guarded twice: both are taken away.
_ONE_BRANCH = [
    f"UPDATE {table} SET branch_id = (SELECT id FROM branch WHERE label = 'Northsite')"
    for table in ("ward", "bed", "encounter")
]


@contextmanager
def held_by_all(*permissions: Permission) -> Iterator[None]:
    """Let every role hold these permissions."""
    before = [(RULES[one], RULES[one].roles) for one in permissions]
    for rule, _ in before:
        object.__setattr__(rule, "roles", frozenset(Role))
    try:
        yield
    finally:
        for rule, roles in before:
            object.__setattr__(rule, "roles", roles)


@contextmanager
def all_classes(role: Role) -> Iterator[None]:
    """Let a role read all classes of data, and every relation explain all of them."""
    (explains,) = gc.get_referents(EXPLAINS)
    reads, before = set(READS[role]), dict(explains)
    READS[role].update(DataClass)
    explains.update(dict.fromkeys(explains, frozenset(DataClass)))
    try:
        yield
    finally:
        READS[role].intersection_update(reads)
        explains.update(before)


class People:
    """A cell for each role, signed in when it is needed first."""

    def __init__(self, ward: Running, near: Samples, far: Samples) -> None:
        self.ward, self.near, self.far = ward, near, far
        self.doors: dict[str, Door] = {}

    async def cells(self, role: str) -> Cells:
        if role not in self.doors:
            self.doors[role] = await Door(self.ward.url).sign_in(USERS[role])
        return Cells(role, self.doors[role], self.near, self.far)

    async def tries(self, role: str, line: Line) -> list[str]:
        """Let a role try a route; say what differs."""
        cells = await self.cells(role)
        await cells.route(line)
        return cells.wrong


@pytest.fixture
async def people(ward: Running) -> AsyncIterator[People]:
    found = People(ward, await samples(ward.node, "near"), await samples(ward.node, "far"))
    yield found
    for door in found.doors.values():
        await door.close()


def outsider(line: Line) -> str:
    """Name somebody who is not let in."""
    return next(
        role for role in ("BL", "LB", "PV", "AD", "N", "DR", "PT") if role not in line.holds
    )


def test_each_policy_that_is_weakened_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in HELD.keys() - FOR_ALL:
        route = ROUTES[name]
        weak = replace(route.policy, permission=Permission.USE_ACCOUNT)
        with monkeypatch.context() as patch:
            patch.setattr(route, "policy", weak)
            with pytest.raises(AssertionError, match=re.escape(f"{name}: declared")):
                test_matrix.test_each_policy_lets_in_whom_its_line_declares()


@pytest.mark.begins(fill=seeded)
async def test_a_permission_that_everybody_holds_turns_each_of_its_routes_red(
    people: People,
) -> None:
    green = []
    for name in sorted(HELD.keys() - FOR_ALL):
        permission, line = ROUTES[name].policy.permission, replace(HELD[name], stranger=False)
        assert permission is not None
        with held_by_all(permission):
            if await people.tries(outsider(line), line):
                continue
        with held_by_all(*Permission):  # the page asks for others too: it is guarded twice
            if not await people.tries(outsider(line), line):
                green.append(name)
    assert not green, "Everybody may come here, and nothing says so: " + ", ".join(green)


@pytest.mark.begins(fill=seeded)
async def test_a_relation_to_everything_turns_each_route_red_that_asks_for_one(
    database: Database, people: People
) -> None:
    owner = await asyncpg.connect(database.owner_url.replace("+asyncpg", ""))
    for statement in (_ANYBODY_SEES, _ANYWHERE, *_ONE_BRANCH):
        await owner.execute(statement)
    await owner.close()
    green, theirs, own = [], people.far.rows["{branch"], people.near.rows["{branch"]
    for name, line in sorted(RELATED.items())[:: 1 if NIGHTLY else SPREAD]:
        people.far.rows["{branch"] = own if name in BRANCHES else theirs
        role = min(line.holds - line.far - line.unexplained, default=None)
        if role and not await people.tries(role, line):
            green.append(name)
    assert not green, "A stranger's is reached, and nothing says so: " + ", ".join(green)


@pytest.mark.begins(fill=seeded)
async def test_each_screen_turns_red_when_a_role_may_see_all_of_it(people: People) -> None:
    green = []
    for name, kind in live.KINDS.items():
        if kind.of.scope.person:  # one's own and nobody else's: tests/breakglass/test_open.py
            continue
        richest = VIEWS[f"{name} {next(iter(kind.views))}"]
        role = next(role for role in ("RC", "LB", "PV", "AD") if role not in richest.holds)
        with held_by_all(*Permission), all_classes(KNOWN[role]):
            if not await _red(people, name, role):
                green.append(name)
    assert not green, "These show themselves to anybody, and nothing says so: " + ", ".join(green)


async def _red(people: People, kind: str, role: str) -> list[str]:
    cells = await people.cells(role)
    for side in (people.near, people.far):
        asked = {topic: name for topic, name in topics(side).items() if name == kind}
        given = await watch(cells.door.url, cells.door.cookie, asked)
        for topic, name in asked.items():
            cells.screen(VIEWS, name, given[topic], side=side)
    return cells.wrong
