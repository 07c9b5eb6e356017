"""Prescribing: what is ordered for whom, and what a rule finds about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.allergies import Allergy, AllergyState, Category, Kind
from domain.errors import NotAllowed
from domain.formulary import Drug, Route, Unit

#: Of all rules and tables together; it rises with every change, and overrides keep it.
VERSION = "1"


class Tier(StrEnum):
    """How far a finding goes: it stands beside the order, asks for a reason, or stops it."""

    INLINE = "inline"
    REASON = "reason"
    STOP = "stop"

    @property
    def rank(self) -> int:
        """Give the place in the order of weight, from 0."""
        return list(Tier).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says about an order."""

    rule: str
    tier: Tier
    sentence: str
    management: str = ""
    about: tuple[str, ...] = ()  # plain names, sorted: the medicines, or the allergy
    version: str = VERSION


class Rhythm(StrEnum):
    """How often an order gives."""

    ONCE = "once"
    DAILY = "daily"  # every day, once or more often
    WEEKLY = "weekly"
    OTHER = "other"  # alternate days, monthly, in courses


class Circumstance(StrEnum):
    """What is documented about an order and changes what a rule says."""

    ONCOLOGY = "oncology"
    PUMP = "pump"
    SWITCHING = "switching"  # a documented protocol from one anticoagulant to another
    LINE_FLUSH = "line-flush"  # low dose, for the patency of a line
    OBSTETRIC = "obstetric"
    IMPORTED = "imported"  # another system ordered it


class Condition(StrEnum):
    """What is documented about a patient and changes what a rule says."""

    PALLIATIVE = "palliative"
    KIDNEY_INJURY = "acute-kidney-injury"
    HEART_FAILURE = "heart-failure"
    LIVER_DISEASE = "liver-disease"
    MALNUTRITION = "malnutrition"


class Pregnancy(StrEnum):
    """Whether a patient is pregnant; `NO` also says that it cannot be."""

    YES = "yes"
    NO = "no"
    NOT_RECORDED = "not-recorded"


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """An allergy or intolerance as the rules of prescribing need it."""

    allergy: Allergy
    kind: Kind = Kind.ALLERGY
    category: Category | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A medicine as it is ordered; None is not said, and never means none."""

    drug: Drug
    route: Route
    dose: Decimal | None = None
    unit: Unit | None = None
    rhythm: Rhythm = Rhythm.DAILY
    weekday: int | None = None  # of a weekly order, 0 is Monday
    prn: bool = False
    stat: bool = False
    infusion: bool = False
    modified_release: bool = False
    max_rate: Decimal | None = None  # of an infusion, in whatever the pump counts
    per_day: Decimal | None = None  # most in 24 h, in `unit`
    least_gap: timedelta | None = None  # shortest time between two doses
    circumstances: frozenset[Circumstance] = frozenset()
    starts_at: datetime | None = None  # None: now
    id: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse amounts that are none, and a day that no week has."""
        for amount in (self.dose, self.per_day, self.max_rate):
            if amount is not None and not (amount.is_finite() and amount > 0):
                raise NotAllowed("A dose or rate is a number above 0.", "medications.amount")
        if self.weekday is not None and self.weekday not in range(7):
            raise NotAllowed("Choose a day of the week.", "medications.weekday")


@dataclass(frozen=True, slots=True)
class Stopped:
    """An order that is over, and when its last dose was given."""

    order: Order
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of the patient at the moment of the check; None is not known."""

    at: datetime
    allergy_state: AllergyState
    allergies: tuple[Sensitivity, ...] = ()
    orders: tuple[Order, ...] = ()  # active ones; the order itself may be among them, by its id
    stopped: tuple[Stopped, ...] = ()
    age_years: int | None = None
    age_days: int | None = None
    weight: Decimal | None = None  # kg
    pregnancy: Pregnancy = Pregnancy.NOT_RECORDED
    weeks: int | None = None  # of pregnancy
    trimester: int | None = None
    egfr: Decimal | None = None  # mL/min/1.73 m2
    potassium: Decimal | None = None  # mmol/L
    platelets: Decimal | None = None  # 10*9/L
    conditions: frozenset[Condition] = frozenset()

    def others(self, order: Order) -> tuple[Order, ...]:
        """List the active orders without the one that is checked."""
        if order.id is None:
            return self.orders
        return tuple(other for other in self.orders if other.id != order.id)
