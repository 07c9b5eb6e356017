"""Vitals: what is measured at the bedside, what can be typed, what is unlikely, what is impossible.

Codes, units, ranges and steps are those of `data/vitals.csv` (see `data/SOURCES.md`).
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from domain.errors import NotAllowed


class Vital(StrEnum):
    """One thing that is measured; the value is its key in `data/vitals.csv`."""

    RESP_RATE = "resp_rate"
    SPO2 = "spo2"
    O2_FLOW = "o2_flow"
    FIO2 = "fio2"
    SBP = "sbp"
    DBP = "dbp"
    MAP = "map"
    PULSE = "pulse"
    TEMP = "temp"
    CONSCIOUSNESS = "consciousness"
    GCS_TOTAL = "gcs_total"
    GCS_EYE = "gcs_eye"
    GCS_VERBAL = "gcs_verbal"
    GCS_MOTOR = "gcs_motor"
    PAIN = "pain"
    GLUCOSE_MGDL = "glucose_cap_mgdl"
    GLUCOSE_MMOL = "glucose_cap_mmol"
    WEIGHT = "weight"
    HEIGHT = "height"
    BMI = "bmi"
    HEAD_CIRC = "head_circ"
    URINE_OUTPUT = "urine_output"
    URINE_OUTPUT_24H = "urine_output_24h"
    ETCO2 = "etco2"


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one vital sign is named, coded and bounded; consciousness has no numbers."""

    key: Vital
    name: str
    loinc: str
    ucum: str
    hard_min: Decimal | None
    hard_max: Decimal | None
    soft_min: Decimal | None
    soft_max: Decimal | None
    precision: Decimal | None
    news2: bool  # it scores by itself; flow and FiO2 only tell air from oxygen

    @property
    def unit(self) -> str:
        """Write the unit as staff read it: mmHg, °C; a score has none."""
        return _UNITS.get(self.ucum, self.ucum)

    def write(self, value: Decimal) -> str:
        """Write a value with its unit: 36.8 °C."""
        return f"{value} {self.unit}".strip()


class Acvpu(StrEnum):
    """Level of consciousness; C is new confusion, for which LOINC has no answer code."""

    ALERT = "A"
    CONFUSED = "C"
    VOICE = "V"
    PAIN = "P"
    UNRESPONSIVE = "U"

    @property
    def word(self) -> str:
        """Name the level as a button does."""
        return _LEVELS[self]

    @property
    def spoken(self) -> str:
        """Name the level with its letter, for labels that are read aloud."""
        return f"{self.value}, {self.word.lower()}"


class Absent(StrEnum):
    """Why there is no value. Never a 0.

    Codes of http://terminology.hl7.org/CodeSystem/data-absent-reason (R4), but for the first: it
    has no code for "tried, and there was nothing to measure", and the binding is extensible.
    """

    NOT_RECORDABLE = "not-recordable"  # ours; an emergency, whatever the other values are
    DECLINED = "asked-declined"
    NOT_DONE = "not-performed"
    DEVICE_FAILED = "error"

    @property
    def word(self) -> str:
        """Say why as the form and the chart do."""
        return _ABSENT[self]

    @property
    def fhir(self) -> str | None:
        """Translate to the FHIR code system; None: send our own code alone."""
        return None if self is Absent.NOT_RECORDABLE else self.value


_LEVELS = MappingProxyType(
    {
        Acvpu.ALERT: "Alert",
        Acvpu.CONFUSED: "New confusion",
        Acvpu.VOICE: "Responds to voice",
        Acvpu.PAIN: "Responds to pain",
        Acvpu.UNRESPONSIVE: "Unresponsive",
    }
)
_ABSENT = MappingProxyType(
    {
        Absent.NOT_RECORDABLE: "Not recordable",
        Absent.DECLINED: "Patient declined",
        Absent.NOT_DONE: "Not done",
        Absent.DEVICE_FAILED: "Device failed",
    }
)
_UNITS = MappingProxyType(
    {
        "mm[Hg]": "mmHg",
        "Cel": "°C",
        "{score}": "",
        "kg/m2": "kg/m²",
        "mL/(24.h)": "mL/24 h",
    }
)


def _parameter(row: Mapping[str, str]) -> Parameter:
    def number(column: str) -> Decimal | None:
        return Decimal(row[column]) if row[column] else None

    return Parameter(
        key=Vital(row["key"]),
        name=row["name"],
        loinc=row["loinc"],
        ucum=row["ucum"],
        hard_min=number("hard_min"),
        hard_max=number("hard_max"),
        soft_min=number("soft_min"),
        soft_max=number("soft_max"),
        precision=number("precision"),
        news2=row["news2"] == "yes",
    )


def _load() -> Mapping[Vital, Parameter]:
    with (Path(__file__).parent / "data" / "vitals.csv").open(encoding="utf-8", newline="") as file:
        found = [_parameter(row) for row in csv.DictReader(file)]
    return MappingProxyType({parameter.key: parameter for parameter in found})


PARAMETERS = _load()

_NUMBER = re.compile(r"-?\d{1,7}(?:[.,]\d{1,6})?", re.ASCII)
_THOUSANDS = re.compile(r"-?\d{1,3}[.,]\d{3}", re.ASCII)


