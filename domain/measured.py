"""Measured: a value as a device sends it, in the unit and at the step of the chart.

Unit codes are UCUM's; a text in braces is an annotation and changes nothing (UCUM, section 2.4).
"""

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from types import MappingProxyType

from domain import news2_chart
from domain.errors import NotAllowed
from domain.vitals import MMHG_IN_KPA, PARAMETERS, Vital

_ANNOTATION = re.compile(r"\{[^{}]*\}")
_PRESSURES = (Vital.SBP, Vital.DBP, Vital.MAP, Vital.ETCO2)
_SCORED = frozenset({Vital.RESP_RATE, Vital.SPO2, Vital.SBP, Vital.PULSE, Vital.TEMP})

#: The same unit written in another way: UCUM knows litres by both letters, and 1/x as /x or x-1.
_SAME: Mapping[str, str] = MappingProxyType(
    {"1/min": "/min", "min-1": "/min", "l/min": "L/min", "ml": "mL", "1": ""}
)


def _fahrenheit(value: Decimal) -> Decimal:
    return (value - 32) * 5 / 9


def _kilopascal(value: Decimal) -> Decimal:
    return value * MMHG_IN_KPA


#: The only conversions: each exact by definition, or by the factor that `domain.vitals` cites.
#: Glucose has none: each of its two units has a code of its own.
_CONVERTED: Mapping[tuple[Vital, str], Callable[[Decimal], Decimal]] = MappingProxyType(
    {
        (Vital.TEMP, "[degF]"): _fahrenheit,
        (Vital.TEMP, "°F"): _fahrenheit,
        **{(vital, "kPa"): _kilopascal for vital in _PRESSURES},
        (Vital.WEIGHT, "g"): lambda value: value / 1000,
        (Vital.HEIGHT, "m"): lambda value: value * 100,
    }
)


def in_chart_unit(vital: Vital, value: Decimal, unit: str) -> Decimal:
    """Bring a value into the unit of the chart, or refuse it: no unit is guessed."""
    parameter = PARAMETERS[vital]
    plain = _plain(unit)
    if plain in {_plain(parameter.ucum), parameter.unit}:
        return value
    if convert := _CONVERTED.get((vital, plain)):
        return convert(value)
    wanted = f"It is charted in {parameter.unit}." if parameter.unit else "It has no unit."
    if not unit.strip():
        raise NotAllowed(f"{parameter.name} was sent without a unit. {wanted}", "measured.unit")
    raise NotAllowed(f"{parameter.name} was sent in another unit. {wanted}", "measured.unit")


def _plain(unit: str) -> str:
    bare = _ANNOTATION.sub("", unit.strip())
    return _SAME.get(bare, bare)


def at_chart_step(
    vital: Vital, value: Decimal, *, scale: int = 1, oxygen: bool | None = None
) -> Decimal:
    """Round a value to the step of the chart; an exact half to what scores worse (our choice).

    `oxygen` None: nobody knows, so the worse of both counts. Where both neighbours score alike,
    and for what does not score, a half is rounded up.
    """
    step = PARAMETERS[vital].precision
    if step is None:
        raise NotAllowed(f"{PARAMETERS[vital].name} is not a number.", "vitals.not-a-number")
    steps = value / step
    low, high = (steps.to_integral_value(way) * step for way in (ROUND_FLOOR, ROUND_CEILING))
    if value - low != high - value or vital not in _SCORED:
        return (steps.to_integral_value(ROUND_HALF_UP) * step).quantize(step)
    worse = _points(vital, low, scale, oxygen) > _points(vital, high, scale, oxygen)
    return (low if worse else high).quantize(step)


def _points(vital: Vital, value: Decimal, scale: int, oxygen: bool | None) -> int:  # noqa: FBT001
    states = (False, True) if oxygen is None else (oxygen,)
    return max(news2_chart.points(vital, value, scale=scale, oxygen=one) or 0 for one in states)
