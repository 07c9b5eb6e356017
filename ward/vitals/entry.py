"""Entry: one form of the bedside: who it is about, what was typed, what it scores, what it asks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import news2, vitals
from domain.errors import NotAllowed
from domain.news2 import Item, Result
from domain.vitals import Vital
from ward.patients import banner
from ward.vitals import forms, queries, words
from ward.vitals.forms import BESIDE, Typed
from ward.vitals.queries import BedsideView, SetView
from ward.vitals.said import Said, score
from ward.work import Work

LOCAL = "%Y-%m-%dT%H:%M"
_SHOWN = (*forms.NUMBERS, Vital.CONSCIOUSNESS)


@dataclass(frozen=True, slots=True)
class Points:
    """What one field adds to the score."""

    points: int
    tone: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Form:
    """A form and everything that stands in it."""

    patient_id: UUID
    name: str
    known: str
    zone: ZoneInfo
    now: datetime
    bedside: BedsideView
    age_years: int | None
    typed: Typed
    said: Said
    wrong: Mapping[str, str] = field(default_factory=dict)
    asks: Mapping[str, str] = field(default_factory=dict)
    both: Mapping[str, Any] = field(default_factory=dict)
    sentence: str | None = None
    status: int = 422

    @property
    def result(self) -> Result:
        """Score what could be read, by the prescribed scale."""
        return score(self.said, self.bedside.scale, self.age_years)

    def mine(self, key: str) -> str:
        """Say what is typed for one line of a comparison."""
        match key:
            case "oxygen":
                typed = self.typed
                amounts = (typed["o2_flow"] and f"{typed['o2_flow']} L/min", typed["fio2"])
                return "Air" if typed["o2"] == forms.AIR else " ".join(filter(None, amounts))
            case "consciousness" if self.said.consciousness:
                return self.said.consciousness.word
            case "sbp":
                return "/".join(filter(None, (self.typed["sbp"], self.typed["dbp"])))
        return self.typed[key]

    def drawn(self, url: str, mode: str, **more: Any) -> dict[str, Any]:
        """Give the template of the sheet what it needs."""
        last = self.bedside.last
        return {
            "url": url,
            "mode": mode,
            "title": TITLES[mode],
            "who": self.name,
            "known": self.known,
            "typed": self.typed,
            "taken_at": self.typed["taken_at"] or self.now.astimezone(self.zone).strftime(LOCAL),
            "was": {key: words.field(key, last) for key in WAS} if last else {},
            "version": self.bedside.version,
            "set_version": None,
            "reason": "",
            "monitor": None,
            "both": self.both,
            "seen": self.bedside.version if self.both else None,
            "sentence": self.sentence,
            "zone": str(self.zone),
            **OFFERED,
            **more,
            **self.scored(),
        }

    def scored(self) -> dict[str, Any]:
        """Give the templates that follow the typing what they need."""
        result, last = self.result, self.bedside.last
        tone = result.urgency.tone if result.urgency else None
        return {
            "patient_id": self.patient_id,
            "result": result,
            "tone": tone,
            "missing": news2.words(result.missing),
            "lost": news2.words(result.not_recordable),
            "at_least": _at_least(self.said, result),
            "started": not self.said.empty or bool(self.wrong),
            "points": {BESIDE[item]: _points(result.points[item]) for item in Item},
            "wrong": dict(self.wrong),
            "asks": dict(self.asks) or _questions(self.said),
            "sure": {vital.value for vital in self.said.sure},
            "last": last,
            "last_score": words.cell("news2", last).text if last else "",
            "scale": self.bedside.scale.value,
            "fields": FIELDS,
        }


def _points(points: int | None) -> Points | None:
    return None if points is None else Points(points, words.TONES.get(points))


def _at_least(said: Said, result: Result) -> int:
    """Sum what is known; one set of words for the sheet and for whoever listens."""
    return 0 if said.empty else result.at_least


def _questions(said: Said) -> dict[str, str]:
    """Ask of every unlikely value, also of one that has its yes, so that the box stays."""
    asked = {vital.value: vitals.unlikely(vital, value) for vital, value in said.values.items()}
    return {name: question for name, question in asked.items() if question}


def _together(said: Said) -> dict[str, str]:
    """Tell of values that contradict each other while they are typed."""
    try:
        vitals.check_pressure(said.values.get(Vital.SBP), said.values.get(Vital.DBP))
    except NotAllowed as refused:
        return {"dbp": refused.sentence}
    return {}


async def begin(work: Work, patient_id: UUID, typed: Typed) -> Form:
    """Read who this is about and what was observed last, and what the form says so far."""
    patient, person = await banner.who(work, patient_id)
    zone = await banner.zone_of(work, patient)
    assert isinstance(zone, ZoneInfo)
    local = work.now.astimezone(zone)
    said, wrong = typed.said(zone, work.now)
    return Form(
        patient_id=patient_id,
        name=person.shown,
        known=person.known_by(local),
        zone=zone,
        now=work.now,
        bedside=await queries.bedside(work, patient_id),
        age_years=person.years(local),
        typed=typed,
        said=said,
        wrong=wrong | _together(said),
    )


def charted(one: SetView, zone: ZoneInfo) -> Typed:
    """Fill the form with a set, to correct or to confirm it."""
    said = queries.said_again(one.readings, one.taken_at)
    texts = dict(forms.heard(said).texts)
    texts["taken_at"] = one.taken_at.astimezone(zone).strftime(LOCAL)
    return Typed(texts)


WAS = (
    *("resp_rate", "spo2", "oxygen", "sbp", "pulse", "consciousness", "temp"),
    *(vital.value for vital in forms.MORE),
)
FIELDS = (*(vital.value for vital in _SHOWN), "o2", "device", "taken_at", "note")
LABELS = {
    **{name: box.label for name, box in forms.BOXES.items()},
    "oxygen": "Air or oxygen",
    "sbp": "Blood pressure",
    "consciousness": "ACVPU",
}
TITLES = {
    "record": "Record observations",
    "correct": "Correct observations",
    "confirm": "Confirm the monitor's values",
}
OFFERED: dict[str, Any] = {
    "boxes": forms.BOXES,
    "more_boxes": forms.MORE_BOXES,
    "levels": forms.LEVELS,
    "devices": forms.DEVICES,
    "reasons": forms.REASONS,
}
