"""Orders: what the cast of the demo is prescribed, and what was given of it before the demo began.

A line stands here only with a dose that some source has; none is advice. The sources:

chart   the chart that the interface of Ward was drawn with
m12     message M12 of `tests/data/hl7v2/hl7v2_messages.json`
prn     rows P01 to P09 of `tests/data/clinical/mar_prn_vectors.csv`
synthea MedicationRequest resources of the published Synthea sample patients
r4      MedicationRequest examples of FHIR R4 in `tests/data/fhir`
"""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from domain.formulary import Route, Unit
from domain.frequencies import Code
from domain.orders import OrderKind
from ward.dev.people import Member
from ward.medications.details import Infused, Limits, OrderDetail

#: Medicine, form, dose, unit, route, how often, source.
_LINES = """
furosemide; tablet; 40; mg; PO; BD; chart
gabapentin; capsule; 300; mg; PO; TDS; chart
metoprolol; tablet; 50; mg; PO; BD; chart
doxycycline; capsule; 100; mg; PO; OD; chart
paracetamol; tablet; 1000; mg; PO; QDS; m12
simvastatin; tablet; 10; mg; PO; OD; synthea
prednisone; tablet; 5; mg; PO; OD; synthea
amoxicillin; capsule; 250; mg; PO; BD; synthea
azithromycin; capsule; 500; mg; PO; OD; r4
levothyroxine; tablet; 75; microgram; PO; OD; r4
phenytoin; suspension; 100; mg; PO; TDS; r4
"""
JOAN = "0012345"
#: Whom the drawn chart shows has what it shows; docusate is not in the formulary.
_DRAWN: tuple[str, ...] = ("furosemide", "gabapentin", "metoprolol", "doxycycline")
_AS_REQUIRED = 0.4  # of those who have no regular paracetamol
_MANY, _FEW = (2, 4), (1, 3)  # lines of a patient on Six East, and elsewhere


@dataclass(frozen=True, slots=True)
class Usual:
    """A line of the catalogue."""

    detail: OrderDetail
    source: str


def _usual(row: str) -> Usual:
    name, form, dose, unit, route, often, source = (part.strip() for part in row.split(";"))
    detail = OrderDetail(
        generic=name,
        form=form,
        dose=Decimal(dose),
        unit=Unit(unit),
        route=Route(route),
        frequency=Code(often),
        kind=OrderKind.REGULAR,
    )
    return Usual(detail, source)


USUAL = {one.detail.generic: one for one in map(_usual, _LINES.strip().splitlines())}

PARACETAMOL = OrderDetail(
    generic="paracetamol",
    form="tablet",
    dose=Decimal(1000),
    unit=Unit.MG,
    route=Route.ORAL,
    frequency=Code.PRN,
    kind=OrderKind.AS_REQUIRED,
    limits=Limits(min_interval_minutes=240, max_24h=Decimal(4000)),
    indication="pain",
)
"""As required, source: prn."""

SALINE = OrderDetail(
    generic="sodium chloride",
    form="infusion 0.9 %",
    dose=Decimal(1000),
    unit=Unit.ML,
    route=Route.INTRAVENOUS,
    frequency=Code.STAT,
    kind=OrderKind.INFUSION,
    infusion=Infused(volume_ml=Decimal(1000), rate=Decimal(83), rate_unit="mL/h"),
)
"""Over 12 hours at 83 mL/h, source: chart."""

LESS = Decimal(25)
"""What metoprolol was changed to, source: chart."""


def lines(one: Member) -> list[OrderDetail]:
    """Give what one of the cast is prescribed: always the same."""
    dice = Random(f"orders:{one.mrn}")  # noqa: S311 - a story, no secret
    least, most = _MANY if one.bed.startswith("6E-") else _FEW
    chosen = dice.sample(sorted(USUAL), dice.randint(least, most))
    named = _DRAWN if one.mrn == JOAN else tuple(chosen)
    found = [USUAL[name].detail for name in named]
    if PARACETAMOL.generic not in named and dice.random() < _AS_REQUIRED:
        found.append(PARACETAMOL)
    return found
