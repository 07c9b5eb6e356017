"""Laboratory: the last values that the rules of ordering ask for, if they are new enough."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from ward.labs.queries import LastValue, last
from ward.work import Work

EGFR, POTASSIUM, PLATELETS = "egfr", "k", "plt"  # keys of domain.analytes
#: How old a value may be to order by. Engineering defaults: kidneys change slowly, salts do not.
WITHIN = {
    EGFR: timedelta(days=90),
    POTASSIUM: timedelta(days=7),
    PLATELETS: timedelta(days=7),
}


@dataclass(frozen=True, slots=True)
class Values:
    """What is known; None: not measured, or too long ago."""

    egfr: Decimal | None = None
    potassium: Decimal | None = None
    platelets: Decimal | None = None


async def values(aside: Work, patient_id: UUID) -> Values:
    """Read the last values; of one beyond its scale the limit of the scale counts."""
    found = (await last(aside, [patient_id], WITHIN)).get(patient_id, {})
    fresh = {key: _fresh(one, WITHIN[key], aside.now) for key, one in found.items()}
    return Values(fresh.get(EGFR), fresh.get(POTASSIUM), fresh.get(PLATELETS))


def _fresh(one: LastValue, within: timedelta, now: datetime) -> Decimal | None:
    return one.number if one.at > now - within else None
