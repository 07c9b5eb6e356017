"""Rights: the right patient, medicine, dose, route and time, each refused in its own words.

A wristband is scanned first, then each pack. What the scanner sent is judged again at the moment
of giving, with the order as it is then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from domain import gs1, windows
from domain.amounts import Amount
from domain.display import duration, minute_after, time_of
from domain.errors import NotAllowed
from domain.formulary import Route
from domain.windows import LateChoice, Timing

RESCAN = timedelta(minutes=10)  # after which, or after leaving the screen, the band is read again


class Stop(StrEnum):
    """Why a dose must not be given like this, gravest first; the value is the code of the refusal.

    What a code itself gets wrong (half scanned, check digit) is refused by `domain.gs1`.
    """

    ALREADY_GIVEN = "rights.already-given"
    ORDER_ENDED = "rights.order-ended"
    ORDER_CHANGED = "rights.order-changed"
    FUTURE = "rights.future"
    WRONG_PATIENT = "rights.wrong-patient"
    OLD_WRISTBAND = "rights.old-wristband"
    RESCAN = "rights.rescan"
    NO_WRISTBAND = "rights.no-wristband"
    TWO_IDENTIFIERS = "rights.two-identifiers"
    SECOND_PERSON = "rights.second-person"
    NO_PACK = "rights.no-pack"
    UNKNOWN_CODE = "rights.unknown-code"
    WRONG_DRUG = "rights.wrong-drug"
    EXPIRED = "rights.expired"
    WRONG_ROUTE = "rights.wrong-route"
    ROUTE_OF_PRODUCT = "rights.route-of-product"
    WRONG_DOSE = "rights.wrong-dose"
    TOO_SOON = "rights.too-soon"
    EARLY = "rights.early"
    LATE = "rights.late"

    @property
    def with_reason(self) -> bool:
        """Tell whether a nurse may go on after giving a reason; everything else is final."""
        return self in {Stop.EARLY, Stop.LATE}


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose dose it is: the numbers that may stand on the wristband."""

    gsrn: str | None
    issue: str | None = None  # of the wristband now valid; None: any
    mrn: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """What the formulary knows of a pack."""

    gtin: str
    generic: str
    routes: frozenset[Route]


@dataclass(frozen=True, slots=True)
class Done:
    """Who gave a dose, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is to be given, as it stands at this moment."""

    patient: Patient
    generic: str
    amount: Amount
    route: Route
    version: int  # of the order
    zone: tzinfo
    due_at: datetime | None = None  # None: as required
    width: timedelta | None = None  # half of the window
    least_at: datetime | None = None  # never before: a minimum interval after the last dose
    active: bool = True
    done: Done | None = None
    tolerance_percent: Decimal = Decimal(0)
    high_alert: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A wristband that was read, and when."""

    wristband: gs1.Wristband
    at: datetime
    left: bool = False  # the screen was left since


@dataclass(frozen=True, slots=True)
class Picked:
    """A pack that was read, and what it is; None: the formulary does not know it."""

    pack: gs1.Pack
    product: Product | None


class NoScan(StrEnum):
    """Why a code could not be scanned; counted for each ward."""

    DAMAGED = "damaged"
    NO_CODE = "no-code"
    EMERGENCY = "emergency"

    @property
    def word(self) -> str:
        """Say why as the form does."""
        return _NO_SCAN[self]


_NO_SCAN = MappingProxyType(
    {
        NoScan.DAMAGED: "Code damaged",
        NoScan.NO_CODE: "No code",
        NoScan.EMERGENCY: "Emergency",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByEye:
    """Identification without a scan: read from the patient and from the wristband."""

    reason: NoScan
    identifiers: frozenset[str]  # which were compared: name, birth date, record number
    second: bool = False  # a second person identified too

    def lacking(self, line: Line) -> "Refusal | None":
        """Say what is missing in a look that is not enough."""
        if len(self.identifiers) < 2:
            return Refusal(
                Stop.TWO_IDENTIFIERS,
                "Without a scan, compare two identifiers with the wristband.",
            )
        if line.high_alert and not self.second:
            return Refusal(
                Stop.SECOND_PERSON,
                "Without a scan, this high-alert medicine needs a second person.",
            )
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bedside:
    """What was scanned and entered for one dose."""

    seen_version: int  # of the order, when preparation began
    given_at: datetime
    amount: Amount
    route: Route
    band: Band | ByEye | None = None
    packs: tuple[Picked, ...] | ByEye = ()
    partly: bool = False  # with a reason; less than ordered is meant
    early_reason: str = ""
    late_choice: LateChoice | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One stop with its sentence."""

    stop: Stop
    sentence: str

    def error(self) -> NotAllowed:
        """Turn the stop into the refusal of a command."""
        return NotAllowed(self.sentence, self.stop.value)


