"""Prepared: the label of a dose that somebody drew up, and what its code says.

GS1 leaves AI 91 to 99 to each company: on our labels 91 holds the number of the dose, or of the
order where there is no dose, and nothing of the patient.
"""

import re
from dataclasses import dataclass
from uuid import UUID

from domain import gs1
from domain.errors import NotAllowed
from domain.gs1 import Element

OURS = "91"
_CODE = re.compile(r"(?P<what>[DO])(?P<number>[0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a label was printed for."""

    dose_id: UUID | None = None
    request_id: UUID | None = None

    @property
    def elements(self) -> tuple[Element, ...]:
        """Give what the code of the label holds."""
        found = self.dose_id or self.request_id
        if found is None:
            raise NotAllowed("A label is for a dose or for an order.", "label.nothing")
        return (Element(OURS, f"{'D' if self.dose_id else 'O'}{found.hex}"),)


def read(scanned: str) -> Prepared | None:
    """Read the code of a label of ours; None: it is another code."""
    try:
        elements = gs1.parse(scanned.strip())
    except NotAllowed:
        return None
    ours = next((one.value for one in elements if one.ai == OURS), "")
    found = _CODE.fullmatch(ours)
    if found is None:
        return None
    number = UUID(found["number"])
    return Prepared(dose_id=number) if found["what"] == "D" else Prepared(request_id=number)
