"""Forms: the fields of the bedside, as typed, and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData, QueryParams

from domain import vitals
from domain.errors import NotAllowed
from domain.fluids import Fluid
from domain.news2 import Item
from domain.oxygen import Device
from domain.vitals import PARAMETERS, Absent, Acvpu, Vital
from ward.errors import Invalid
from ward.vitals.models import SetSource
from ward.vitals.said import Said

#: In the order of the chart; oxygen stands after saturation.
SCORED = (
    Vital.RESP_RATE,
    Vital.SPO2,
    Vital.SBP,
    Vital.DBP,
    Vital.PULSE,
    Vital.TEMP,
)
OXYGEN = (Vital.O2_FLOW, Vital.FIO2)
MORE = (
    Vital.PAIN,
    Vital.GLUCOSE_MMOL,
    Vital.WEIGHT,
    Vital.HEIGHT,
    Vital.URINE_OUTPUT,
    Vital.GCS_EYE,
    Vital.GCS_VERBAL,
    Vital.GCS_MOTOR,
)
NUMBERS = (*SCORED, *OXYGEN, *MORE)
ABSENT = (*(vital for vital in SCORED if vital is not Vital.DBP), Vital.CONSCIOUSNESS)
AIR, ON_OXYGEN = "air", "oxygen"
LONGEST_NOTE = 500
_LONGEST = 20

#: Where the points of an input are written: beside which field.
BESIDE: Mapping[Item, str] = MappingProxyType(
    {item: "o2" if item is Item.OXYGEN else item.value for item in Item}
)


@dataclass(frozen=True, slots=True, repr=False)
class Typed:
    """What a form holds, kept as typed so that it can be shown again."""

    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: FormData | QueryParams) -> "Typed":
        """Take the fields of the bedside out of a form; everything else is left."""
        texts = {name: str(form.get(name) or "").strip() for name in _NAMES if form.get(name)}
        return cls(texts)

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    def said(self, zone: ZoneInfo, now: datetime) -> tuple[Said, dict[str, str]]:
        """Read what can be read; the second is what cannot, each field with its sentence."""
        wrong: dict[str, str] = {}
        values = _numbers(self, wrong)
        device = _device(self, wrong)
        if self["o2"] == AIR:
            values = {vital: value for vital, value in values.items() if vital not in OXYGEN}
        said = Said(
            taken_at=_when(self, zone, now, wrong),
            values=values,
            absent=_absent(self, wrong),
            consciousness=_level(self, wrong),
            device=device,
            sure=frozenset(vital for vital in NUMBERS if self[f"sure_{vital}"] == "yes"),
            note=_note(self, wrong),
            source=_source(self, wrong),
        )
        return said, wrong


_NAMES = (
    *(vital.value for vital in NUMBERS),
    *(f"sure_{vital.value}" for vital in NUMBERS),
    *(f"absent_{vital.value}" for vital in ABSENT),
    *("o2", "device", "consciousness", "taken_at", "note", "paper"),
)


def _numbers(typed: Typed, wrong: dict[str, str]) -> dict[Vital, Decimal]:
    values: dict[Vital, Decimal] = {}
    for vital in NUMBERS:
        text = typed[vital.value]
        if not text:
            continue
        try:
            values[vital] = vitals.read(vital, text[:_LONGEST])
        except NotAllowed as refused:
            wrong[vital.value] = refused.sentence
    return values


def _device(typed: Typed, wrong: dict[str, str]) -> Device | None:
    if typed["o2"] == AIR:
        return Device.AIR
    try:
        device = Device(typed["device"]) if typed["device"] else None
    except ValueError:
        device = None
    if typed["o2"] == ON_OXYGEN and device in {None, Device.AIR}:
        wrong["device"] = "Choose how the oxygen is given."
        return None
    if not typed["o2"] and (device or any(typed[vital.value] for vital in OXYGEN)):
        wrong["o2"] = "Choose room air or oxygen."
        return None
    return device


def _absent(typed: Typed, wrong: dict[str, str]) -> dict[Vital, Absent]:
    found: dict[Vital, Absent] = {}
    for vital in ABSENT:
        if text := typed[f"absent_{vital.value}"]:
            try:
                found[vital] = Absent(text)
            except ValueError:
                wrong[vital.value] = "Choose one of the reasons."
    return found


def _level(typed: Typed, wrong: dict[str, str]) -> Acvpu | None:
    text = typed["consciousness"]
    try:
        return Acvpu(text) if text else None
    except ValueError:
        wrong["consciousness"] = "Choose one of the levels."
        return None


def _when(typed: Typed, zone: ZoneInfo, now: datetime, wrong: dict[str, str]) -> datetime:
    text = typed["taken_at"]
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        wrong["taken_at"] = "Give date and time as 20-Nov-2026 14:02."
        return now
    return at.replace(tzinfo=zone) if at.tzinfo is None else at


def _note(typed: Typed, wrong: dict[str, str]) -> str | None:
    text = typed["note"]
    if len(text) > LONGEST_NOTE or "\x00" in text:
        wrong["note"] = f"This note is longer than {LONGEST_NOTE} letters. Shorten it."
        return None
    return text or None


def _source(typed: Typed, wrong: dict[str, str]) -> SetSource:
    if typed["paper"] != "yes":
        return SetSource.BEDSIDE
    if not typed["taken_at"]:
        wrong["taken_at"] = "Give the time that is written on the paper."
    return SetSource.PAPER


def heard(said: Said) -> Typed:
    """Fill the form with what was charted, to correct it."""
    texts = {vital.value: str(value) for vital, value in said.values.items()}
    texts |= {f"absent_{vital.value}": why.value for vital, why in said.absent.items()}
    if said.device is not None:
        texts["o2"] = AIR if said.device is Device.AIR else ON_OXYGEN
        texts["device"] = said.device.value
    elif any(vital in said.values for vital in OXYGEN):
        texts["o2"] = ON_OXYGEN
    if said.consciousness is not None:
        texts["consciousness"] = said.consciousness.value
    if said.note:
        texts["note"] = said.note
    return Typed(texts)


@dataclass(frozen=True, slots=True)
class Box:
    """One number to type: its label, its unit, which keypad it opens."""

    name: str
    label: str
    unit: str
    keypad: str


def box(vital: Vital) -> Box:
    """Describe the field of one parameter."""
    parameter = PARAMETERS[vital]
    keypad = "numeric" if parameter.precision == 1 else "decimal"
    label, unit = _WORDS.get(vital, (parameter.name, parameter.unit))
    return Box(vital.value, label, unit, keypad)


_WORDS = {
    Vital.RESP_RATE: ("Respirations", "per minute"),
    Vital.SPO2: ("SpO₂", "%"),
    Vital.SBP: ("Systolic", "mmHg"),
    Vital.DBP: ("Diastolic", "mmHg"),
    Vital.PULSE: ("Pulse", "per minute"),
    Vital.TEMP: ("Temperature", "°C"),
    Vital.O2_FLOW: ("Flow", "L/min"),
    Vital.FIO2: ("FiO₂", "%"),
    Vital.PAIN: ("Pain", "0 to 10"),
    Vital.GLUCOSE_MMOL: ("Capillary glucose", "mmol/L"),
    Vital.WEIGHT: ("Weight", "kg"),
    Vital.HEIGHT: ("Height", "cm"),
    Vital.URINE_OUTPUT: ("Urine since last set", "mL"),
    Vital.GCS_EYE: ("Coma score: eye", "1 to 4"),
    Vital.GCS_VERBAL: ("Coma score: verbal", "1 to 5"),
    Vital.GCS_MOTOR: ("Coma score: motor", "1 to 6"),
}
BOXES: Mapping[str, Box] = MappingProxyType({vital.value: box(vital) for vital in NUMBERS})
MORE_BOXES = [BOXES[vital.value] for vital in MORE]
LEVELS = [(level.value, level.word) for level in Acvpu]
DEVICES = [(device.value, device.word) for device in Device if device is not Device.AIR]
REASONS = [(why.value, why.word) for why in Absent]
FLUIDS_IN = [(one.value, one.word, None) for one in Fluid if one.is_intake]
FLUIDS_OUT = [(one.value, one.word, None) for one in Fluid if not one.is_intake]


def required(form: FormData, name: str, sentence: str) -> str:
    """Read a text that must be there."""
    text = str(form.get(name) or "").strip()
    if not text or "\x00" in text:
        raise Invalid({name: sentence})
    return text[:LONGEST_NOTE]