def identify(scanned: str, patient: Patient, at: datetime, *, plain: bool = False) -> Band:
    """Read a wristband and hold it against the patient, or say why it is not theirs."""
    text = scanned.strip()
    if plain and text == patient.mrn:  # also where it looks like the start of another code
        return Band(gs1.Wristband(mrn=text), at)
    band = Band(gs1.wristband(text, plain=plain), at)
    refusal = _whose(band.wristband, patient)
    if refusal:
        raise refusal.error()
    return band


def pick(
    scanned: str, line: Line, now: datetime, product_of: Callable[[str], Product | None]
) -> Picked:
    """Read a pack and hold it against the line, or say why it is not the medicine."""
    local = now.astimezone(line.zone)
    found = gs1.pack(scanned, local.date())
    picked = Picked(found, product_of(found.gtin))
    refusal = _pack(picked, line, local)
    if refusal:
        raise refusal.error()
    return picked


def stops(line: Line, bedside: Bedside, now: datetime) -> tuple[Refusal, ...]:
    """List everything that is wrong, gravest first; nothing when the dose may be given."""
    found = [
        _done(line),
        _order(line, bedside),
        _future(bedside, now),
        _patient(line, bedside.band, now),
        *_packs(line, bedside, now),
        _route(line, bedside),
        _dose(line, bedside),
        _soon(line, bedside),
        _time(line, bedside),
    ]
    once = dict.fromkeys(refusal for refusal in found if refusal)
    return tuple(sorted(once, key=lambda refusal: list(Stop).index(refusal.stop)))


def check(line: Line, bedside: Bedside, now: datetime) -> None:
    """Refuse to give a dose for the gravest thing that is wrong."""
    found = stops(line, bedside, now)
    if found:
        raise found[0].error()


def _done(line: Line) -> Refusal | None:
    if line.done is None:
        return None
    at = time_of(line.done.at, line.zone)
    return Refusal(Stop.ALREADY_GIVEN, f"{line.done.by} gave this dose at {at}. Do not give it.")


def _order(line: Line, bedside: Bedside) -> Refusal | None:
    if not line.active:
        return Refusal(Stop.ORDER_ENDED, "The order is no longer active. Do not give this dose.")
    if line.version != bedside.seen_version:
        return Refusal(
            Stop.ORDER_CHANGED, "The order changed since you began. Read it, then start again."
        )
    return None


def _future(bedside: Bedside, now: datetime) -> Refusal | None:
    if bedside.given_at <= now:
        return None
    return Refusal(Stop.FUTURE, "This time has not come yet. Enter when the dose was given.")


def _patient(line: Line, band: Band | ByEye | None, now: datetime) -> Refusal | None:
    match band:
        case None:
            return Refusal(Stop.NO_WRISTBAND, "Scan the wristband first.")
        case ByEye():
            return band.lacking(line)
        case Band():
            return _whose(band.wristband, line.patient) or _stale(band, now)


