"""NEWS2 chart: which measured value scores how many points.

Source: Royal College of Physicians, "National Early Warning Score (NEWS) 2", London 2017, chart 1;
reused with acknowledgement. A copy as rows, `tests/data/clinical/news2_scoring.csv`, is compared
with this file value by value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from types import MappingProxyType

from domain.vitals import PARAMETERS, Vital


@dataclass(frozen=True, slots=True)
class Step:
    """Values that score alike, both ends included; None is open."""

    low: Decimal | None
    high: Decimal | None
    points: int

    def holds(self, value: Decimal) -> bool:
        """Tell whether a value at the resolution of the chart lies in this step."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)


def _steps(vital: Vital, *highest: tuple[str, int]) -> tuple[Step, ...]:
    """Read (highest value, points) from the lowest step up; "-" is the open end."""
    resolution = PARAMETERS[vital].precision or Decimal(1)
    low, steps = None, list[Step]()
    for edge, points in highest:
        high = None if edge == "-" else Decimal(edge)
        steps.append(Step(low, high, points))
        low = None if high is None else high + resolution
    return tuple(steps)


_CHART: Mapping[Vital, tuple[Step, ...]] = MappingProxyType(
    {
        vital: _steps(vital, *highest)
        for vital, highest in {
            Vital.RESP_RATE: (("8", 3), ("11", 1), ("20", 0), ("24", 2), ("-", 3)),
            Vital.SBP: (("90", 3), ("100", 2), ("110", 1), ("219", 0), ("-", 3)),
            Vital.PULSE: (("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2), ("-", 3)),
            Vital.TEMP: (("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), ("-", 2)),
        }.items()
    }
)
_LOW_SIDE = (("83", 3), ("85", 2), ("87", 1))  # scale 2, alike on air and on oxygen
_ONE = _steps(Vital.SPO2, ("91", 3), ("93", 2), ("95", 1), ("-", 0))
_TWO_ON_AIR = _steps(Vital.SPO2, *_LOW_SIDE, ("-", 0))
_TWO_ON_OXYGEN = _steps(Vital.SPO2, *_LOW_SIDE, ("92", 0), ("94", 1), ("96", 2), ("-", 3))


def steps(vital: Vital, *, scale: int = 1, oxygen: bool = False) -> tuple[Step, ...]:
    """List the steps of one parameter, lowest values first."""
    if vital is not Vital.SPO2:
        return _CHART[vital]
    if scale == 1:
        return _ONE
    return _TWO_ON_OXYGEN if oxygen else _TWO_ON_AIR


def points(vital: Vital, value: Decimal, *, scale: int, oxygen: bool | None) -> int | None:
    """Score a value; None where it hangs on air or oxygen and nobody recorded which."""
    if oxygen is not None:
        return _scored(steps(vital, scale=scale, oxygen=oxygen), vital, value)
    on_air = _scored(steps(vital, scale=scale, oxygen=False), vital, value)
    on_oxygen = _scored(steps(vital, scale=scale, oxygen=True), vital, value)
    return on_air if on_air == on_oxygen else None


def _scored(of: tuple[Step, ...], vital: Vital, value: Decimal) -> int:
    """Score at the resolution of the chart; an exact half counts as the worse (our choice)."""
    resolution = PARAMETERS[vital].precision or Decimal(1)
    below = (value / resolution).to_integral_value(ROUND_FLOOR) * resolution
    above = (value / resolution).to_integral_value(ROUND_CEILING) * resolution
    lower, upper = (next(step.points for step in of if step.holds(near)) for near in (below, above))
    if value - below == above - value:
        return max(lower, upper)
    return lower if value - below < above - value else upper
