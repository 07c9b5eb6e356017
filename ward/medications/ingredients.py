"""Ingredients: what of one a patient has had, in any order, and until when it is locked out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from domain import prn, rights
from domain.access import Permission
from domain.amounts import Amount
from domain.display import wait
from domain.doses import Status
from domain.errors import NotAllowed
from domain.formulary import Drug
from domain.orders import OrderKind
from domain.prn import Given
from ward.crypto import Vault
from ward.db import new_id
from ward.medications import line as orders
from ward.medications.details import GivenDetail
from ward.medications.legible import limits_of
from ward.medications.models import (
    IngredientLockout,
    MedicationAdministration,
    MedicationRequest,
    ScheduledDose,
)
from ward.patients.queries import among
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS
WENT_IN = [status for status in Status if status.went_in]
LOCKS_NOTHING: Range[datetime] = Range(empty=True)  # two given in one second do not meet


@dataclass(frozen=True, slots=True)
class Taken:
    """What a patient has had of the ingredients of one medicine, and what limits them."""

    history: tuple[Given, ...]
    limits: tuple[prn.Limits, ...]  # of every order as required that has one of them
    interval: timedelta | None  # the longest of these
    regular_at: datetime | None  # when the next regular dose of them is due
    last_by: UUID | None = None  # who gave the last of them

    @property
    def least_at(self) -> datetime | None:
        """Say before when no further dose may be given."""
        last = max((each.at for each in self.history), default=None)
        return last + self.interval if last and self.interval else None


def key(vault: Vault, patient_id: UUID, ingredient: str) -> UUID:
    """Name an ingredient of a patient so that only equality can be seen."""
    return UUID(bytes=vault.hash("ingredient", f"{patient_id}/{ingredient}")[:16])


async def taken(
    work: Work, patient_id: UUID, drug: Drug, at: datetime, *, without: UUID | None = None
) -> Taken:
    """Answer: what has the patient had of the ingredients of this medicine, and what limits it?

    `without` is an administration that is being taken back.
    """
    standing = [
        line for line in await orders.lines(work, patient_id, VIEW) if shares(line.drug, drug)
    ]
    required = [line for line in standing if line.detail.kind is OrderKind.AS_REQUIRED]
    limits = tuple(limits_of(line.detail) for line in required)
    interval = max((one.min_interval for one in limits if one.min_interval), default=None)
    since = at - max(prn.DAY, interval or timedelta(0))
    regular = [line.request.id for line in standing if line not in required]
    had = await _history(work, patient_id, drug, since, without)
    return Taken(
        tuple(given for given, _ in had),
        limits,
        interval,
        await _next_regular(work, regular, at),
        had[-1][1] if had else None,
    )


def shares(one: Drug, other: Drug) -> bool:
    """Tell whether two medicines have an ingredient in common."""
    return bool(one.ingredients & other.ingredients) or one.generic == other.generic


async def _history(
    work: Work, patient_id: UUID, drug: Drug, since: datetime, without: UUID | None
) -> list[tuple[Given, UUID | None]]:
    """List what went in, oldest first, and who gave each."""
    had = select(MedicationAdministration).where(
        MedicationAdministration.patient_id == patient_id,
        MedicationAdministration.occurred_at >= since,
        MedicationAdministration.voided_at.is_(None),
        MedicationAdministration.status.in_(WENT_IN),
    )
    ordered = had.order_by(MedicationAdministration.occurred_at)
    rows = [row for row in await work.every(ordered, VIEW) if row.id != without]
    same = await _of_drug(work, {row.request_id for row in rows}, drug)
    rows = [row for row in rows if row.request_id in same]
    details: dict[UUID, GivenDetail] = await work.open(rows, MedicationAdministration.detail)
    return [
        (Given(row.occurred_at, Amount(amount.value, amount.unit)), row.recorded_by)
        for row in rows
        if (amount := details[row.id].amount)
    ]


async def _of_drug(work: Work, request_ids: Iterable[UUID], drug: Drug) -> set[UUID]:
    theirs = select(MedicationRequest).where(among(MedicationRequest.id, request_ids))
    lines = await orders.selected(work, theirs, VIEW)
    return {line.request.id for line in lines if shares(line.drug, drug)}


async def _next_regular(work: Work, request_ids: Sequence[UUID], at: datetime) -> datetime | None:
    if not request_ids:
        return None
    planned = (
        select(ScheduledDose)
        .where(
            among(ScheduledDose.request_id, request_ids),
            ScheduledDose.status == Status.PLANNED,
            ScheduledDose.due_at >= at,
        )
        .order_by(ScheduledDose.due_at)
        .limit(1)
    )
    return next((dose.due_at for dose in await work.every(planned, VIEW)), None)


async def lock_out(  # noqa: PLR0913 - a dose, and from when until when it counts
    work: Work,
    given: MedicationAdministration,
    drug: Drug,
    interval: timedelta | None,
    permission: Permission,
    *,
    reason: str | None = None,
) -> None:
    """Have the database refuse the same ingredients until the interval is over.

    With a reason it is only noted: somebody answered for two doses that are closer.
    """
    at, vault = given.occurred_at, work.node.vault
    named = sorted(drug.ingredients or {drug.generic})
    keys = [key(vault, given.patient_id, ingredient) for ingredient in named]
    if interval is None and reason is None:
        await _refuse_locked(work, keys, at)
    during = Range(at, at + interval) if interval else LOCKS_NOTHING
    for one in keys:
        row = IngredientLockout(
            id=new_id(),
            patient_id=given.patient_id,
            administration_id=given.id,
            ingredient=one,
            during=during,
        )
        await work.seal(row, reason=reason)
        work.add(row, permission)
    await work.flush()


async def _refuse_locked(work: Work, keys: Sequence[UUID], at: datetime) -> None:
    """Refuse what an earlier dose still locks out, also where its order is over by now."""
    locked = select(IngredientLockout).where(
        IngredientLockout.ingredient.in_(keys),
        IngredientLockout.ended_at.is_(None),
        IngredientLockout.reason.is_(None),
        IngredientLockout.during.contains(at),
    )
    ends = [row.during.upper for row in await work.every(locked, VIEW) if row.during.upper]
    if ends:
        raise NotAllowed(
            "This was given as required before; the minimum interval is not over. "
            f"Wait {wait(max(ends) - at)}.",
            rights.Stop.TOO_SOON.value,
        )


async def let_go(work: Work, administration_id: UUID, permission: Permission) -> None:
    """End what a dose had locked out: it was taken back."""
    mine = select(IngredientLockout).where(
        IngredientLockout.administration_id == administration_id,
        IngredientLockout.ended_at.is_(None),
    )
    for row in await work.every(mine, permission):
        row.ended_at = work.now
    await work.flush()