def _whose(band: gs1.Wristband, patient: Patient) -> Refusal | None:
    theirs = (patient.gsrn, patient.mrn)
    read = (band.gsrn, band.mrn)
    if not any(
        mine is not None and mine == other for mine, other in zip(theirs, read, strict=True)
    ):
        return Refusal(
            Stop.WRONG_PATIENT,
            "This wristband belongs to another patient. Do not give this dose to them.",
        )
    if patient.issue is not None and band.issue is not None and band.issue != patient.issue:
        return Refusal(Stop.OLD_WRISTBAND, "This wristband has been replaced. Scan the newest one.")
    return None


def _stale(band: Band, now: datetime) -> Refusal | None:
    if not band.left and timedelta(0) <= now - band.at <= RESCAN:
        return None
    return Refusal(Stop.RESCAN, "Scan the wristband again: you may be at another bed by now.")


def _packs(line: Line, bedside: Bedside, now: datetime) -> Sequence[Refusal | None]:
    match bedside.packs:
        case ByEye() as look:
            return (look.lacking(line),)
        case ():
            return (Refusal(Stop.NO_PACK, "Scan the medicine before you give it."),)
        case packs:
            return [_pack(picked, line, now.astimezone(line.zone)) for picked in packs]


def _pack(picked: Picked, line: Line, local: datetime) -> Refusal | None:
    if picked.product is None:
        return Refusal(
            Stop.UNKNOWN_CODE, "This code is not in the formulary. Ask the pharmacy what it is."
        )
    if picked.product.generic.casefold() != line.generic.casefold():
        return Refusal(
            Stop.WRONG_DRUG, f"This is {picked.product.generic}; ordered is {line.generic}."
        )
    if picked.pack.expired(local):
        return Refusal(Stop.EXPIRED, "This pack has expired. Take another and set this one aside.")
    if line.route not in picked.product.routes:
        return Refusal(
            Stop.ROUTE_OF_PRODUCT,
            f"This {picked.product.generic} is not made for this route: {line.route.word}.",
        )
    return None


def _route(line: Line, bedside: Bedside) -> Refusal | None:
    if bedside.route is line.route:
        return None
    return Refusal(
        Stop.WRONG_ROUTE,
        f"Ordered route: {line.route.word}. This dose may not be {bedside.route.word}.",
    )


def _dose(line: Line, bedside: Bedside) -> Refusal | None:
    if line.amount.same(bedside.amount, line.tolerance_percent):
        return None
    if bedside.partly and _less(bedside.amount, line.amount):
        return None
    return Refusal(Stop.WRONG_DOSE, f"You entered {bedside.amount}; ordered is {line.amount}.")


def _less(given: Amount, ordered: Amount) -> bool:
    try:
        return 0 < given.to(ordered.unit).value < ordered.value
    except NotAllowed:
        return False


def _soon(line: Line, bedside: Bedside) -> Refusal | None:
    if line.least_at is None or bedside.given_at >= line.least_at:
        return None
    at = time_of(minute_after(line.least_at), line.zone)
    return Refusal(Stop.TOO_SOON, f"The minimum interval since the last dose ends at {at}. Wait.")


def _time(line: Line, bedside: Bedside) -> Refusal | None:
    if line.due_at is None or line.width is None:
        return None
    due = time_of(line.due_at, line.zone)
    match windows.timing(line.due_at, bedside.given_at, line.width):
        case Timing.EARLY if not bedside.early_reason.strip():
            long = duration(line.due_at - bedside.given_at)
            return Refusal(Stop.EARLY, f"Due at {due}, in {long}. Say why it is given early.")
        case Timing.LATE if bedside.late_choice not in {LateChoice.KEEP, LateChoice.SHIFT}:
            long = duration(bedside.given_at - line.due_at)
            return Refusal(
                Stop.LATE, f"Due at {due}, {long} ago. Choose what happens to the next doses."
            )
    return None
