"""Preview: two invented patients, to show what a card looks like before it is set."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.beds import BedStatus
from domain.card_rows import CardRow
from ward.beds.queries import BedCard, WardBoard


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who does not exist, as a card names people."""

    patient_id: UUID
    name: str
    age: str
    sex: str
    mrn: str


@dataclass(frozen=True, slots=True)
class Stay:
    """The stay of somebody who does not exist."""

    patient_id: UUID
    initials: str
    admitted_at: datetime
    here_since: datetime
    home_label: str
    pending: None = None


@dataclass(frozen=True, slots=True)
class Score:
    """An early warning score that nobody has."""

    score: int
    shown: str
    word: str
    tone: str | None = None
    trend: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due nowhere."""

    label: str
    at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip of an invented card."""

    code: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class Nurse:
    """A nurse of nobody."""

    user_id: UUID
    name: str
    initials: str


def cards(
    ward: WardBoard, off: Iterable[CardRow], now: datetime
) -> list[tuple[BedCard, dict[str, Any]]]:
    """Give an unwell patient's card and a quiet one, as the ward's board would draw them."""
    left = tuple(off)
    return [(_bed(ward, 1, left, now), _unwell(now)), (_bed(ward, 2, left, now), _quiet(now))]


def _bed(ward: WardBoard, nth: int, off: tuple[CardRow, ...], now: datetime) -> BedCard:
    return BedCard(
        id=UUID(int=nth),
        ward_id=ward.id,
        label=f"{nth:02}",
        status=BedStatus.OCCUPIED,
        overlay=None,
        since=now,
        until=None,
        reason_label=None,
        held_for=None,
        attributes=(),
        room=None,
        zone=ward.zone,
        version=0,
        off=off,
    )


def _unwell(now: datetime) -> dict[str, Any]:
    return {
        "occupant": Who(UUID(int=1), "EXAMPLE, Ada", "67y", "Female", "000 000 0001"),
        "stay": Stay(
            UUID(int=1), "AE", now - timedelta(days=3), now - timedelta(hours=50), "Not set"
        ),
        "flags": [
            Chip("critical_result", "K 6.8 mmol/L HH", "critical"),
            Chip("allergy", "Allergy penicillin", "allergy"),
        ],
        "flags_labs": [Chip("results", "2 abnormal results", "warning")],
        "news": Score(5, "5", "medium", "warning", "up"),
        "due_meds": Due("Meds", now - timedelta(minutes=12), late=True),
        "due_obs": Due("Obs", now + timedelta(minutes=40), late=False),
        "nurse": Nurse(UUID(int=3), "Grace Example", "GE"),
    }


def _quiet(now: datetime) -> dict[str, Any]:
    return {
        "occupant": Who(UUID(int=2), "SAMPLE, Ben", "81y", "Male", "000 000 0002"),
        "stay": Stay(UUID(int=2), "BS", now - timedelta(days=1), now - timedelta(hours=5), "Today"),
        "flags_duty": [Chip("no_nurse", "No nurse", "warning")],
        "news": Score(1, "1", "low"),
    }
