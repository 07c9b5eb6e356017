"""Pages: every sample page and form, drawn with the sample people."""

from datetime import timedelta
from types import SimpleNamespace as Sample

from domain.beds import choices
from domain.discharge import Answer, Item
from tests.browser import medicine_pages
from tests.browser.samples import NOW, Markup, beds, board, container, pending, piece, shell, tiles
from ward.adt.questions import RecordCheck, ResultCheck
from ward.render import offered


def cast() -> list[Sample]:
    """Make the sign-ins that the demo offers."""
    rows = [
        ("nurse", "Nurse", "Six East", "heart-pulse"),
        ("charge", "Charge nurse", "Six East", "layout-grid"),
        ("doctor", "Doctor", "Medicine", "stethoscope"),
        ("pharmacist", "Pharmacist", "Main branch", "pill"),
        ("lab", "Laboratory", "Main branch", "flask-conical"),
        ("reception", "Reception", "Outpatients", "calendar"),
        ("biller", "Billing", "Main branch", "file-text"),
        ("privacy", "Privacy officer", "All branches", "eye"),
        ("admin", "Administrator", "All branches", "settings"),
        ("patient", "Patient", "Own record", "user"),
    ]
    return [Sample(name=n, role=r, note=o, icon=i) for n, r, o, i in rows]


IDENTITY = Sample(
    name="SMITH, Joan (Mrs)",
    preferred="Jo",
    born="14-Jul-1945",
    age="81y",
    sex="Female",
    identifiers=[("NHS No.", "943 476 5919"), ("MRN", "0012345")],
    deceased=None,
    more=[("Address", "12 Elm Row, Leeds, LS1 4AB"), ("Telephone", "+44 20 7946 0018")],
)
KNOWN = Sample(
    state="known",
    items=[Sample(id="a1", substance="penicillin", reaction="anaphylaxis", severity="severe")],
)
PLACE = Sample(
    ward="Six East",
    bed="06",
    admitted_at=NOW - timedelta(days=2, hours=3),
    here_since=NOW - timedelta(days=1),
    home_label="Mon",
)
STAY = Sample(encounter_id="e06", version=2)
WRISTBAND = Sample(
    name="SMITH, Joan (Mrs)", born="14-Jul-1945 (81y)", identifiers=[("MRN", "0012345")]
)


MOVED = [
    Sample(
        from_at=NOW - timedelta(days=1),
        until_at=None,
        place="Six East, bed 06",
        what="Transfer",
        by="A Byron",
    ),
    Sample(
        from_at=NOW - timedelta(days=2, hours=3),
        until_at=NOW - timedelta(days=1),
        place="Emergency, bay 2",
        what="Admission",
        by="M Keller",
    ),
]


def summary() -> str:
    """Draw a patient's chart."""
    panels = [
        piece("patients/_stay.html", place=PLACE, stay=STAY, patient_id="p06"),
        piece("patients/_allergies.html", allergies=KNOWN, patient_id="p06"),
        piece(
            "patients/_conditions.html",
            conditions=Sample(
                items=[Sample(label="Pneumonia", status="Active", since="18-Nov-2026")]
            ),
        ),
        piece("adt/_movements.html", rows=MOVED),
    ]
    inner = piece(
        "patients/_summary.html",
        banner=piece(
            "patients/_banner.html",
            identity=IDENTITY,
            allergies=KNOWN,
            similar=Sample(names=["SMITH, John"]),
            initials="J.S.",
        ),
        place=piece("patients/_place.html", place=PLACE, patient_id="p06", tab="summary"),
        regions=Markup("\n").join(panels),
    )
    return piece(
        "patients/summary.html",
        title=IDENTITY.name,
        patient_id="p06",
        screen=Sample(html=container("chart", inner)),
        **shell(""),
    )


FREE = [
    ("b04", "Bed 04", "Ready"),
    ("b23", "Bed 23", "Reserved until 16:00"),
    ("b16", "Bed 16", "Ready"),
]
PERSON = Sample(
    id="p99",
    href="/patients/p99",
    name="OYELARAN, Tunde",
    born="02-Mar-1979",
    age="47y",
    sex="Male",
    numbers=["MRN 0099001"],
    note=None,
    place=None,
    why="Same name and birth date.",
    alike=False,
)


def sheets() -> dict[str, Markup]:
    """Draw every form that opens in the sheet."""
    return bed_sheets() | stay_sheets() | patient_sheets()


KEY = {"key": "k1"}
TOLD = "Born 14-Jul-1945 (81y) · NHS\u00a0No.\u00a0943\u00a0476\u00a05919"
WORDS = [("home", "Home"), ("hosp", "Hospice")]
REASONS = [
    ("fault", "Fault", None),
    ("staffing", "Not staffed", None),
    ("other", "Other reason", None),
]


def bed_sheets() -> dict[str, Markup]:
    """Draw the forms of a bed."""
    by_label = {context["bed"].label: context for context in beds()}
    free, reserved = by_label["04"]["bed"], by_label["23"]["bed"]
    return {
        "actions": piece("beds/_actions.html", **by_label["06"]),
        "actions-free": piece("beds/_actions.html", **by_label["04"]),
        "reserve": piece("beds/_reserve.html", bed=free, **KEY),
        "reservation": piece(
            "beds/_reservation.html", bed=reserved, note="SINGH, Harpreet", known=TOLD, **KEY
        ),
        "block": piece("beds/_block.html", bed=free, close=False, reasons=REASONS, **KEY),
        "admit": piece("adt/_admit.html", bed=free, patient=None, sources=WORDS, **KEY),
    }


