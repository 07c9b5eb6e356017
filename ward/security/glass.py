"""Glass: records that somebody opened without a relation, for a while, to be reviewed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, cast, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import Mapped, mapped_column

from domain.access import Relation, Role
from domain.breakglass import Ending, Reason, Verdict
from ward.db import Model, Scope, sealed
from ward.errors import NoRelation, explain
from ward.security.actors import Opened
from ward.security.models import Grant, User

explain("uq_break_glass_active", "You have opened this record already.")


class BreakGlass(Model):
    """A record opened without a relation: by whom, why, until when, and what was found of it.

    In FHIR the purposeOfUse BTG of the AuditEvents that carry its id. One that has run out has an
    end a moment later, from an errand; until then `until` alone says so.
    """

    __tablename__ = "break_glass"
    __table_args__ = (
        CheckConstraint(
            "until > opened_at AND until <= opened_at + interval '4 hours'", name="limit"
        ),
        CheckConstraint("num_nonnulls(ended_at, ended) <> 1", name="ended"),
        CheckConstraint("num_nonnulls(closed_at, closed_by, verdict) IN (0, 3)", name="closed"),
        CheckConstraint("verdict <> 'follow-up'", name="verdict_closes"),
        CheckConstraint("closed_at IS NULL OR ended_at IS NOT NULL", name="closed_after_its_end"),
        CheckConstraint("closed_by <> user_id", name="not_ones_own"),
        Index(
            "uq_break_glass_active",
            "grant_id",
            "patient_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_break_glass_review", "opened_at", postgresql_where=text("closed_at IS NULL")),
        Index("ix_break_glass_user", "user_id", "opened_at"),
        Index("ix_break_glass_ward", "ward_id", "opened_at"),
    )
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey(Grant.id))
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    role: Mapped[Role]
    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branch.id"))
    ward_id: Mapped[UUID | None] = mapped_column(ForeignKey("ward.id"))  # where the patient lay
    reason: Mapped[Reason]
    words: Mapped[bytes] = sealed(str)
    opened_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended: Mapped[Ending | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    seen_at: Mapped[datetime | None]  # by the charge nurse of the ward
    seen_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    follow_up_at: Mapped[datetime | None]  # when a review last asked for more
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey(User.id))
    verdict: Mapped[Verdict | None]


class BreakGlassReview(Model):
    """What a privacy officer found of a case at one time; the last one may close it."""

    __tablename__ = "break_glass_review"
    scope = Scope(patient="patient_id")
    subject = "patient_id"

    case_id: Mapped[UUID] = mapped_column(ForeignKey(BreakGlass.id), index=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    at: Mapped[datetime]
    by: Mapped[UUID] = mapped_column(ForeignKey(User.id))
    verdict: Mapped[Verdict]
    note: Mapped[bytes] = sealed(str)


_RUNNING = (BreakGlass.ended_at.is_(None), BreakGlass.until > func.now())
OF_GRANT = (
    select(
        func.jsonb_object_agg(
            cast(BreakGlass.id, Text),
            func.jsonb_build_array(BreakGlass.patient_id, BreakGlass.until),
            type_=JSONB,
        )
    )
    .where(BreakGlass.grant_id == Grant.id, *_RUNNING)
    .correlate(Grant)
    .scalar_subquery()
)
"""What a grant has opened now, for the statement that reads a session."""


def opened(found: dict[str, list[str]] | None) -> tuple[Opened, ...]:
    """Read what `OF_GRANT` gives."""
    return tuple(
        Opened(UUID(key), UUID(patient), datetime.fromisoformat(until))
        for key, (patient, until) in (found or {}).items()
    )


async def of_grant(connection: AsyncConnection, grant_id: UUID) -> tuple[Opened, ...]:
    """Answer: which records has this grant opened now?"""
    asked = select(OF_GRANT).select_from(Grant).where(Grant.id == grant_id)
    return opened((await connection.execute(asked)).scalar_one_or_none())


def reached(patients: Sequence[UUID | None], reasons: Iterable[str]) -> set[UUID]:
    """Say whom a loader reached through the glass alone."""
    found = zip(patients, reasons, strict=False)
    return {one for one, reason in found if one and reason == Relation.BREAK_GLASS}


async def hold(connection: AsyncConnection, grant_id: UUID, patients: set[UUID]) -> UUID:
    """Keep what is open from ending before this commit, or refuse what came too late.

    Whoever ends an access waits for a command that is at its commit; a command that comes to its
    commit after the end is undone. Return the case.
    """
    asked = (
        select(BreakGlass.id, BreakGlass.patient_id)
        .where(BreakGlass.grant_id == grant_id, BreakGlass.patient_id.in_(patients))
        .where(BreakGlass.ended_at.is_(None), BreakGlass.until > func.clock_timestamp())
        .order_by(BreakGlass.id)
        .with_for_update(read=True)
    )
    found: dict[UUID, UUID] = {row.patient_id: row.id for row in await connection.execute(asked)}
    if late := sorted(patients - found.keys()):
        raise NoRelation(late[0])
    return next(iter(found.values()))
