"""Node: serves one node for a measurement, as `ward serve` does.

`--without-trail` serves for comparing; `--without-limits` lets one person search all day;
`--meter=FILE` times each push beside a bare loop; `--without-due` looks for nothing that falls due;
`--parts=mllp,worker` runs these beside the pages.
"""

import sys
from pathlib import Path

from bench import meter
from ward import serve
from ward.config import settings
from ward.jobs import Runner
from ward.security.limits import Limit, Limits
from ward.trail import AuditIntent, Trail
from ward.watch import Watching


async def _untold(_trail: Trail, _intent: AuditIntent, *_patience: float) -> None:
    """Keep no trail of looks: only to see what the trail costs."""


async def _unlimited(_limits: Limits, _limit: Limit, _whom: str) -> None:
    """Count nothing."""


async def _nothing_due(_self: object) -> None:
    """Let nothing fall due: only to see what the looking costs."""


if __name__ == "__main__":
    if "--without-due" in sys.argv:
        Runner.start = Runner.stop = _nothing_due  # type: ignore[assignment, method-assign]
        Watching.due = _nothing_due  # type: ignore[assignment, method-assign]
    if "--without-trail" in sys.argv:
        Trail.commit = _untold  # type: ignore[method-assign]
    if "--without-limits" in sys.argv:
        Limits.spend = _unlimited  # type: ignore[assignment, method-assign]
    for option in sys.argv:
        if option.startswith("--meter="):
            meter.install(Path(option.partition("=")[2]))
    named = [one.partition("=")[2].split(",") for one in sys.argv if one.startswith("--parts=")]
    serve.run(settings(), parts=frozenset(part for one in named for part in one))
