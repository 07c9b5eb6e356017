"""Medicine pages: samples of the pharmacist's list and of the formulary."""

from datetime import timedelta
from types import SimpleNamespace as Sample
from uuid import UUID

from tests.browser.samples import NOW, Markup, container, piece, shell
from ward.medications.medicines import FILTERS, facts_of, interactions_of, medicines, silent_of
from ward.medications.words import LineWords

WARD = UUID(int=6)
WORDS = LineWords("warfarin", "warfarin", "tablet", "3 mg", "oral", "once daily, night")
DOUBT = Sample(
    id=UUID(int=3),
    question="Which INR is aimed at?",
    asked_by="R Lindholm",
    asked_at=NOW,
    answer=None,
    answered_by="",
    answered_at=None,
)

SAID = Sample(
    id=UUID(int=4),
    patient_id=UUID(int=904),
    words=WORDS,
    said_by="J Patelle",
    written_by="A Byron",
    at=NOW,
    late=True,
)
GONE = Sample(
    id=UUID(int=5),
    patient_id=UUID(int=905),
    medicine=WORDS.whole,
    note="The last one fell down",
    state=Sample(word="Asked for"),
    asked_at=NOW,
    version=1,
)


def order(number: int, **said: object) -> Sample:
    """Make an order that waits."""
    usual: dict[str, object] = {
        "id": UUID(int=number),
        "patient_id": UUID(int=900 + number),
        "words": WORDS,
        "indication": "",
        "high_alert": False,
        "stat": False,
        "withheld": False,
        "first_at": NOW + timedelta(hours=2),
        "given_at": None,
        "late": False,
        "prescribed_at": NOW - timedelta(hours=1),
        "by": "J Patelle",
        "reasons": 0,
        "doubt": None,
        "version": 1,
    }
    return Sample(**(usual | said))


def pharmacy() -> str:
    """Draw the pharmacist's list with one of each kind."""
    who, place = Sample(name="SMITH, Joan (Mrs)", age="81y"), Sample(bed="06")
    around = {"who": who, "place": place}
    counts = Sample(ward_id=WARD, label="Six East", verify=2, given=1, verbal=1, missing=1)
    waits = [order(1, high_alert=True, late=True, doubt=DOUBT), order(2, stat=True, reasons=1)]
    inner = piece(
        "medications/_pharmacy.html",
        counts=counts,
        head=piece("medications/_pharmacy_head.html", counts=counts),
        rx_verify=Markup("\n").join(
            piece("medications/_pharmacy_verify.html", order=one, **around) for one in waits
        ),
        rx_given=piece("medications/_pharmacy_verify.html", order=order(3, given_at=NOW), **around),
        rx_verbal=piece("medications/_pharmacy_verbal.html", order=SAID, **around),
        rx_missing=piece(
            "medications/_pharmacy_missing.html",
            awaited=Sample(missing=GONE, by="A Byron"),
            **around,
        ),
    )
    screen = Sample(html=container("pharmacy", inner))
    return piece("medications/pharmacy.html", screens=[screen], **shell("Pharmacy"))


def formulary() -> str:
    """Draw the medicines of the house that are high-alert."""
    found = {"drugs": medicines("", "high-alert"), "q": "", "only": "high-alert", "all": 190}
    return piece("medications/formulary.html", filters=FILTERS, **found, **shell("Medicines"))


def medicine() -> str:
    """Draw one medicine with what it interacts with."""
    drug = medicines("warfarin")[0]
    return piece(
        "medications/medicine.html",
        drug=drug,
        facts=facts_of(drug),
        interactions=interactions_of(drug),
        silent=silent_of(drug),
        packs=[],
        **shell("Medicines"),
    )
