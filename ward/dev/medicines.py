"""Medicines of the demo hospital: packs with codes that scan, and order sets of the house.

The codes stand under GS1 prefix 952, which GS1 keeps for demonstrations and examples of its system
(list of GS1 prefixes, gs1.org): no real product has one. Strengths are those of no real product
either. A set names medicines, routes and rhythms; it has a dose only where a source has one.
"""

from decimal import Decimal

from sqlalchemy import select

from domain import gs1
from domain.access import Permission
from domain.formulary import Route, Unit
from domain.frequencies import Code
from ward.medications import products, sets
from ward.medications.house import OrderTemplate, Product
from ward.medications.ordering_fields import Typed
from ward.medications.products import ProductSaid
from ward.work import Work

PREFIX = "0952"  # of a GTIN-14: an inner pack, and the prefix of demonstrations
#: Number of the product under the prefix, medicine, one piece, strength, unit, routes.
PACKS = """
101 paracetamol; tablet; 500 mg; PO
102 ibuprofen; tablet; 200 mg; PO
103 morphine; tablet; 10 mg; PO
104 morphine; ampoule; 10 mg; IV SC IM
105 amoxicillin; capsule; 500 mg; PO
106 amoxicillin; vial; 1000 mg; IV
107 amoxicillin and clavulanic acid; vial; 1000 mg; IV
108 metoprolol; tablet; 25 mg; PO
109 metoprolol; tablet; 50 mg; PO
110 furosemide; tablet; 40 mg; PO
111 furosemide; ampoule; 20 mg; IV
112 ramipril; capsule; 5 mg; PO
113 enoxaparin; syringe; 40 mg; SC
114 heparin (unfractionated); vial; 20000 units; IV
115 warfarin; tablet; 1 mg; PO
116 warfarin; tablet; 3 mg; PO
117 apixaban; tablet; 5 mg; PO
118 insulin aspart; pen; 300 units; SC
119 insulin glargine; pen; 300 units; SC
120 metformin; tablet; 500 mg; PO
121 prednisolone; tablet; 5 mg; PO
122 omeprazole; capsule; 20 mg; PO
123 ondansetron; ampoule; 4 mg; IV
124 levodopa and decarboxylase inhibitor; tablet; 100 mg; PO
125 potassium chloride; ampoule; 20 mmol; IV
126 norepinephrine; ampoule; 4 mg; IV
127 methotrexate; tablet; 2.5 mg; PO
128 hydralazine; tablet; 25 mg; PO
"""

#: As required: dose, interval and maximum are rows P01 to P09 of the vectors for as-needed doses.
_PARACETAMOL = {
    "generic": "paracetamol",
    "dose": "1000",
    "unit": Unit.MG.value,
    "route": Route.ORAL.value,
    "frequency": Code.PRN.value,
    "interval": "4",
    "max_24h": "4000",
    "indication": "pain",
}


def _line(generic: str, route: Route, frequency: Code | None = None, **more: str) -> dict[str, str]:
    rhythm = {"frequency": frequency.value} if frequency else {}
    return {"generic": generic, "route": route.value, **rhythm, **more}


SETS = (
    (
        "Admission of an adult",
        (
            "A frame for the first orders. Doses are left to the prescriber, but that of"
            " paracetamol, which is the example of the as-needed rules (4 h apart, at most"
            " 4,000 mg in 24 h)."
        ),
        (
            _PARACETAMOL,
            _line("enoxaparin", Route.SUBCUTANEOUS, Code.ON),
            _line("omeprazole", Route.ORAL, Code.OD),
            _line("ondansetron", Route.INTRAVENOUS, Code.PRN, indication="nausea"),
            _line("senna", Route.ORAL, Code.ON),
        ),
    ),
    (
        "Methotrexate once a week",
        (
            "Methotrexate is ordered weekly, on a named day (display rules of the formulary, after"
            " the ISMP list of high-alert medicines). The day and the doses are left to the"
            " prescriber."
        ),
        (
            _line("methotrexate", Route.ORAL, Code.WK),
            _line("folic acid", Route.ORAL, Code.WK),
        ),
    ),
    (
        "Parkinson's disease: own times",
        (
            "Medicines for Parkinson's disease are on the list that NPSA/2010/RRR009 asks of every"
            " hospital: not to be omitted, at the times the patient keeps at home. Write them."
        ),
        (_line("levodopa and decarboxylase inhibitor", Route.ORAL, Code.QDS),),
    ),
    (
        "Heparin by pump",
        (
            "Heparin runs as an infusion, checked by a second person. Bag, rate and limits are left"
            " to the prescriber."
        ),
        (_line("heparin (unfractionated)", Route.INTRAVENOUS, Code.ONCE, infusion="yes"),),
    ),
)


def gtin(number: int) -> str:
    """Give the code of a demo pack, with its check digit."""
    digits = f"{PREFIX}{number:09}"
    return f"{digits}{gs1.check_digit(digits)}"


async def found_medicines(work: Work) -> bool:
    """Have the demo's packs and order sets stand; what stands already stays."""
    added = [await _pack(work, row) for row in PACKS.strip().splitlines()]
    made = [await _set(work, *one) for one in SETS]
    return any((*added, *made))


async def _pack(work: Work, row: str) -> bool:
    name, form, amount, routes = (part.strip() for part in row.split(";"))
    number, _, generic = name.partition(" ")
    strength, _, unit = amount.partition(" ")
    code = gtin(int(number))
    known = select(Product).where(Product.gtin == code)
    if await work.every(known, Permission.VIEW_FORMULARY):
        return False
    said = ProductSaid(
        gtin=code,
        generic=generic,
        form=form,
        strength=Decimal(strength),
        unit=Unit(unit),
        routes=tuple(map(Route, routes.split())),
    )
    await products.add(work, said)
    await work.flush()
    return True


async def _set(work: Work, name: str, purpose: str, lines: tuple[dict[str, str], ...]) -> bool:
    known = select(OrderTemplate).where(
        OrderTemplate.name == name, OrderTemplate.owner_id.is_(None)
    )
    if await work.every(known, Permission.VIEW_FORMULARY):
        return False
    await sets.put_set(work, name, purpose, [Typed(line) for line in lines])
    return True
