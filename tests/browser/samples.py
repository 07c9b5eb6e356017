"""Samples: invented people on an invented ward, in the shapes the templates expect."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Sample
from typing import Any

from markupsafe import Markup

from domain.access import Role, permissions
from domain.beds import BedStatus, choices
from ward.render import offered, render
from ward.shell import Item, Shell

NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
PLAIN, STRONG, ALLERGY, CRITICAL = "plain", "strong", "allergy", "critical"
FLAGS = {
    "similar": ("similar_name", "Similar name", PLAIN),
    "falls": ("falls", "Falls", PLAIN),
    "isolation": ("isolation", "Isolation", STRONG),
    "nil": ("nil_by_mouth", "Nil by mouth", STRONG),
    "pressure": ("pressure_area", "Pressure area", PLAIN),
    "language": ("language", "Language", PLAIN),
    "safeguarding": ("safeguarding", "Safeguarding", PLAIN),
    "potassium": ("critical_result", "K 6.8 mmol/L HH", CRITICAL),
}
ONE_PER_BED = """
01|SMITH, John|72y|Male|1||similar falls|Sat
02|O'CONNOR, Siobhan|67y|Female|0|||Today
03|MÜLLER, Jürgen|58y|Male|5|up|allergy:latex nil|Tue
05|ADEYEMI, Folake|44y|Female|2|down||Sun
06|SMITH, Joan (Mrs)|81y|Female|5|up|similar allergy:penicillin falls|Mon
07|NOWAK, Piotr|39y|Male|0|||Today
08|CHAUDHRY, Amina|76y|Female|1||falls language|Wed
09|FERREIRA, Luís|63y|Male|3||isolation|Thu
10|WHITFIELD, Margaret|88y|Female|2|down|falls pressure|Fri
11|TANAKA, Hiro|51y|Male|1||allergy:aspirin|Sun
12|OKAFOR, Chidi|67y|Male|7|up|potassium allergy:penicillin|
13|LINDQVIST, Astrid|70y|Female|0|||Sat
14|DA SILVA, Rosa Maria|82y|Female|2||falls pressure language safeguarding|Tue
15|HARRIS, Daniel|29y|Male|1||nil|Sat
17|KOWALCZYK, Ewa|55y|Female|1|||Sun
18|BAPTISTE, Marcel|74y|Male|4|up|falls|Wed
19|RAHMAN, Yusuf|61y|Male|2||language|Mon
20|GALLAGHER, Niamh|47y|Female|0||allergy:codeine|Today
21|VAN DER BERG, Pieter|79y|Male|6||isolation falls|
22|THOMPSON, Grace|93y|Female|1||falls pressure|Thu
24|EVANS, Rhys|68y|Male|1|down||Sun
25|ALVAREZ, Camila|34y|Female|0|||Sat
26|PETROV, Dmitri|59y|Male|2||allergy:iodine|Mon
27|JOHANSSON, Karin|71y|Female|1||isolation|Tue
28|BROWNE, Samuel|85y|Male|2||falls safeguarding|Wed
30|MENSAH, Abena|66y|Female|1|||Sun
"""
EMPTY = {
    "04": ("U", None, None, None, timedelta(hours=7, minutes=22)),
    "16": ("H", None, None, None, timedelta(minutes=27)),
    "23": ("U", "reserved", "For SINGH, Harpreet", NOW + timedelta(hours=2), timedelta(hours=1)),
    "29": ("U", "blocked", "Call bell fault, job 4471", None, timedelta(hours=30)),
}


def flag(name: str) -> Sample:
    """Make one flag of a card."""
    if name.startswith("allergy:"):
        return Sample(code="allergy", label=f"Allergy {name.partition(':')[2]}", tone=ALLERGY)
    code, label, tone = FLAGS[name]
    return Sample(code=code, label=label, tone=tone)


def news(score: int, trend: str) -> Sample:
    """Make the early warning block of a card."""
    tone = "critical" if score >= 7 else "warning" if score >= 5 else "caution" if score == 4 else None
    word = {"critical": "high", "warning": "medium", "caution": "3 in one", None: "low"}[tone]
    return Sample(score=score, tone=tone, word=word, trend=trend or None, title=None)


def card(line: str, rich: bool) -> dict[str, Any]:
    """Make the context of one occupied bed; rich adds what later modules bring."""
    label, name, age, sex, score, trend, flags, home = line.split("|")
    bed = Sample(
        id=f"b{label}", label=label, status=BedStatus("I" if "isolation" in flags else "O"), overlay=None,
        since=NOW, until=None, reason_label=None, ward_id="w1", version=3,
    )  # fmt: skip
    family, _, given = name.partition(", ")
    number = int(label)
    stay = Sample(
        encounter_id=f"e{label}", patient_id=f"p{label}", initials=f"{given[0]}.{family[0]}.",
        admitted_at=NOW - timedelta(hours=5 * number), here_since=NOW - timedelta(hours=3 * number),
        home_on=date(2026, 11, 21) if home else None, home_label=home or None,
        pending={"07": "discharge", "13": "transfer"}.get(label), version=2,
    )  # fmt: skip
    who = Sample(patient_id=f"p{label}", name=name, age=age, sex=sex, mrn=f"{12345 + number:07d}")
    parts: dict[str, Any] = {
        "occupant": who, "stay": stay, "flags": [flag(f) for f in flags.split()],
    }  # fmt: skip
    if rich:
        late = number % 6 == 0
        parts["news"] = news(int(score), trend)
        parts["due"] = [
            Sample(label="Obs", text="16:00", late=False),
            Sample(label="Meds overdue" if late else "Meds", text="32min" if late else "18:00", late=late),
        ]
    return {"bed": bed, "parts": parts}


def beds(rich: bool = False) -> list[dict[str, Any]]:
    """Make the contexts of the thirty cards of Six East, in bed order."""
    cards = [card(line, rich) for line in ONE_PER_BED.strip().splitlines()]
    for label, (status, overlay, reason, until, ago) in EMPTY.items():
        bed = Sample(
            id=f"b{label}", label=label, status=BedStatus(status), overlay=overlay, since=NOW - ago,
            until=until, reason_label=reason, ward_id="w1", version=1,
        )  # fmt: skip
        cards.append({"bed": bed, "parts": {}})
    for context in cards:
        for name in ("occupant", "stay", "flags", "news", "due"):
            context["parts"].setdefault(name, None)
    return sorted(cards, key=lambda context: context["bed"].label)


def tiles() -> list[Sample]:
    """Make the counters over the board."""
    rows = [
        ("occupied", "Occupied", 26, 30, None, None, "occupied"),
        ("free", "Free", 1, None, None, "check", "free"),
        ("unready", "Not ready", 1, None, None, "sparkles", "unready"),
        ("in", "Coming in", 2, None, None, "arrow-down", "in"),
        ("out", "Going out", 4, None, None, "arrow-up", "out"),
        ("home", "Home today", 3, None, None, "house", "home"),
        ("isolation", "Isolation", 3, None, None, "shield", "isolation"),
    ]
    names = ("key", "label", "count", "total", "tone", "icon", "filter")
    return [Sample(**dict(zip(names, row, strict=True))) for row in rows]


def shell(here: str = "Board") -> dict[str, Any]:
    """Make what every page of a charge nurse is given."""
    ways = [
        ("/wards/w1/beds", "Board", "layout-grid"),
        ("/wards", "Wards", "bed"),
        ("/patients", "Patients", "search"),
    ]
    items = [Item(href, label, icon, label == here) for href, label, icon in ways]
    may = " ".join(permissions(Role.CHARGE))
    frame = Shell("G Hopper", "GH", "Charge nurse", may, items, "Six East", demo=True, alerts=3)
    return {"shell": frame, "demo": True, "now": NOW}


def pending() -> list[Sample]:
    """Make the two people who wait to come to Six East."""
    return [
        Sample(
            id="m1", direction="in", who="OYELARAN, Tunde", initials="T.O.", from_label="Emergency",
            to_label="Six East, bed 04", requested_at=NOW - timedelta(minutes=41),
            ready_at=NOW + timedelta(minutes=28), version=1,
        ),
        Sample(
            id="m2", direction="out", who="LINDQVIST, Astrid", initials="A.L.",
            from_label="Six East, bed 13", to_label="Four West",
            requested_at=NOW - timedelta(minutes=12), ready_at=None, version=1,
        ),
    ]  # fmt: skip


def acts() -> list[Sample]:
    """Make the one person who needs someone now."""
    return [
        Sample(
            patient_id="p12", bed_label="12", name="OKAFOR, Chidi",
            words=["NEWS2 7 high", "K 6.8 mmol/L HH"], note="Unowned 4min",
        )
    ]  # fmt: skip


def piece(template: str, /, **values: Any) -> Markup:
    """Draw one template."""
    return Markup(render(template, zone="UTC", **values).strip())


def board(*, rich: bool = False) -> str:
    """Draw the whole board page."""
    ward = Sample(id="w1", label="Six East")
    inner = piece(
        "beds/_board.html", ward=ward,
        tiles=Markup("\n").join(piece("beds/_tile.html", tile=tile) for tile in tiles()),
        regions=Markup("\n").join(piece("beds/_bed.html", **context) for context in beds(rich)),
        pending=piece("adt/_pending.html", ward_id="w1", items=pending()),
        act=piece("beds/_act.html", items=acts() if rich else []),
    )  # fmt: skip
    screen = Sample(html=container("beds", inner))
    return piece("beds/board.html", title="Six East", screen=screen, **shell())


def container(kind: str, inner: Markup) -> Markup:
    """Put the live container around a screen, as the platform does."""
    head = '<section id="{0}-w1" data-topic="{0}/w1" data-view="full.en" data-rev="43" data-epoch="e1">{1}</section>'
    return Markup(head).format(kind, inner)


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
    name="SMITH, Joan (Mrs)", preferred="Jo", born="14-Jul-1945", age="81y", sex="Female",
    identifiers=[("NHS No.", "943 476 5919"), ("MRN", "0012345")], deceased=None,
    more=[("Address", "12 Elm Row, Leeds, LS1 4AB"), ("Telephone", "+44 20 7946 0018")],
)  # fmt: skip
KNOWN = Sample(
    state="known", items=[Sample(id="a1", substance="penicillin", reaction="anaphylaxis", severity="severe")]
)
PLACE = Sample(
    ward="Six East", bed="06", admitted_at=NOW - timedelta(days=2, hours=3),
    here_since=NOW - timedelta(days=1), home_label="Mon",
)  # fmt: skip
STAY = Sample(encounter_id="e06", version=2)


def summary() -> str:
    """Draw a patient's chart."""
    moved = [
        Sample(from_at=NOW - timedelta(days=1), until_at=None, place="Six East, bed 06", what="Transfer", by="A Byron"),
        Sample(
            from_at=NOW - timedelta(days=2, hours=3), until_at=NOW - timedelta(days=1),
            place="Emergency, bay 2", what="Admission", by="M Keller",
        ),
    ]  # fmt: skip
    panels = [
        piece("patients/_stay.html", place=PLACE, stay=STAY, patient_id="p06"),
        piece("patients/_allergies.html", allergies=KNOWN, patient_id="p06"),
        piece("patients/_conditions.html", conditions=Sample(items=[Sample(label="Pneumonia", status="Active", since="18-Nov-2026")])),
        piece("adt/_movements.html", rows=moved),
    ]
    inner = piece(
        "patients/_summary.html",
        banner=piece("patients/_banner.html", identity=IDENTITY, allergies=KNOWN, similar=Sample(names=["SMITH, John"]), initials="J.S."),
        place=piece("patients/_place.html", place=PLACE, patient_id="p06", tab="summary"),
        regions=Markup("\n").join(panels),
    )  # fmt: skip
    return piece("patients/summary.html", title=IDENTITY.name, screen=Sample(html=container("chart", inner)), **shell(""))


