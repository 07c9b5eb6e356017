"""Printing: a summary as paper: signed and whole, or as much of it as somebody may read."""

from dataclasses import asdict
from datetime import datetime, tzinfo

from domain import display
from ward import codes, paper
from ward.errors import Forbidden
from ward.summaries.parts import Parts
from ward.work import Work


async def print_summary(  # noqa: PLR0913 - what stands on it beside its parts
    work: Work,
    parts: Parts,
    number: int,
    *,
    signer: str,
    signed_at: datetime,
    zone: tzinfo,
    why: str = "",
    address: str = "",
) -> bytes:
    """Print a summary; `address` stands behind the QR of the signed one, an extract has none."""
    about = parts.about
    if about is None:
        raise Forbidden
    data = {
        "parts": asdict(parts),
        "without": ", ".join(parts.without),
        "number": number,
        "why": why,
        "signer": signer,
        "signed": display.instant(signed_at, zone),
        "page": address.split("://", 1)[-1],
    }
    identity = ", ".join((about.name, f"born {about.born}", *about.numbers[:1]))
    stamped = paper.stamp(work, identity, zone, as_of=signed_at)
    drawn = {"check": codes.qr(address)} if address else {}
    return await paper.pdf("discharge-summary", data, stamped, drawn)
