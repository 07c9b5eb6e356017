"""NEWS2: the National Early Warning Score of the Royal College of Physicians, 2017.

Source of every number: RCP, "National Early Warning Score (NEWS) 2", London 2017, charts 2 and 4
(chart 1 is `domain.news2_chart`); reused with acknowledgement. When the next set is due, and what
makes an alert, is `domain.monitoring`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType

from domain import news2_chart, vitals
from domain.vitals import Absent, Acvpu, Vital

ALGORITHM = "NEWS2-2017"

YOUNGEST = 16  # years; children and pregnant women have charts of their own
MEDIUM_FROM, HIGH_FROM = 5, 7  # aggregate, chart 2
RED = 3  # points of one parameter, chart 2


class Scale(IntEnum):
    """Which SpO2 scale applies; 2 only after a recorded decision by a clinician."""

    ONE = 1
    TWO = 2


class Item(StrEnum):
    """The seven inputs, in the order of the chart."""

    RESP_RATE = "resp_rate"
    SPO2 = "spo2"
    OXYGEN = "oxygen"
    SBP = "sbp"
    PULSE = "pulse"
    CONSCIOUSNESS = "consciousness"
    TEMP = "temp"

    @property
    def word(self) -> str:
        """Name the input as a sentence does."""
        return _ITEMS[self]


class Band(StrEnum):
    """How worrying a score is, from routine to emergency."""

    LOW = "low"
    LOW_MEDIUM = "low-medium"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Give the place in the order of worry, from 0."""
        return list(Band).index(self)

    @property
    def word(self) -> str:
        """Name the band as the card does."""
        return "3 in one" if self is Band.LOW_MEDIUM else self.value

    @property
    def tone(self) -> str | None:
        """Name the colour and shape of the design system; a low score is plain."""
        return _TONES.get(self)

    @property
    def risk(self) -> str:
        """Name the clinical risk as chart 2 does."""
        return self.value

    @property
    def continuous(self) -> bool:
        """Tell whether the patient is to be watched continuously."""
        return self is Band.HIGH


def band_of(total: int, *, red: bool) -> Band:
    """Place an aggregate into its band; chart 2, most worrying first."""
    if total >= HIGH_FROM:
        return Band.HIGH
    if total >= MEDIUM_FROM:
        return Band.MEDIUM
    return Band.LOW_MEDIUM if red else Band.LOW


Number = Decimal | Absent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """One set of observations; None is not recorded, an absence says why there is no value."""

    resp_rate: Number = None
    spo2: Number = None
    oxygen: bool | None = None
    sbp: Number = None
    pulse: Number = None
    consciousness: Acvpu | Absent | None = None
    temp: Number = None
    scale: Scale = Scale.ONE

    def of(self, item: Item) -> Decimal | Acvpu | Absent | bool | None:
        """Return one input by its name."""
        found: Decimal | Acvpu | Absent | bool | None = getattr(self, item.value)
        return found


@dataclass(frozen=True, slots=True)
class Result:
    """A score with everything that explains it; only a complete set has a total and a band."""

    points: Mapping[Item, int | None]
    missing: tuple[Item, ...]  # not recorded, or absent for a reason that is no emergency
    not_recordable: tuple[Item, ...]  # tried, and there was nothing to measure
    scale: Scale
    applicable: bool = True
    reason: str = ""  # why it does not apply
    algorithm: str = ALGORITHM

    @property
    def complete(self) -> bool:
        """Tell whether all seven inputs are there and the score applies."""
        return self.applicable and not self.missing and not self.not_recordable

    @property
    def at_least(self) -> int:
        """Sum what is known: missing values can only raise it."""
        return sum(points or 0 for points in self.points.values())

    @property
    def total(self) -> int | None:
        """Return the score, or None: a partial sum is never stored or trended as NEWS2."""
        return self.at_least if self.complete else None

    @property
    def reds(self) -> tuple[Item, ...]:
        """List the inputs that score 3 by themselves."""
        return tuple(item for item, points in self.points.items() if points == RED)

    @property
    def single_three(self) -> bool:
        """Tell whether one input scores 3, also in a partial set."""
        return bool(self.reds)

    @property
    def band(self) -> Band | None:
        """Return the band of a complete score."""
        return band_of(self.at_least, red=self.single_three) if self.complete else None

    @property
    def emergency(self) -> bool:
        """Tell whether the emergency response is due, complete or not."""
        return bool(self.not_recordable) or self.at_least >= HIGH_FROM

    @property
    def urgency(self) -> Band | None:
        """Return the band whose response is due now; a partial set has one once it is certain.

        A partial set that is not yet worrying has none: it is incomplete, not low.
        """
        if self.emergency:
            return Band.HIGH
        if not self.applicable:
            return None
        certain = band_of(self.at_least, red=self.single_three)
        return certain if self.complete or certain is not Band.LOW else None

    @property
    def response(self) -> str:
        """Say what to do now, in our own words."""
        if self.urgency is None:
            return self.reason or f"Incomplete. Still needed: {words(self.missing)}."
        if self.urgency is Band.LOW and self.at_least == 0:
            return "Routine monitoring."
        return _RESPONSES[self.urgency]