def stay_sheets() -> dict[str, Markup]:
    """Draw the forms of a stay."""
    who = {"who": "SMITH, Joan (Mrs)", "known": TOLD, "stay": STAY, "bed_label": "06", **KEY}
    move = {"move": pending()[0], "who": "OYELARAN, Tunde", "known": TOLD, **KEY}
    return {
        "transfer": piece("adt/_transfer.html", beds=FREE, along=[], places=[], **who),
        "request": piece(
            "adt/_request.html", wards=[("w2", "Four West", "3 free")], along=[], **who
        ),
        "accept": piece(
            "adt/_accept.html", beds=FREE, along=[], places=[], held="", accepted=False, **move
        ),
        "decline": piece("adt/_decline.html", **move),
        "swap": piece(
            "adt/_swap.html", others=[("e09", "FERREIRA, Luís", f"Bed 09 · {TOLD}")], **who
        ),
        "discharge": piece(
            "adt/_leaving.html",
            destinations=WORDS,
            open_items=[
                ResultCheck(Item.NO_OPEN_ORDERS, Answer.NOT_DONE, ("Lipid panel",), "/results")
            ],
            told=[RecordCheck(Item.NO_TASKS, Answer.NOT_DONE, ("Remove cannula",), "/tasks")],
            approver="Charge nurse",
            identity=WRISTBAND,
            left_at="2026-11-20T14:02",
            **who,
        ),
        "cancel": piece(
            "adt/_cancel.html",
            steps=[("admission", "Admission", "20-Nov 09:02")],
            reasons=REASONS,
            **who,
        ),
    }


def patient_sheets() -> dict[str, Markup]:
    """Draw the forms of a person."""
    return {
        "allergy": piece(
            "patients/_allergy.html",
            patient_id="p06",
            who="SMITH, Joan (Mrs)",
            known=TOLD,
            kinds=WORDS,
            categories=WORDS,
            criticalities=WORDS,
            severities=WORDS,
            none_offered=True,
            **KEY,
        ),
        "register": piece(
            "patients/_register.html",
            sexes=[("female", "Female", None), ("male", "Male", None)],
            version=None,
            duplicates=piece("patients/_duplicates.html", found=[PERSON]),
            **KEY,
        ),
    }


def refusal(status: int) -> str:
    """Draw a page that says no."""
    values = {
        "sentence": "Your role does not include this.",
        "status": status,
        "fields": {},
        "reference": "9f2c81aa",
        "no_relation": "p06" if status == 403 else None,
    }
    return piece(f"errors/{status}.html", **values, **shell(""))


def wards() -> str:
    """Draw the list of wards."""
    rows = [
        ("w1", "Six East", 30, 26, 1, 1, 1, 1, 28, 2),
        ("w2", "Four West", 24, 19, 3, 0, 2, 0, None, 0),
    ]
    names = ("id", "label", "total", "occupied", "free", "reserved", "unready", "out", "staffed")
    names = (*names, "unstaffed")
    lines = [
        piece("places/_ward.html", ward=Sample(kind="ward", **dict(zip(names, row, strict=True))))
        for row in rows
    ]
    inner = piece("places/_wards.html", regions=Markup("\n").join(lines))
    return piece(
        "places/wards.html",
        title="Main branch",
        screen=Sample(html=container("wards", inner)),
        **shell("Wards"),
    )


def wall() -> str:
    """Draw the wallboard."""
    inner = piece(
        "wall/_board.html",
        tiles=Markup("\n").join(piece("wall/_count.html", tile=tile) for tile in tiles()[:4]),
        regions=Markup("\n").join(
            piece("wall/_bed.html", **context) for context in beds(rich=True)
        ),
    )
    return piece(
        "wall/board.html",
        ward="Six East",
        device="d1",
        now=NOW,
        screen=Sample(html=container("wall", inner)),
    )


def login(**said: object) -> str:
    """Draw the sign-in page of a browser that nobody enrolled."""
    door = Sample(device=None, tiles=(), locked_name=None)
    return piece("users/login.html", next=None, door=door, providers=[], **said)


def pages() -> dict[str, str]:
    """Draw every sample page: file name -> html."""
    offered(choices)
    found = {"q": "oyel", "people": [PERSON]}
    return {
        "board": board(),
        "board-rich": board(rich=True),
        "login": login(demo=True, cast=cast(), username="charge", problem=None),
        "refused": login(
            demo=False, cast=[], username="ada", problem="User name or password is wrong."
        ),
        "summary": summary(),
        "wards": wards(),
        "search": piece("patients/search.html", too_short=False, **found, **shell("Patients")),
        "account": piece(
            "users/account.html",
            name="G Hopper",
            role="Charge nurse",
            may=["beds.view"],
            until=NOW,
            push=None,
            **shell(""),
        ),
        **{str(status): refusal(status) for status in (403, 404, 503)},
        "offline": piece("errors/offline.html"),
        "wall": wall(),
        "pharmacy": medicine_pages.pharmacy(),
        "formulary": medicine_pages.formulary(),
        "medicine": medicine_pages.medicine(),
        **fragments(found),
    }


def fragments(found: dict[str, object]) -> dict[str, str]:
    """Draw what is put into a page that is open: forms, what was found, what went wrong."""
    return {
        "sheet-results": piece(
            "patients/_results.html",
            **found,
            beds=[Sample(href="/wards/w1/beds", label="Six East", note="26 of 30")],
            pages=[],
        ),
        "sheet-problem": piece(
            "errors/_problem.html",
            sentence="Bed 04 was taken at 14:02. Choose another bed.",
            fields={},
        ),
        **{f"sheet-{name}": html for name, html in sheets().items()},
    }
