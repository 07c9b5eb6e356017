"""Samples: invented people on an invented ward, in the shapes the templates expect."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace as Sample
from typing import Any
from uuid import UUID

from markupsafe import Markup

from domain.access import Role, permissions
from domain.beds import BedStatus
from ward.render import render
from ward.shell import Item, Shell

NOW = datetime(2026, 11, 20, 14, 2, tzinfo=UTC)
PLAIN, STRONG, ALLERGY, CRITICAL = "plain", "strong", "allergy", "critical"
FLAGS = {
    "similar": ("similar_name", "Similar name", PLAIN),
    "falls": ("falls", "Falls", PLAIN),
    "going": ("alert", "Florence is going", "info"),
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
06|SMITH, Joan (Mrs)|81y|Female|5|up|going similar allergy:penicillin falls|Mon
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
28|WOLFESCHLEGELSTEINHAUSEN-BROWNE, Maximilian Theodore Alexander|85y|Male|2||falls safeguarding|Wed
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
    tone = (
        "critical" if score >= 7 else "warning" if score >= 5 else "caution" if score == 4 else None
    )
    word = {"critical": "high", "warning": "medium", "caution": "3 in one", None: "low"}[tone]
    return Sample(
        score=score, shown=str(score), tone=tone, word=word, trend=trend or None, title=None
    )


def bay(label: str) -> str:
    """Name the bay of six that a bed stands in."""
    return f"Bay {chr(ord('A') + (int(label) - 1) // 6)}"


def card(line: str, rich: bool) -> dict[str, Any]:
    """Make the context of one occupied bed; rich adds what later modules bring."""
    label, name, age, sex, score, trend, flags, home = line.split("|")
    bed = Sample(
        id=f"b{label}", label=label, overlay=None,
        status=BedStatus("I" if "isolation" in flags else "O"),
        since=NOW, until=None, reason_label=None, ward_id="w1", version=3, room=bay(label), off=(),
    )  # fmt: skip
    family, _, given = name.partition(", ")
    number = int(label)
    stay = Sample(
        encounter_id=f"e{label}", patient_id=f"p{label}", initials=f"{given[0]}.{family[0]}.",
        admitted_at=NOW - timedelta(hours=5 * number), here_since=NOW - timedelta(hours=3 * number),
        home_on=date(2026, 11, 21) if home else None, home_label=home or None,
        pending={"07": "discharge", "13": "transfer"}.get(label), version=2,
    )  # fmt: skip
    mrn = f"{12345 + number:07d}"
    known = f"Born 14-Jul-1945 ({age}) · MRN\u00a0{mrn}"
    who = Sample(patient_id=f"p{label}", name=name, age=age, sex=sex, mrn=mrn, known=known)
    parts: dict[str, Any] = {
        "occupant": who, "stay": stay, "flags": [flag(f) for f in flags.split()],
    }  # fmt: skip
    if rich:
        late = number % 6 == 0
        parts["news"] = news(int(score), trend)
        parts["due_obs"] = Sample(label="Obs", at=NOW + timedelta(hours=2), late=False)
        meds = NOW + (timedelta(minutes=-32) if late else timedelta(hours=4))
        parts["due_meds"] = Sample(label="Meds", at=meds, late=late)
    return {"bed": bed, "parts": parts}


def beds(rich: bool = False) -> list[dict[str, Any]]:
    """Make the contexts of the thirty cards of Six East, in bed order."""
    cards = [card(line, rich) for line in ONE_PER_BED.strip().splitlines()]
    for label, (status, overlay, reason, until, ago) in EMPTY.items():
        bed = Sample(
            id=f"b{label}", label=label, status=BedStatus(status), overlay=overlay, since=NOW - ago,
            until=until, reason_label=reason, ward_id="w1", version=1, room=bay(label), off=(),
        )  # fmt: skip
        cards.append({"bed": bed, "parts": {}})
    for context in cards:
        for name in ("occupant", "stay", "flags", "news"):
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
    bells = (UUID(int=3),)
    frame = Shell("G Hopper", "GH", "Charge nurse", may, items, "Six East", True, bells)
    return {"shell": frame, "demo": True, "now": NOW}


def pending() -> list[Sample]:
    """Make the two people who wait to come to Six East."""
    return [
        Sample(
            id="m1", direction="in", accepted=False, initials="T.O.", from_label="Emergency",
            to_label="Six East, bed 04", requested_at=NOW - timedelta(minutes=41),
            ready_at=NOW + timedelta(minutes=28), version=1,
        ),
        Sample(
            id="m2", direction="out", accepted=False, initials="A.L.",
            from_label="Six East, bed 13", to_label="Four West",
            requested_at=NOW - timedelta(minutes=12), ready_at=None, version=1,
        ),
    ]  # fmt: skip


WAITING = {"m1": Sample(name="OYELARAN, Tunde"), "m2": Sample(name="LINDQVIST, Astrid")}


def acts(rich: bool) -> dict[str, Any]:
    """Make the strip of who needs someone now: one person, or nobody."""
    one = Sample(patient_id="p12", bed_label="12", words=["NEWS2 7 high", "K 6.8 mmol/L HH"])
    items = [one] if rich else []
    return {"act": Sample(items=items), "names": {"p12": Sample(name="OKAFOR, Chidi")}}


def piece(template: str, /, **values: Any) -> Markup:
    """Draw one template."""
    return Markup(render(template, zone="UTC", **values).strip())


def board(*, rich: bool = False) -> str:
    """Draw the whole board page."""
    ward = Sample(id="w1", label="Six East", ended_at=None)
    inner = piece(
        "beds/_board.html", ward=ward,
        tiles=Markup("\n").join(piece("beds/_tile.html", key=one.key, tile=one) for one in tiles()),
        regions=Markup("\n").join(piece("beds/_bed.html", **context) for context in beds(rich)),
        pending=piece("adt/_pending.html", ward_id="w1", items=pending(), names=WAITING),
        act=piece("beds/_act.html", **acts(rich)),
    )  # fmt: skip
    screen = Sample(html=container("beds", inner))
    return piece("beds/board.html", title="Six East", screen=screen, **shell())


def container(kind: str, inner: Markup) -> Markup:
    """Put the live container around a screen, as the platform does."""
    head = (
        '<section id="{0}-w1" data-topic="{0}/w1" data-view="full.en" data-rev="43"'
        ' data-epoch="e1">{1}</section>'
    )
    return Markup(head).format(kind, inner)
