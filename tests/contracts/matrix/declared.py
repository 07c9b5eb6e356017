"""Declared: what tests/contracts/matrix/*.txt say of each route and screen, and the table of roles.

The table is that of docs, written down here once more: it is compared with the code, not read
from it.
"""

from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
WALL = "WL"
ROLES = ("N", "C", "DR", "PH", "LB", "RC", "BL", "AD", "PV", "PT", "WL")
USERS = {
    "N": "nurse", "C": "charge", "DR": "doctor", "PH": "pharmacist", "LB": "lab",
    "RC": "reception", "BL": "biller", "AD": "admin", "PV": "privacy", "PT": "patient",
}  # fmt: skip
#: Which classes of data a role may ever read. D7 and D8 have no data yet.
SEES = {
    "N": "D0 D1 D2 D3 D4 D5 D9",
    "C": "D0 D1 D2 D3 D4 D5 D9",
    "DR": "D0 D1 D2 D3 D4 D5 D6 D9",
    "PH": "D0 D1 D3 D4 D5 D6 D9",
    "LB": "D1 D5 D9",
    "RC": "D0 D1 D2 D9",
    "BL": "D1 D2 D8 D9",
    "AD": "D0 D1 D2 D3 D4 D5 D8 D9 D10",
    "PV": "D0 D1 D9 D10",
    "PT": "D0 D1 D2 D3 D4 D5 D6 D9",
    "WL": "D0",
    "nobody": "",
}
#: Which of a patient whom only a clerk, an overseer or the laboratory may look at.
SEES_FAR = {"RC": "D0 D1 D2", "AD": "D0 D1 D2 D3 D9", "PV": "D0 D1 D9", "LB": "D1 D5"}


def classes(table: dict[str, str], role: str) -> frozenset[str]:
    """Read a row of a table."""
    return frozenset(table.get(role, "").split())


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a route, or a view of a screen."""

    name: str
    holds: frozenset[str]
    unexplained: frozenset[str] = frozenset()  # they hold it, and nothing explains Ida to them
    far: frozenset[str] = frozenset()
    stranger: bool = True  # there is a stranger's to be refused
    sees: frozenset[str] = frozenset()
    fields: dict[str, str] = field(default_factory=dict)
    asks: bool = False  # a field is asked for before it is seen whose it is
    unsown: bool = False  # no row of it is in the hospital
    open: bool = False
    wall: bool = False

    @property
    def method(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.name.partition(" ")[2]


def lines(file: str) -> dict[str, Line]:
    """Read a file; two lines of one name are refused."""
    found: dict[str, Line] = {}
    for number, text in enumerate((HERE / file).read_text("utf-8").splitlines(), 1):
        if not text.strip() or text.startswith("#"):
            continue
        line = _read(text)
        assert line.name not in found, f"{file}:{number}: {line.name} is declared twice."
        found[line.name] = line
    return found


def _read(text: str) -> Line:
    name, who, *rest = (part.strip() for part in text.split("|"))
    if who in {"open", "wall"}:
        return Line(name, frozenset(), open=who == "open", wall=who == "wall", stranger=False)
    far, sees, fields = [*rest, "", "", ""][:3]
    if who == "-":
        who = ""
    marked = who.replace("all", " ".join(USERS)).split()
    unexplained = frozenset(one[1:] for one in marked if one.startswith("~"))
    holds = frozenset(one.removeprefix("~") for one in marked)
    reached = frozenset() if far in {"-", "=", "?"} else frozenset(far.split())
    shown = frozenset() if sees == "-" else frozenset(sees.split())
    unknown = (holds | reached) - set(ROLES)
    assert not unknown, f"{name}: no role is called {', '.join(sorted(unknown))}."
    asks = fields == "?"
    given = {} if asks else dict(pair.split("=", 1) for pair in fields.split())
    stranger = far not in {"=", "?"}
    return Line(name, holds, unexplained, reached, stranger, shown, given, asks, far == "?")
