"""Printing: the paper itself: who, what, how long, signed by whom, and the code to check it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain import display
from domain.access import Permission
from domain.dispensing import count, spaced
from ward import codes, paper
from ward.duty.queries import names
from ward.medications.held import Held
from ward.medications.words import line_words
from ward.patients import banner
from ward.places.models import Branch
from ward.prescriptions.models import Supply
from ward.work import Work


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """What stands on the paper alone: the address behind its QR, and the code beside it."""

    address: str
    code: str


async def print_paper(
    work: Work, held: Held, supplies: Sequence[Supply], until: datetime, secrets: Secrets
) -> bytes:
    """Print a prescription as a PDF; not signed yet."""
    _, person = await banner.who(work, held.patient.id)
    branch = await work.access(Branch, held.ward.branch_id, Permission.VIEW_PLACES)
    local = work.now.astimezone(held.zone)
    told = banner.identity(held.patient.id, person, local)
    numbers = [f"{label} {number}" for label, number in told.identifiers]
    assert work.actor.id is not None  # only a person signs
    signer = (await names(work, [work.actor.id]))[work.actor.id]
    data = {
        "name": told.name,
        "born": told.born,
        "age": told.age,
        "sex": told.sex,
        "numbers": numbers,
        "address": next((address.words for address in person.addresses), ""),
        "house": branch.label,
        "ward": held.ward.label,
        "signer": signer.name,
        "signed": display.instant(work.now, held.zone),
        "until": display.day_of(until.astimezone(held.zone).date()),
        "code": spaced(secrets.code),
        "page": secrets.address.split("://", 1)[-1],
        "lines": [_line(supply) for supply in supplies],
    }
    identity = ", ".join((told.name, told.born, *numbers[:1]))
    stamped = paper.stamp(work, identity, held.zone)
    return await paper.pdf("prescription", data, stamped, {"check": codes.qr(secrets.address)})


def _line(supply: Supply) -> dict[str, str]:
    words, doses = line_words(supply.detail), count(supply.detail.frequency, supply.days)
    days = "1 day" if supply.days == 1 else f"{supply.days} days"
    return {
        "name": words.plain,
        "form": words.form,
        "dose": words.dose,
        "route": words.route,
        "often": words.often,
        "for": supply.detail.indication,
        "note": supply.detail.note,
        "supply": f"for {days}" + (f": {doses} doses" if doses else ", as required"),
    }
