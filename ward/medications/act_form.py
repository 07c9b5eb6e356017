"""Act form: the sheet of one act on an order: the line, what the rules say, what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData

from domain.access import Permission
from domain.decisions import Finding, Override
from domain.orders import Act
from ward.duty.queries import names
from ward.medications import overrides, prescribe, review
from ward.medications.chart_notes import difference
from ward.medications.details import Changed
from ward.medications.held import Held, hold
from ward.medications.line import Line, line
from ward.medications.models import MedicationChange
from ward.medications.order_form import REASONS, Found, found_with
from ward.medications.overrides import OverrideView
from ward.patients import banner
from ward.work import Work

SHEET = "medications/_act.html"


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """An order on the sheet of an act: where it stands, and for whom it is."""

    held: Held
    line: Line
    who: str
    known: str

    @property
    def patient_id(self) -> UUID:
        """Name the patient."""
        return self.held.patient.id


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sheet asks for, and how its button is called."""

    title: str
    verb: str  # "%s" is the patient's name
    url: str  # the last part of its address
    tone: str = "primary"
    note: str = ""
    reason: str = ""  # label of the reason; empty: none is asked
    quick: tuple[str, ...] = ()  # reasons that are offered
    required: bool = True


ASKED: Mapping[Act, Asked] = {
    Act.HOLD: Asked(
        "Withhold",
        "Withhold for %s",
        "hold",
        note="Its doses stay on the chart and are not given until it is given again",
        reason="Why",
        quick=("Nil by mouth", "Before a procedure", "Abnormal result", "Observations too low"),
    ),
    Act.LIFT: Asked(
        "Give again",
        "Give again to %s",
        "lift",
        note="Doses that were overtaken meanwhile are not made up for",
    ),
    Act.STOP: Asked(
        "Stop",
        "Stop for %s",
        "stop",
        tone="stop",
        note="Nothing more is given; a pump that runs is stopped by a nurse",
        reason="Why",
        quick=("Course complete", "No longer needed", "Adverse reaction", "Changed to another"),
    ),
    Act.RENEW: Asked("Renew", "Renew for %s", "renew"),
    Act.ACKNOWLEDGE: Asked(
        "Sign the verbal order of",
        "Sign for %s",
        "sign",
        reason="Why you sign instead of the prescriber",
        required=False,
    ),
    Act.REVIEW: Asked("Review the change of", "Change read, for %s", "review"),
}


async def opened(
    work: Work, request_id: UUID, permission: Permission, *, seen: int | None = None
) -> Opened:
    """Reach an order with the ward and the patient's name."""
    found = await line(work, request_id, permission, seen=seen)
    held = await hold(work, found.request.patient_id, permission, lock=False)
    _, person = await banner.who(work, found.request.patient_id)
    return Opened(held, found, person.shown, person.known_by(work.now.astimezone(held.zone)))


@dataclass(frozen=True, slots=True, repr=False)
class Answered:
    """One finding that the prescriber answered for already."""

    found: Finding
    view: OverrideView
    who: str


@dataclass(frozen=True, slots=True, repr=False)
class Ruled:
    """What the rules say: what is answered already, and what this sheet asks."""

    asked: tuple[Found, ...] = ()
    answered: tuple[Answered, ...] = ()

    @property
    def stops(self) -> bool:
        """Tell whether something forbids it, however it is answered."""
        return any(one.tone == "critical" for one in self.asked)


async def ruled(work: Work, of: Opened, form: FormData | None = None) -> Ruled:
    """Ask the rules; what was answered with any standing order is shown, not asked again."""
    findings = await prescribe.check(work, of.held, of.line.detail, id=of.line.request.id)
    kept = await overrides.views(work, of.patient_id)
    people = await names(work, [one.by for one in kept if one.by])
    answered = []
    for finding in findings:
        view = next((one for one in kept if one.given.answers(finding)), None)
        if view is not None:
            who = people[view.by].name if view.by in people else view.role
            answered.append(Answered(finding, view, who))
    settled = {id(one.found) for one in answered}
    asked = [found_with(one, _typed(form)) for one in findings if id(one) not in settled]
    return Ruled(tuple(asked), tuple(answered))


def _typed(form: FormData | None) -> Mapping[str, str]:
    said = {} if form is None else {name: str(value).strip() for name, value in form.items()}
    return Texts(said)


class Texts(dict[str, str]):
    """Fields of a form; what is not there is empty."""

    def __missing__(self, _: str) -> str:
        """Say nothing for a field that was not sent."""
        return ""


def given(found: Ruled) -> list[Override]:
    """Give the reasons that were chosen; refused where a reason needs words."""
    answers = (one.override() for one in found.asked)
    return [one for one in answers if one is not None]


@dataclass(frozen=True, slots=True, repr=False)
class Unread:
    """A change that no nurse has read, as the sheet shows it."""

    id: UUID
    at: datetime
    by: str
    what: str
    reason: str


async def unread(work: Work, request_id: UUID) -> list[Unread]:
    """List the changes of an order that wait to be read, oldest first."""
    rows = await review.unread(work, request_id)
    said: dict[UUID, Changed | None] = await work.open(rows, MedicationChange.detail)
    people = await names(work, [row.by for row in rows if row.by])
    found = []
    for row in rows:
        of = said[row.id]
        what = difference(of.was, of.now) if of and of.was and of.now else ""
        by = people[row.by].name if row.by in people else row.by_role
        found.append(Unread(row.id, row.at, by, what, of.reason if of else ""))
    return found


def drawn(act: Act, of: Opened, **more: Any) -> dict[str, Any]:
    """Give the template of a sheet what it shows."""
    asked, request = ASKED[act], of.line.request
    return {
        "act": act,
        "asked": asked,
        "title": asked.title,
        "verb": asked.verb.replace("%s", of.who),
        "url": f"/orders/{request.id}/{asked.url}",
        "who": of.who,
        "known": of.known,
        "words": of.line.words,
        "indication": of.line.detail.indication,
        "version": request.version,
        "zone": str(of.held.zone),
        "reasons": REASONS,
        "ruled": Ruled(),
        "unread": [],
        "until": None,
        "endless": True,
    } | more