def read(key: Vital, text: str) -> Decimal:
    """Read what was typed, or say in a sentence why it cannot be; nothing is rounded."""
    parameter, text = PARAMETERS[key], text.strip()
    if not _NUMBER.fullmatch(text):
        raise NotAllowed(f"Enter {parameter.name.lower()} as a number.", "vitals.not-a-number")
    if _THOUSANDS.fullmatch(text):  # 1,500 may be meant as 1500 or as 1.5
        raise NotAllowed("Write the number without a sign between thousands.", "vitals.thousands")
    return check(key, Decimal(text.replace(",", ".")))


def check(key: Vital, value: Decimal) -> Decimal:
    """Return a value at its step, or refuse one that is impossible or finer than its step."""
    parameter = possible(key, value)
    step = parameter.precision
    assert step is not None  # possible() refuses what has no numbers
    if value % step:
        raise NotAllowed(f"Enter {parameter.name.lower()} {_in_steps(step)}.", "vitals.too-fine")
    return abs(value.quantize(step)) if not value else value.quantize(step)  # -0 is 0


def possible(key: Vital, value: Decimal) -> Parameter:
    """Refuse what no living patient and no working device shows; guess the unit if one fits."""
    parameter = PARAMETERS[key]
    low, high = parameter.hard_min, parameter.hard_max
    if low is None or high is None:
        raise NotAllowed(f"{parameter.name} is not a number.", "vitals.not-a-number")
    if value.is_finite() and low <= value <= high:
        return parameter
    sentence = f"{parameter.name} must be between {low} and {parameter.write(high)}."
    hint = _mixed(parameter, value) if value.is_finite() else ""
    raise NotAllowed(f"{sentence} {hint}".strip(), "vitals.impossible")


def unlikely(key: Vital, value: Decimal) -> str | None:
    """Ask about a value outside the usual range; it counts only after a yes."""
    parameter = PARAMETERS[key]
    low, high = parameter.soft_min, parameter.soft_max
    if low is None or high is None or low <= value <= high:
        return None
    return f"{parameter.name} {parameter.write(value)} is unusual. Is this right?"


MMHG_IN_KPA = Decimal("7.50062")  # 1 mmHg = 133.322 Pa (SI brochure, 8th edition, table 8)
_MGDL_IN_MMOL = Decimal("18.016")  # glucose, data/vitals.csv

#: What a number that is impossible here would be in another unit.
_OTHERS: Mapping[Vital, tuple[str, Callable[[Decimal], Decimal]]] = MappingProxyType(
    {
        Vital.TEMP: ("Fahrenheit", lambda value: (value - 32) * 5 / 9),
        Vital.SBP: ("kPa", lambda value: value * MMHG_IN_KPA),
        Vital.DBP: ("kPa", lambda value: value * MMHG_IN_KPA),
        Vital.MAP: ("kPa", lambda value: value * MMHG_IN_KPA),
        Vital.GLUCOSE_MGDL: ("mmol/L", lambda value: value * _MGDL_IN_MMOL),
        Vital.GLUCOSE_MMOL: ("mg/dL", lambda value: value / _MGDL_IN_MMOL),
        Vital.HEIGHT: ("metres", lambda value: value * 100),
        Vital.WEIGHT: ("grams", lambda value: value / 1000),
        Vital.FIO2: ("a fraction, not per cent", lambda value: value * 100),
    }
)


def _mixed(parameter: Parameter, value: Decimal) -> str:
    """Name the unit in which an impossible number would be a usual one."""
    unit, convert = _OTHERS.get(parameter.key, ("", Decimal))
    low, high = parameter.soft_min, parameter.soft_max
    fits = unit and low is not None and high is not None and low <= convert(value) <= high
    return f"This looks like {unit}." if fits else ""


def _in_steps(step: Decimal) -> str:
    if step == 1:
        return "without decimals"
    return "with one decimal" if step == Decimal("0.1") else f"in steps of {step}"


def check_pressure(systolic: Decimal | None, diastolic: Decimal | None) -> None:
    """Refuse a diastolic pressure that is not lower than the systolic one."""
    if systolic is not None and diastolic is not None and diastolic >= systolic:
        raise NotAllowed(
            f"Diastolic {diastolic} must be lower than systolic {systolic}.", "vitals.pressure"
        )


def check_coma(total: Decimal, eye: Decimal, verbal: Decimal, motor: Decimal) -> None:
    """Refuse a coma score that is not the sum of its three parts."""
    if total != eye + verbal + motor:
        raise NotAllowed(
            f"The coma score {total} is not {eye} + {verbal} + {motor}.", "vitals.coma"
        )


def mean_pressure(systolic: Decimal, diastolic: Decimal) -> Decimal:
    """Calculate the mean pressure, in whole mmHg; shown as calculated."""
    return ((systolic + 2 * diastolic) / 3).quantize(Decimal(1), ROUND_HALF_UP)


def body_mass_index(weight: Decimal, height: Decimal) -> Decimal:
    """Calculate kg/m² from kilograms and centimetres, to one decimal."""
    return (weight * 10_000 / (height * height)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def weight_changed(before: Decimal, now: Decimal) -> str | None:
    """Ask about a weight that differs from the last one by more than 10 %."""
    if abs(now - before) * 10 <= before:
        return None
    return f"The last weight was {before} kg. Is {now} kg right?"
