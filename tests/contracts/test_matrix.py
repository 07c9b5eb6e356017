"""Matrix: every role at every route and every screen, with a patient of theirs and a stranger.

What they are held to is declared in tests/contracts/matrix/*.txt, not asked of the code. The
hospital has a secret word for each class of data; every answer and frame is searched for it.
"""

from collections.abc import AsyncIterator

import pytest

from domain.access import READS, RULES, Role
from tests.contracts.matrix.cells import NOBODY, Cells
from tests.contracts.matrix.declared import ROLES, SEES, USERS, WALL, classes, lines
from tests.contracts.matrix.door import Door
from tests.contracts.matrix.hospital import WALL_TOKEN, seeded
from tests.contracts.matrix.samples import samples
from tests.contracts.matrix.screens import topics, watch
from tests.stations import Running
from ward import live, modules
from ward.app import PUBLIC
from ward.web import PolicyRoute

FILES = "tests/contracts/matrix"
LINES, VIEWS = lines("routes.txt"), lines("screens.txt")
KNOWN = dict(zip(ROLES, Role, strict=True))
FEWEST = 5_500  # cells; may grow, never fall
MOST_UNSOWN = 50  # lines with "?"; may fall, never grow
#: What each role is shown somewhere, so that the scanner proves itself.
SHOWN = {
    "N": "D0 D1 D2 D3 D4 D5",
    "C": "D0 D1 D2 D3 D4 D5 D9",
    "DR": "D0 D1 D2 D3 D4 D5 D6",
    "PH": "D0 D1 D3 D4 D5 D6",
    "LB": "D1 D5",
    "RC": "D0 D1 D2",
    "AD": "D0 D1 D2 D3 D4 D5 D9 D10",
    "PV": "D0 D1 D9",
    "PT": "D1 D3 D6",
}


def named(route: PolicyRoute) -> str:
    """Name a route as its line does."""
    return f"{'POST' if 'POST' in (route.methods or ()) else 'GET'} {route.path}"


ROUTES = {named(route): route for route in [*PUBLIC, *modules.ROUTES]}


def test_every_route_has_its_line() -> None:
    missing, gone = ROUTES.keys() - LINES.keys(), LINES.keys() - ROUTES.keys()
    lacking = "".join(f"\n{name} | who holds it | - | -" for name in sorted(missing))
    assert not missing, f"Say who may come, a line each in {FILES}/routes.txt:{lacking}"
    assert not gone, f"No such route any more: take these out of {FILES}/routes.txt: {gone}"


def test_every_view_of_every_screen_has_its_line() -> None:
    there = {f"{kind.name} {view}" for kind in live.KINDS.values() for view in kind.views}
    missing, gone = there - VIEWS.keys(), VIEWS.keys() - there
    assert not missing, f"Say who is given it, a line each in {FILES}/screens.txt: {missing}"
    assert not gone, f"No such view any more: take these out of {FILES}/screens.txt: {gone}"


def test_the_declared_table_is_that_of_the_code() -> None:
    assert {KNOWN[role]: classes(SEES, role) for role in ROLES} == dict(READS)


def test_each_policy_lets_in_whom_its_line_declares() -> None:
    wrong = []
    for name in LINES.keys() & ROUTES.keys():
        line, permission = LINES[name], ROUTES[name].policy.permission
        if line.wall or (line.open and permission is None):
            continue
        held = RULES[permission].roles - {Role.WALL} if permission else frozenset(Role)
        declared = {KNOWN[role] for role in line.holds}
        if line.open or declared != held:
            wrong.append(f"{name}: declared {sorted(declared)}, the policy says {sorted(held)}")
    assert not wrong, "\n".join(wrong)


def test_the_matrix_does_not_shrink() -> None:
    tried = [line for line in LINES.values() if not line.open]
    cells = sum(1 + len(USERS) + len(line.holds) * line.stranger for line in tried)
    assert cells + 2 * len(live.KINDS) * len(ROLES) >= FEWEST
    unsown = [line.name for line in tried if line.unsown]
    assert len(unsown) <= MOST_UNSOWN, f"Sow what these are about: {unsown}"


@pytest.fixture
async def there(ward: Running, role: str) -> AsyncIterator[Cells]:
    """Somebody of the role, in the hospital with the secret words."""
    door = Door(ward.url)
    if role in USERS:
        await door.sign_in(USERS[role])
    if role == WALL:
        door.cookie = f"ward_wall={WALL_TOKEN}"
    near, far = await samples(ward.node, "near"), await samples(ward.node, "far")
    yield Cells(role, door, near, far)
    await door.close()


@pytest.mark.begins(fill=seeded)
@pytest.mark.parametrize("role", [*USERS, WALL, NOBODY])
async def test_each_cell_is_as_declared(there: Cells, role: str) -> None:
    for line in LINES.values():
        await there.route(line)
    for side in (there.near, there.far):
        asked = topics(side)
        given = await watch(there.door.url, there.door.cookie, asked, wall=role == WALL)
        for topic, kind in asked.items():
            there.screen(VIEWS, kind, given[topic], side=side)
    assert not there.wrong, "\n".join(there.wrong)
    shown = {data for _, data in there.seen}
    assert shown == set(SHOWN.get(role, "").split()), "the scanner found too little, or too much"