FREE = [("b04", "Bed 04", "Ready"), ("b23", "Bed 23", "Reserved until 16:00"), ("b16", "Bed 16", "Ready")]
PERSON = Sample(id="p99", href="/patients/p99", name="OYELARAN, Tunde", born="02-Mar-1979", age="47y", sex="Male", numbers=["MRN 0099001"], note=None, place=None, why="Same name and birth date.")  # fmt: skip


def sheets() -> dict[str, Markup]:
    """Draw every form that opens in the sheet."""
    by_label = {context["bed"].label: context for context in beds()}
    key = {"key": "k1"}
    who = {"who": "SMITH, Joan (Mrs)", "stay": STAY, "bed_label": "06", **key}
    reasons = [("fault", "Fault", None), ("staffing", "Not staffed", None), ("other", "Other reason", None)]
    words = [("home", "Home"), ("hosp", "Hospice")]
    move = {"move": pending()[0], "who": "OYELARAN, Tunde", **key}
    free, reserved = by_label["04"]["bed"], by_label["23"]["bed"]
    return {
        "actions": piece("beds/_actions.html", **by_label["06"]),
        "actions-free": piece("beds/_actions.html", **by_label["04"]),
        "reserve": piece("beds/_reserve.html", bed=free, **key),
        "reservation": piece("beds/_reservation.html", bed=reserved, note="SINGH, Harpreet", **key),
        "block": piece("beds/_block.html", bed=free, close=False, reasons=reasons, **key),
        "admit": piece("adt/_admit.html", bed=free, patient=None, sources=words, **key),
        "transfer": piece("adt/_transfer.html", beds=FREE, **who),
        "request": piece("adt/_request.html", wards=[("w2", "Four West", "3 free")], **who),
        "accept": piece("adt/_accept.html", beds=FREE, **move),
        "decline": piece("adt/_decline.html", **move),
        "swap": piece("adt/_swap.html", others=[("e09", "FERREIRA, Luís", "Bed 09")], **who),
        "discharge": piece("adt/_discharge.html", destinations=words, open_items=["orders are open"], approvers=[("charge", "Charge nurse")], **who),
        "cancel": piece("adt/_cancel.html", steps=[("admission", "Admission", "20-Nov 09:02")], reasons=reasons, **who),
        "allergy": piece("patients/_allergy.html", patient_id="p06", who="SMITH, Joan (Mrs)", categories=words, criticalities=words, severities=words, none_offered=True, **key),
        "register": piece("patients/_register.html", sexes=[("female", "Female", None), ("male", "Male", None)], version=None, duplicates=piece("patients/_duplicates.html", found=[PERSON]), **key),
    }  # fmt: skip


