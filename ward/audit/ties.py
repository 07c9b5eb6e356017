"""Ties: what ties those who looked to those they looked at, beside care: a rule asks, no more."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, select

from domain.access import Permission, Role
from ward.adt.models import Encounter
from ward.audit.models import SignalKind
from ward.audit.words import CARE
from ward.patients.models import PatientAccount
from ward.patients.person import Person
from ward.patients.queries import among, people_that_open
from ward.security.models import Grant, User
from ward.trail import AuditEvent, Outcome
from ward.work import Work

AFTER = timedelta(hours=4)  # engineering default: until then a stay is still being written up
_SEE = Permission.VIEW_PATIENT


@dataclass(slots=True)
class Ties:
    """Whose own record it is, who lives where, who works here, who has gone home."""

    own: Mapping[UUID, UUID] = field(default_factory=dict)  # person of the house: their record
    records: Mapping[UUID, UUID] = field(default_factory=dict)  # the same, turned round
    homes: Mapping[UUID, frozenset[str]] = field(default_factory=dict)  # patient: addresses, phones
    names: Mapping[str, frozenset[UUID]] = field(default_factory=dict)  # whole name: who has it
    called: Mapping[UUID, str] = field(default_factory=dict)  # patient: whole name
    gone: Mapping[UUID, datetime] = field(default_factory=dict)  # patient: when they went home

    def kinds(self, row: AuditEvent, patient: UUID) -> Iterable[SignalKind]:
        """Say what ties whoever looked to this patient."""
        assert row.actor_id is not None
        mine = self.own.get(row.actor_id)
        if mine == patient:
            yield SignalKind.SELF
            return
        if mine and self.homes.get(mine, frozenset()) & self.homes.get(patient, frozenset()):
            yield SignalKind.HOUSEHOLD
        known = self.names.get(self.called.get(patient, ""), frozenset())
        others = known | {self.records[patient]} if patient in self.records else known
        if others - {row.actor_id}:
            yield SignalKind.COLLEAGUE
        left = self.gone.get(patient)
        if (
            left
            and row.outcome is Outcome.SUCCESS
            and row.relation in CARE
            and row.at > left + AFTER
        ):
            yield SignalKind.AFTER


async def of(aside: Work, people: Iterable[UUID], patients: Mapping[UUID, Person]) -> Ties:
    """Read what is known of these; nobody is shown any of it."""
    linked = await aside.every(
        select(PatientAccount).where(
            PatientAccount.ended_at.is_(None)
            & (
                among(PatientAccount.user_id, list(people))
                | among(PatientAccount.patient_id, list(patients))
            )
        ),
        _SEE,
    )
    own = {one.user_id: one.patient_id for one in linked}
    wanted = sorted(set(own.values()) - patients.keys())
    known = dict(patients) | await people_that_open(aside, wanted, _SEE)
    house, names = await _staff(aside)
    return Ties(
        own=own,
        records={patient: user for user, patient in own.items() if user in house},
        homes={patient: _home(person) for patient, person in known.items()},
        names=names,
        called={patient: _whole(person) for patient, person in patients.items()},
        gone=await _gone(aside, list(patients)),
    )


def _home(person: Person) -> frozenset[str]:
    """Name where somebody lives and how they are called up, so that alike compares alike."""
    at = (
        _bare(f"{one.postcode}{one.lines[0]}")
        for one in person.addresses
        if one.use != "old" and one.postcode and one.lines
    )
    phones = (_bare(one.value) for one in person.contacts if one.kind == "phone")
    return frozenset(one for one in (*at, *phones) if one)


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _whole(person: Person) -> str:
    given = person.name.given.split()
    return _bare(f"{given[0]}{person.name.family}") if given and person.name.family else ""


async def _staff(aside: Work) -> tuple[frozenset[UUID], dict[str, frozenset[UUID]]]:
    """Name all who work here and have not been shut out: patients sign in too and do not."""
    works = exists().where(
        Grant.user_id == User.id, Grant.role != Role.PATIENT, Grant.revoked_at.is_(None)
    )
    rows = await aside.every(
        select(User).where(User.disabled_at.is_(None), works), Permission.VIEW_DUTY, keys=True
    )
    opened: dict[UUID, str] = await aside.open(rows, User.name)
    found = defaultdict(set)
    for row in rows:
        words = opened[row.id].replace(",", " ").split()
        if len(words) > 1:
            found[_bare(words[0] + words[-1])].add(row.id)
    return frozenset(opened), {name: frozenset(people) for name, people in found.items()}


async def _gone(aside: Work, patients: list[UUID]) -> dict[UUID, datetime]:
    """Tell when these went home; who is in hospital again has not."""
    stays = (
        select(
            Encounter.patient_id,
            func.max(Encounter.discharged_at),
            func.bool_or(Encounter.discharged_at.is_(None)),
        )
        .where(among(Encounter.patient_id, patients))
        .group_by(Encounter.patient_id)
    )
    rows = await (await aside.connection()).execute(stays)
    return {row[0]: row[1] for row in rows if row[1] is not None and not row[2]}
