"""Stops: what a refusal at the bedside looks like; each failure has its own heading."""

from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain.errors import NotAllowed
from domain.rights import Stop
from ward.render import render
from ward.web import by_htmx

#: By the code of the refusal, or by what it begins with.
_TITLES = MappingProxyType(
    {
        "rights.already-given": "Given already",
        "rights.order-ended": "Order ended",
        "rights.order-changed": "Order changed",
        "rights.future": "Not yet",
        "rights.wrong-patient": "Wrong patient",
        "rights.nobody": "Nobody's wristband",
        "rights.old-wristband": "Old wristband",
        "rights.rescan": "Scan again",
        "rights.no-wristband": "Wristband first",
        "rights.two-identifiers": "Compare two identifiers",
        "rights.second-person": "Second person",
        "rights.no-pack": "Scan the medicine",
        "rights.unknown-code": "Unknown code",
        "rights.wrong-drug": "Wrong medicine",
        "rights.nothing-due": "Not due",
        "rights.expired": "Expired",
        "rights.wrong-route": "Wrong route",
        "rights.route-of-product": "Wrong route",
        "rights.wrong-dose": "Wrong dose",
        "rights.too-soon": "Too soon",
        "rights.early": "Early",
        "rights.late": "Late",
        "gs1.half-scanned": "Half scanned",
        "gs1.check-digit": "Misread code",
        "gs1.": "Code not read",
        "prn.block_interval": "Too soon",
        "prn.block_max": "Limit reached",
        "dose.hard-stop": "Warning",
        "dose.changed": "Prescription changed",
        "dose.held": "Withheld",
        "dose.order-not-verified": "Not verified",
        "dose.not-given": "Recorded already",
        "dose.overtaken": "Overtaken",
        "dose.too-close": "Too soon",
        "dose.not-begun": "Not yet",
        "witness.": "Second person",
        "dose.second-check": "Second person",
        "infusion.": "Pump",
    }
)


def answer(request: Request, refused: NotAllowed, scanned: str = "") -> Response:
    """Answer with the stop; what stands in the form stays. Without htmx the usual page says it.

    `scanned` is the code that was read: one that nobody knows may be told to the formulary.
    """
    if not by_htmx(request):
        raise refused
    code = refused.code or ""
    unknown = scanned if code == Stop.UNKNOWN_CODE.value else ""
    html = render(
        "medications/_wrong.html",
        stop=code,
        title=title(code),
        sentence=refused.sentence,
        unknown=unknown,
    )
    headers = {"hx-retarget": "#problem", "hx-reswap": "innerHTML"}
    return HTMLResponse(html, 409, headers)


def first_the_wristband() -> NotAllowed:
    """Refuse a pack where nobody knows for whom it is meant."""
    return NotAllowed("Scan the wristband first, then the medicine.", "rights.no-wristband")


def title(code: str) -> str:
    """Name a stop."""
    found = _TITLES.get(code) or _TITLES.get(f"{code.partition('.')[0]}.")
    return found or "Not recorded"
