"""Forms: what somebody says of an alert, read into types, and the choices that are offered."""

from datetime import time

from starlette.requests import Request

from domain.alerts import ASKED, Cause, Decline, Response, Tier
from domain.duty import DutyRole
from domain.escalation import DEFAULTS, Policy, Step
from ward.errors import Invalid
from ward.patients.forms import plain
from ward.web import field, optional

LONGEST = 500
ROWS = 4  # steps that the form of a policy offers

RESPONSES = [(one.value, one.word, None) for one in Response]
REASONS = [(one.value, one.word, None) for one in Decline]
OUTCOMES = [(one.value, one.word) for one in ASKED]
CLOSINGS = [(one.value, one.word, None) for one in ASKED]
WAITS = [(minutes, f"{minutes} min", None) for minutes in (10, 20, 30)]
PARTS = [(one.value, one.word) for one in DutyRole]
TIERS = [(str(int(one)), f"{int(one)}: {one.word}") for one in Tier]


async def text(request: Request, name: str = "text") -> str | None:
    """Read a note that may be left empty."""
    said = await optional(request, name, str)
    return plain(name, said, LONGEST) if said else None


async def words(request: Request, missing: str, name: str = "text") -> str:
    """Read words that must be said."""
    return plain(name, await field(request, name, str, missing=missing), LONGEST)


async def hours(request: Request) -> tuple[time, time]:
    """Read from when to when a policy stands; both empty: all day."""
    first = await optional(request, "from_time", time)
    last = await optional(request, "to_time", time)
    if (first is None) != (last is None):
        raise Invalid({"to_time": "Give both times, or leave both empty for all day."})
    return first or time(), last or time()


async def steps(request: Request) -> tuple[Step, ...]:
    """Read whom a policy calls, one after the other; empty rows are left out."""
    said: list[Step] = []
    for row in range(1, ROWS + 1):
        part = await optional(request, f"part_{row}", DutyRole)
        minutes = await optional(request, f"minutes_{row}", int)
        if (part is None) != (minutes is None):
            raise Invalid({f"part_{row}": f"Call {row} needs both whom and minutes."})
        if part is not None and minutes is not None:
            said.append(Step(part, minutes))
    return tuple(said)


def offered_steps(policy: Policy | None, cause: Cause) -> list[tuple[str, int | str]]:
    """Fill the form of a policy with the one that stands."""
    standing = policy.steps if policy else DEFAULTS[cause][1]
    filled: list[tuple[str, int | str]] = [(one.part.value, one.minutes) for one in standing]
    return (filled + [("", "")] * ROWS)[: max(ROWS, len(filled))]
