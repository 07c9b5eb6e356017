"""Ordering: a line of the order form read into the order it says; nothing is guessed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain import infusions
from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.formulary import Drug, Route, Unit, unlisted
from domain.frequencies import FREQUENCIES, Code
from domain.infusions import Rate, RateUnit
from domain.orders import OrderKind, RequestPriority
from domain.prescribing import Circumstance
from domain.schedules import First, Offer, first_dose
from ward.medications import legible
from ward.medications.details import Infused, Limits, OrderDetail, TaperStep
from ward.medications.held import Held
from ward.medications.models import MedicationRequest
from ward.medications.offers import routes_of, units_of
from ward.medications.ordering_fields import Reading, Typed
from ward.medications.planning import plan_of

#: A start that is typed as now is already past when it arrives. Engineering default.
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, repr=False)
class Written:
    """One line of the form: what was typed, and the order as far as it can be read."""

    typed: Typed
    drug: Drug
    detail: OrderDetail | None
    starts_at: datetime
    stops_at: datetime | None = None
    priority: RequestPriority = RequestPriority.ROUTINE
    offer: Offer | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)  # what cannot be read, or not be so
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def problems(self) -> dict[str, str]:
        """Give what keeps the line from being signed, by field."""
        return {**self.missing, **self.wrong}


def read(typed: Typed, held: Held, now: datetime) -> Written:
    """Read a line; what is wrong stands at its field, and the rules are asked about the rest."""
    reading, drug = Reading(typed), unlisted(typed["generic"])
    code = reading.choice("frequency", Code, "How often")
    starts_at = _start(reading, code, held.zone, now)
    stops_at = reading.moment("stops", "The stop", held.zone)
    priority = RequestPriority.STAT if _at_once(typed, code) else RequestPriority.ROUTINE
    detail = _detail(reading, drug, code)
    offer = None
    if detail is not None and not reading.missing:
        span = MedicationRequest(starts_at=starts_at, stops_at=stops_at)
        offer = _planned(reading, detail, held, span)
    return Written(
        typed, drug, detail, starts_at, stops_at, priority, offer, reading.wrong, reading.missing
    )


def _at_once(typed: Typed, code: Code | None) -> bool:
    return typed.yes("stat") or code is Code.STAT


def _start(reading: Reading, code: Code | None, zone: ZoneInfo, now: datetime) -> datetime:
    if code is Code.ONCE and not reading.typed["starts"] and not reading.typed.yes("infusion"):
        reading.missing["starts"] = "When is it given? Give date and time."
    at = reading.moment("starts", "The start", zone)
    if at is None:
        return now
    if at < now - PATIENCE:
        reading.wrong["starts"] = "This start has passed. Leave it empty to start now."
    return max(at, now)


def _detail(reading: Reading, drug: Drug, code: Code | None) -> OrderDetail | None:
    """Read everything that belongs into the order; None while a part of it is open."""
    typed = reading.typed
    route = reading.choice("route", Route, "Route")
    unit = reading.choice("unit", Unit, "Unit")
    if route and route not in routes_of(drug):
        reading.wrong["route"] = "Choose one of the routes of this medicine."
    if unit and unit not in units_of(drug):
        reading.wrong["unit"] = "Choose one of the units of this medicine."
    steps = _steps(reading)
    dose = reading.number("dose", "Dose", needed=not typed.rows)
    infused = _infused(reading) if typed.yes("infusion") else None
    first = steps[0].dose if steps else dose
    read = _Common.of(reading, code)
    if code is None or route is None or unit is None or first is None or reading.wrong:
        return None
    if infused is None and typed.yes("infusion"):
        return None
    return OrderDetail(
        generic=drug.generic,
        dose=first,
        unit=unit,
        route=route,
        frequency=code,
        kind=_kind(code, infused),
        form=read.form,
        dose_most=_most(reading, first) if not steps else None,
        times=read.times,
        weekday=read.weekday,
        monthday=read.monthday,
        steps=steps,
        first=_first(typed["first"]),
        count=read.count,
        limits=read.limits,
        infusion=infused,
        modified_release=typed.yes("modified_release"),
        circumstances=tuple(one for one in Circumstance if typed.yes(f"is_{one.value}")),
        indication=read.indication,
        note=read.note,
    )


def _kind(code: Code, infused: Infused | None) -> OrderKind:
    if infused is not None:
        return OrderKind.INFUSION
    if code is Code.PRN:
        return OrderKind.AS_REQUIRED
    return OrderKind.ONCE if code in {Code.STAT, Code.ONCE} else OrderKind.REGULAR


@dataclass(frozen=True, slots=True, repr=False)
class _Common:
    """What every kind of order may have."""

    form: str
    times: tuple[time, ...]
    weekday: int | None
    monthday: int | None
    count: int | None
    limits: Limits | None
    indication: str
    note: str

    @classmethod
    def of(cls, reading: Reading, code: Code | None) -> "_Common":
        monthly = code is Code.MO
        day = reading.whole("monthday", "Day of the month", needed=True) if monthly else None
        return cls(
            form=reading.words("form", "Form"),
            times=reading.times("times") if _own_times(reading.typed, code) else (),
            weekday=_weekday(reading) if code is Code.WK else None,
            monthday=day,
            count=reading.whole("count", "Number of doses"),
            limits=_limits(reading) if code is Code.PRN else None,
            indication=reading.words("indication", "Indication", needed=code is Code.PRN),
            note=reading.words("note", "Note"),
        )


def _own_times(typed: Typed, code: Code | None) -> bool:
    return bool(typed["times"]) and code is not None and FREQUENCIES[code].kind.by_clock


def _weekday(reading: Reading) -> int | None:
    text = reading.typed["weekday"]
    if text in {str(at) for at in range(7)}:
        return int(text)
    reading.missing["weekday"] = "On which day of the week?"
    return None


def _first(text: str) -> First:
    return First(text) if text in set(First) else First.STANDARD


def _limits(reading: Reading) -> Limits:
    interval = reading.number("interval", "The least time between two doses", needed=True)
    factor = 1 if reading.typed["interval_in"] == "minutes" else 60
    most, count = (
        reading.number("max_24h", "The most in 24 hours"),
        reading.whole("max_count", "The most doses in 24 hours"),
    )
    if most is None and count is None and not {"max_24h", "max_count"} & reading.wrong.keys():
        reading.missing["max_24h"] = "The most in 24 hours is missing: as a dose or as a count."
    minutes = interval * factor if interval is not None else None
    if minutes is not None and minutes % 1:
        reading.wrong["interval"] = "Give the time between two doses in whole minutes."
        minutes = None
    return Limits(int(minutes) if minutes else None, most, count)


def _most(reading: Reading, dose: Decimal) -> Decimal | None:
    most = reading.number("dose_most", "The upper dose")
    if most is not None and most <= dose:
        reading.wrong["dose_most"] = "The upper dose of a range is more than the lower."
        return None
    return most


def _steps(reading: Reading) -> tuple[TaperStep, ...]:
    """Read the rows of a taper; only the last may leave its days open."""
    found: list[TaperStep] = []
    for at, (dose, days) in enumerate(reading.typed.steps()):
        if not dose and not days:
            continue
        amount = reading.number(f"step_dose_{at}", f"Dose of step {at + 1}", needed=True)
        long = reading.whole(f"step_days_{at}", f"Days of step {at + 1}")
        if amount is not None:
            found.append(TaperStep(amount, long))
    if reading.typed.rows and not found:
        reading.missing["step_dose_0"] = "Write the steps, or take them away."
    return tuple(found)


def _infused(reading: Reading) -> Infused | None:
    """Read bag, rate and limits; the dose of the order is what is in the bag."""
    volume = reading.number("volume", "Volume of the bag", needed=True)
    rate = reading.number("rate", "Rate", needed=True)
    unit = reading.typed["rate_unit"]
    if not unit:
        reading.missing["rate_unit"] = "Unit of the rate is missing."
    least, most = reading.number("least", "Least rate"), reading.number("most", "Maximum rate")
    weight = reading.number("weight", "Weight")
    if volume is None or rate is None or not unit:
        return None
    made = Infused(
        volume_ml=volume,
        rate=rate,
        rate_unit=unit,
        diluent=reading.words("diluent", "Diluent"),
        least=least,
        most=most,
        weight_kg=weight,
        target=reading.words("target", "Target"),
    )
    try:
        _check_infused(made)
    except NotAllowed as refused:
        reading.refuse(refused, "rate")
        return None
    return made


def _check_infused(made: Infused) -> None:
    unit = RateUnit.read(made.rate_unit)
    limits = [Rate(one, unit) if one is not None else None for one in (made.least, made.most)]
    infusions.check_limits(Rate(made.rate, unit), *limits)
    if unit.per_kg and made.weight_kg is None:
        raise NotAllowed("A rate per kg needs the weight of the patient.", "infusion.weight")


def pump_rate(detail: OrderDetail) -> Decimal | None:
    """Work out what the pump is set to, in mL/h; None where the units do not meet."""
    made = detail.infusion
    if made is None:
        return None
    try:
        bag = infusions.Bag(Amount(detail.dose, detail.unit), made.volume_ml)
        rate = Rate(made.rate, RateUnit.read(made.rate_unit))
        return infusions.on_pump(infusions.ml_per_hour(rate, bag, made.weight_kg))
    except NotAllowed:
        return None


def _planned(
    reading: Reading, detail: OrderDetail, held: Held, span: MedicationRequest
) -> Offer | None:
    """Ask what a signature will ask; the gap that a first dose at once would leave comes back."""
    try:
        offer = first_dose(plan_of(span, detail, held))
    except NotAllowed as refused:
        reading.refuse(refused, "frequency")
        return None
    try:
        legible.check(span, detail, held)
    except NotAllowed as refused:
        reading.refuse(refused, "frequency")
    return offer
