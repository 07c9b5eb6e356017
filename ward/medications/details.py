"""Details: what is sealed of an order, of a dose and of what was done with it."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal

from domain.doses import NotGiven
from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.orders import OrderKind
from domain.prescribing import Circumstance
from domain.schedules import First
from domain.windows import LateChoice


@dataclass(frozen=True, slots=True, repr=False)
class TaperStep:
    """So much for so many days; the last step may last until the order is stopped."""

    dose: Decimal
    days: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Limits:
    """How often and how much of an order as required; the indication stands in the order."""

    min_interval_minutes: int | None = None
    max_24h: Decimal | None = None  # in the unit of the dose
    max_count: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Infused:
    """How an infusion is made up and run: the dose of the order is what is in the bag."""

    volume_ml: Decimal
    rate: Decimal
    rate_unit: str  # domain.infusions.RateUnit.code
    diluent: str = ""
    least: Decimal | None = None  # limits of titration, in `rate_unit`
    most: Decimal | None = None
    weight_kg: Decimal | None = None  # that a rate per kg was worked out with
    target: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class OrderDetail:
    """A medicine as it is ordered; everything a nurse must read to give it."""

    generic: str
    dose: Decimal
    unit: Unit
    route: Route
    frequency: Code
    kind: OrderKind
    form: str = ""
    dose_most: Decimal | None = None  # of a range: 5 to 10 mg
    times: tuple[time, ...] = ()  # of this order; none: those of the ward
    weekday: int | None = None
    monthday: int | None = None
    steps: tuple[TaperStep, ...] = ()
    first: First = First.STANDARD
    count: int | None = None
    limits: Limits | None = None
    infusion: Infused | None = None
    modified_release: bool = False
    circumstances: tuple[Circumstance, ...] = ()
    indication: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Changed:
    """What an act on an order was about: the order before and after, and why."""

    was: OrderDetail | None = None
    now: OrderDetail | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class GivenAmount:
    """How much a dose is, or was."""

    value: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True, repr=False)
class GivenDetail:
    """What is sealed of an administration: how much, how, out of which pack, and why (not)."""

    amount: GivenAmount | None = None  # None: nothing went in
    route: Route | None = None
    reason: NotGiven | None = None
    text: str = ""  # in words: why not, why part, why as required, why early
    late_choice: LateChoice | None = None
    gtin: str = ""
    lot: str = ""
    expires: str = ""
    site: str = ""
    note: str = ""
    identifiers: tuple[str, ...] = ()  # compared by eye where no code was read
    second: str = ""  # of paper: the second person as written there; nobody signed here


@dataclass(frozen=True, slots=True, repr=False)
class Pumped:
    """What a pump was set to at one moment; 0 is a pause."""

    ml_h: Decimal
    rate: Decimal | None = None
    rate_unit: str = ""
    volume_ml: Decimal | None = None  # of a new bag, or what went in at the end
    reason: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Overridden:
    """A finding that somebody answered for."""

    sentence: str
    about: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Scanned:
    """When a band was read, and whose it was; kept in a claim between two scans."""

    at: datetime
    issue: str | None = None
