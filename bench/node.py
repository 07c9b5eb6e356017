"""Node: serves one node for a measurement, as `ward serve` does; `--without-trail` for comparing."""

import sys

from ward import serve
from ward.config import settings
from ward.trail import AuditIntent, Trail


async def _untold(_trail: Trail, _intent: AuditIntent) -> None:
    """Keep no trail of looks: only to see what the trail costs."""


if __name__ == "__main__":
    if "--without-trail" in sys.argv:
        Trail.commit = _untold  # type: ignore[method-assign]
    serve.run(settings())
