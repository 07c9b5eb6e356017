"""Offers: beds as a form lets somebody choose among them."""

from collections.abc import Iterable

from ward.beds.forms import Option
from ward.beds.queries import BedCard


def bed_options(beds: Iterable[BedCard], at: str = "") -> list[Option]:
    """Offer beds; what a bed has stands beside it."""
    return [
        (str(bed.id), f"{at}{bed.label}", ", ".join(bed.attributes).replace("-", " ") or None)
        for bed in beds
    ]