_ITEMS = MappingProxyType(
    {
        Item.RESP_RATE: "respiratory rate",
        Item.SPO2: "oxygen saturation",
        Item.OXYGEN: "air or oxygen",
        Item.SBP: "systolic blood pressure",
        Item.PULSE: "pulse",
        Item.CONSCIOUSNESS: "consciousness",
        Item.TEMP: "temperature",
    }
)
_TONES = MappingProxyType(
    {Band.LOW_MEDIUM: "caution", Band.MEDIUM: "warning", Band.HIGH: "critical"}
)
_RESPONSES = MappingProxyType(
    {
        Band.LOW: "Tell the registered nurse, who assesses the patient and decides whether to "
        "observe more often or to escalate.",
        Band.LOW_MEDIUM: "The registered nurse tells the medical team, who review the patient "
        "and decide whether to escalate.",
        Band.MEDIUM: "Urgent. Tell the medical team now. Assessment by a clinician or team "
        "competent in acute illness. Care where the patient can be monitored.",
        Band.HIGH: "Emergency. Tell at least a specialist registrar now. Assessment by a team "
        "with critical care and airway skills. Consider a higher level of care. Monitor "
        "continuously.",
    }
)


def score(inputs: Inputs, *, age_years: int | None, pregnant: bool | None) -> Result:
    """Score one set of observations; whoever it is not made for gets a reason, not a number."""
    lost = tuple(item for item in Item if inputs.of(item) is Absent.NOT_RECORDABLE)
    reason = _not_for(age_years, pregnant=pregnant)
    if reason:
        nothing = MappingProxyType(dict.fromkeys(Item))
        return Result(nothing, (), lost, inputs.scale, applicable=False, reason=reason)
    points = MappingProxyType({item: _points(item, inputs) for item in Item})
    missing = tuple(
        item
        for item in Item
        if item not in lost and (inputs.of(item) is None or isinstance(inputs.of(item), Absent))
    )
    return Result(points, missing, lost, inputs.scale)


def words(items: tuple[Item, ...]) -> str:
    """List inputs as a sentence does: pulse and temperature."""
    *most, last = [item.word for item in items] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def too_young(age_years: int | None) -> bool:
    """Say whether a patient is known to be a child, whom this score is not made for."""
    return age_years is not None and age_years < YOUNGEST


def _not_for(age_years: int | None, *, pregnant: bool | None) -> str:
    if age_years is None:
        return "The age is not known, so NEWS2 is not evaluated."
    if too_young(age_years):
        return f"NEWS2 is not for patients under {YOUNGEST}. Use the chart for children."
    return "NEWS2 is not for pregnancy. Use the obstetric chart." if pregnant else ""


def _points(item: Item, inputs: Inputs) -> int | None:
    """Score one input; None when it is not known, or hangs on another that is not."""
    match inputs.of(item):
        case None | Absent():
            return None
        case bool(oxygen):
            return 2 if oxygen else 0  # any supplemental oxygen, on either scale; never a red 3
        case Acvpu() as level:
            return 0 if level is Acvpu.ALERT else RED
        case Decimal() as value:
            vital = Vital(item.value)
            vitals.possible(vital, value)  # no score is computed from what cannot be
            return news2_chart.points(vital, value, scale=inputs.scale, oxygen=inputs.oxygen)
