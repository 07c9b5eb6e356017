"""Dosage: an order of another system in the words of the chart; nothing unclear is guessed."""

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from domain import frequencies
from domain.errors import NotAllowed
from domain.formulary import FORMULARY, Drug, Route, Unit, named
from domain.frequencies import DAY, Code, Frequency, Kind
from domain.orders import OrderKind, RequestPriority
from ward.interop.hl7.datatypes import Coded
from ward.interop.hl7.models import ReviewReason
from ward.interop.hl7.outbound import tables
from ward.interop.hl7.rde import OrderFields, Timed
from ward.interop.hl7.waits import Waits
from ward.medications.details import Limits, OrderDetail
from ward.medications.prescribe import Ordered

_RXNORM = frozenset({"RXNORM", "RXN"})
_BY_CODE = {drug.rxnorm: drug for drug in FORMULARY.values() if drug.rxnorm}
_STAT, _AS_NEEDED = "S", "PRN"  # table 0485
_LONGEST_NOTE = 500
_ONCE = frozenset({Code.STAT, Code.ONCE})


def ordered(sent: OrderFields, now: datetime, source_hash: bytes | None) -> Ordered:
    """Give an order that can be signed, or wait with what is not clear."""
    timed = sent.timed
    if timed.untimely:
        raise _unclear("A start or stop is no date or time.")
    return Ordered(
        detail=detail(sent),
        starts_at=timed.start.at if timed.start else now,
        stops_at=timed.stop.at if timed.stop else None,
        priority=_priority(timed),
        source_hash=source_hash,
    )


def detail(sent: OrderFields) -> OrderDetail:
    """Write what is to be given as the chart does."""
    if sent.runs:
        raise _unclear("An infusion or a mixture is ordered on the chart, not by a message.")
    if sent.several:
        raise _unclear("The order has several timings or routes.")
    drug, unit = medicine(sent.drugs), _unit(sent.unit)
    frequency, limits = _often(sent.timed)
    least, most = _number(sent.least, "dose"), _most(sent)
    return OrderDetail(
        generic=drug.generic,
        dose=least,
        dose_most=most if most and most > least else None,
        unit=unit,
        route=_route(sent.route),
        frequency=frequency.code,
        kind=_kind(frequency),
        form=sent.form.text or sent.form.code,
        count=_count(sent.timed),
        limits=limits,
        indication=_indication(sent),
        note=_note(sent),
    )


def medicine(drugs: tuple[Coded, ...]) -> Drug:
    """Find the one medicine of the house that is meant, by its RxNorm code or its name."""
    found = {drug.generic: drug for one in drugs for drug in _meant(one)}
    if len(found) != 1:
        words = " or ".join(one.text or one.code for one in drugs) or "Nothing"
        why = "no medicine of the house" if not found else "no single medicine"
        raise Waits(ReviewReason.UNKNOWN_MEDICINE, f"{words[:200]} is {why}.")
    return next(iter(found.values()))


def _meant(sent: Coded) -> list[Drug]:
    """List what a code and a name mean; a code that we know under another name is two medicines."""
    by_code = _BY_CODE.get(sent.code) if sent.system.upper() in _RXNORM else None
    by_name = named(sent.text) if sent.text else None
    if sent.system.upper() in _RXNORM and by_code is None:
        return []  # the code of a product, or of a medicine that is not ours
    return [drug for drug in (by_code, by_name) if drug is not None]


def _unit(sent: Coded) -> Unit:
    unit = tables.unit_in(sent.code, sent.text)
    if unit is None:
        raise _unclear(f"{_words(sent, 'No unit')} is no unit of a dose known here.")
    return unit


def _route(sent: Coded) -> Route:
    route = tables.route_in(sent.code, sent.text)
    if route is None:
        raise _unclear(f"{_words(sent, 'No route')} is no route known here.")
    return route


def _often(timed: Timed) -> tuple[Frequency, Limits | None]:
    """Read how often; as required, the pattern says how soon again."""
    as_needed = _AS_NEEDED in {timed.priority.upper(), timed.condition.strip().upper()}
    pattern = timed.pattern.strip()
    if pattern.upper().startswith(f"{_AS_NEEDED}") or (as_needed and not pattern):
        return frequencies.FREQUENCIES[Code.PRN], None
    if not pattern and timed.priority.upper() == _STAT:
        return frequencies.FREQUENCIES[Code.STAT], None
    try:
        found = frequencies.find(pattern)
    except NotAllowed as refused:
        raise _unclear(refused.sentence if pattern else "No frequency was sent.") from None
    if as_needed and found.interval is not None:
        return frequencies.FREQUENCIES[Code.PRN], _limits(found.interval)
    if found.code is Code.ONCE and timed.priority.upper() == _STAT:
        return frequencies.FREQUENCIES[Code.STAT], None
    if found.kind in {Kind.WEEKLY, Kind.MONTHLY}:
        raise _unclear("The day of the week or month is not in the message.")
    return found, None


def _limits(interval: timedelta) -> Limits:
    """Give the limits that an interval between doses says: how soon again, how often in 24 h."""
    minutes = int(interval.total_seconds() // 60)
    return Limits(min_interval_minutes=minutes, max_count=max(DAY // interval, 1))


def _kind(frequency: Frequency) -> OrderKind:
    if frequency.code is Code.PRN:
        return OrderKind.AS_REQUIRED
    return OrderKind.ONCE if frequency.code in _ONCE else OrderKind.REGULAR


def _priority(timed: Timed) -> RequestPriority:
    stat = timed.priority.upper() == _STAT or timed.pattern.strip().upper() == Code.STAT
    return RequestPriority.STAT if stat else RequestPriority.ROUTINE


def _count(timed: Timed) -> int | None:
    if not timed.total:
        return None
    if not timed.total.isdecimal() or int(timed.total) == 0:
        raise _unclear("The number of doses cannot be read.")
    return int(timed.total)


def _most(sent: OrderFields) -> Decimal | None:
    return _number(sent.most, "largest dose") if sent.most else None


def _number(text: str, what: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise _unclear(f"The {what} is no number.") from None
    if not found.is_finite() or found <= 0:
        raise _unclear(f"The {what} is no number above 0.")
    return found


def _indication(sent: OrderFields) -> str:
    return (sent.indication.text or sent.indication.code)[:_LONGEST_NOTE]


def _note(sent: OrderFields) -> str:
    by = sent.prescriber
    who = f"Ordered by {by.name.family}, {by.name.given}".strip(", ") if by else ""
    return "\n".join(one for one in (who, *sent.instructions) if one)[:_LONGEST_NOTE]


def _words(sent: Coded, otherwise: str) -> str:
    return (sent.text or sent.code)[:100] or otherwise


def _unclear(sentence: str) -> Waits:
    return Waits(ReviewReason.UNCLEAR_ORDER, sentence)