def refusal(status: int) -> str:
    """Draw a page that says no."""
    values = {"sentence": "Your role does not include this.", "status": status, "fields": {}, "reference": "9f2c81aa", "no_relation": status == 403}
    return piece(f"errors/{status}.html", **values, **shell(""))


def wards() -> str:
    """Draw the list of wards."""
    rows = [("w1", "Six East", 30, 26, 1, 1, 1, 1, 28), ("w2", "Four West", 24, 19, 3, 0, 2, 0, None)]
    names = ("id", "label", "total", "occupied", "free", "reserved", "unready", "out", "staffed")
    lines = [piece("places/_ward.html", ward=Sample(**dict(zip(names, row, strict=True)))) for row in rows]
    inner = piece("places/_wards.html", regions=Markup("\n").join(lines))
    return piece("places/wards.html", title="Main branch", screen=Sample(html=container("wards", inner)), **shell("Wards"))


def wall() -> str:
    """Draw the wallboard."""
    inner = piece(
        "wall/_board.html",
        tiles=Markup("\n").join(piece("wall/_count.html", tile=tile) for tile in tiles()[:4]),
        regions=Markup("\n").join(piece("wall/_bed.html", **context) for context in beds(rich=True)),
    )
    return piece("wall/board.html", ward="Six East", device="d1", now=NOW, screen=Sample(html=container("wall", inner)))


def pages() -> dict[str, str]:
    """Draw every sample page: file name -> html."""
    offered(choices)
    found = {"q": "oyel", "people": [PERSON]}
    return {
        "board": board(),
        "board-rich": board(rich=True),
        "login": piece("users/login.html", demo=True, cast=cast(), username="charge", problem=None, next=None),
        "refused": piece("users/login.html", demo=False, cast=[], username="ada", problem="User name or password is wrong.", next="/wards"),
        "summary": summary(),
        "wards": wards(),
        "search": piece("patients/search.html", too_short=False, **found, **shell("Patients")),
        "account": piece("users/account.html", name="G Hopper", role="Charge nurse", may=["beds.view"], until=NOW, **shell("")),
        "403": refusal(403),
        "404": refusal(404),
        "503": refusal(503),
        "offline": piece("errors/offline.html"),
        "wall": wall(),
        "sheet-results": piece("patients/_results.html", **found, beds=[Sample(href="/wards/w1/beds", label="Six East", note="26 of 30")], pages=[]),
        "sheet-problem": piece("errors/_problem.html", sentence="Bed 04 was taken at 14:02. Choose another bed.", fields={}),
        **{f"sheet-{name}": html for name, html in sheets().items()},
    }  # fmt: skip
