"""Course: how a patient of the demo fares: stable, recovering or getting worse. Pure, and seeded.

Invented: no number here is a clinical one. Values stay inside the usual ranges of
`domain/data/vitals.csv`, so nobody has to be asked; what they score is NEWS2's business.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from random import Random
from types import MappingProxyType

from domain.oxygen import Device
from domain.vitals import PARAMETERS, Acvpu, Vital
from ward.dev.people import Member


class Kind(StrEnum):
    """What becomes of somebody while one looks on."""

    STABLE = "stable"
    RECOVERING = "recovering"
    DETERIORATING = "deteriorating"


@dataclass(frozen=True, slots=True)
class Course:
    """One patient's course, over the hours since the admission.

    An illness begins at `onset`, takes `rise` hours to its `peak` (1: very ill), stays there for
    `hold` hours, since then somebody treats it, and passes within `fall`. With `every` it returns.
    """

    seed: str
    kind: Kind
    onset: float = 0.0
    rise: float = 6.0
    hold: float = 1.5
    fall: float = 8.0
    peak: float = 0.0
    every: float | None = None

    def severity(self, hours: float) -> float:
        """Say how ill the patient is then, from 0 to 1."""
        since = hours - self.onset
        if since < 0 or not self.peak:
            return 0.0
        since = since % self.every if self.every else since
        if since < self.rise:
            return self.peak * since / self.rise
        over = since - self.rise - self.hold
        return self.peak * (1 - min(1.0, max(0.0, over) / self.fall))

    def moving(self, hours: float) -> bool:
        """Say whether the patient changes now, so that somebody looks often."""
        return self.severity(hours) > LOOK_OFTEN


@dataclass(frozen=True, slots=True)
class Measured:
    """One round at the bedside."""

    values: dict[Vital, Decimal]
    consciousness: Acvpu
    device: Device


LOOK_OFTEN = 0.2
#: What somebody may have all the time: a little that scores a point.
_TRAITS = (
    (Vital.SPO2, -2.4),
    (Vital.PULSE, 23.0),
    (Vital.RESP_RATE, -4.5),
    (Vital.SBP, -20.0),
    (Vital.TEMP, -0.9),
)
_WITH_TRAIT = 0.45  # of all
_FRAILTY = {Vital.RESP_RATE: 6.5, Vital.SPO2: -5.0}  # and oxygen: looked at every hour
_FRAIL = 0.14  # of those who are stable
_OXYGEN_FROM = 0.42
_CONFUSED_FROM = 0.93

#: What is usual, how far it goes when somebody is very ill, and how much it varies by itself.
_WAYS = MappingProxyType(
    {
        Vital.RESP_RATE: (15.5, 12.0, 1.2),
        Vital.SPO2: (97.2, -7.0, 0.6),
        Vital.SBP: (126.0, -30.0, 6.0),
        Vital.DBP: (76.0, -16.0, 4.0),
        Vital.PULSE: (72.0, 46.0, 4.0),
        Vital.TEMP: (36.8, 1.8, 0.15),
    }
)
#: Whom pictures and stories show: how long before the demo began the illness did.
_SHOWN = MappingProxyType(
    {
        "55001011": (Kind.DETERIORATING, 4.6),  # Okafor: calls for somebody at once
        "55001003": (Kind.DETERIORATING, 3.4),  # Müller: on the way there
        "0012345": (Kind.DETERIORATING, 6.1),  # Joan Smith: worse than this morning
        "55001016": (Kind.RECOVERING, 14.0),  # Baptiste
        "55001019": (Kind.RECOVERING, 8.2),  # van der Berg
    }
)
_PEAK = MappingProxyType({"0012345": 0.43})  # stays below the highest band, for whoever tries her
_ILL, _MENDING = 0.07, 0.32  # of all others


def course_of(one: Member) -> Course:
    """Give the course of one of the cast: always the same."""
    dice = Random(f"course:{one.mrn}")  # noqa: S311 - a story, no secret
    chance, lead = dice.random(), dice.uniform(16, 60)
    kind = Kind.STABLE
    if chance < _MENDING:
        kind = Kind.DETERIORATING if chance < _ILL else Kind.RECOVERING
    kind, lead = _SHOWN.get(one.mrn, (kind, lead))
    onset = one.hours - lead if one.lies else dice.uniform(1, 6)
    if kind is Kind.STABLE:
        return Course(one.mrn, kind)
    if kind is Kind.RECOVERING:
        if not one.lies:
            onset = -8.0  # the worst is over when they come
        return Course(one.mrn, kind, onset, hold=2.0, fall=dice.uniform(20, 40), peak=0.46)
    peak = _PEAK.get(one.mrn, dice.uniform(0.85, 1.0))
    return Course(one.mrn, kind, onset, peak=peak, every=dice.uniform(60, 84))


def measure(course: Course, hours: float) -> Measured:
    """Measure the patient then: the same hour gives the same values."""
    usual = Random(f"{course.seed}:usual")  # noqa: S311
    now = Random(f"{course.seed}:{hours:.2f}")  # noqa: S311
    frail = course.kind is Kind.STABLE and usual.random() < _FRAIL
    lasting = _FRAILTY if frail else _trait(usual)
    ill = course.severity(hours)
    found = {
        vital: base
        + usual.gauss(0, vary)
        + worse * ill
        + now.gauss(0, vary / 2)
        + lasting.get(vital, 0.0)
        for vital, (base, worse, vary) in _WAYS.items()
    }
    oxygen = frail or ill >= _OXYGEN_FROM
    if oxygen:
        found[Vital.SPO2] += 2.0
    values = {vital: _at_step(vital, value) for vital, value in found.items()}
    values[Vital.DBP] = min(values[Vital.DBP], values[Vital.SBP] - 20)
    if oxygen:
        values[Vital.O2_FLOW] = Decimal(2 if ill < (_OXYGEN_FROM + 1) / 2 else 4)
    confused = ill >= _CONFUSED_FROM and usual.random() < 1 / 3
    return Measured(
        values=values,
        consciousness=Acvpu.CONFUSED if confused else Acvpu.ALERT,
        device=Device.NASAL_CANNULA if oxygen else Device.AIR,
    )


def _trait(usual: Random) -> dict[Vital, float]:
    """Give what scores a point all the time, or nothing."""
    return dict([usual.choice(_TRAITS)]) if usual.random() < _WITH_TRAIT else {}


def _at_step(vital: Vital, value: float) -> Decimal:
    """Bring a value to the step of the chart, inside what nobody is asked about."""
    parameter = PARAMETERS[vital]
    step, low, high = parameter.precision, parameter.soft_min, parameter.soft_max
    assert step is not None
    assert low is not None
    assert high is not None
    return min(max(Decimal(value).quantize(step), low), high)
