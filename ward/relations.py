"""Relations: the SQL that says why somebody may reach a row."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, column, literal, null, select, table
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import ScalarSelect

from domain.access import RULES, Permission, Relation, explaining
from ward.db import Model
from ward.errors import Missing, NoRelation, WardError
from ward.security.actors import Actor, System

EXPLAINS = table(
    "explains", column("grant_id"), column("patient_id"), column("code"), column("until")
)
REACH = table("reach", column("grant_id"), column("ward_id"), column("covers"))


def why(
    kind: type[Model], actor: Actor | System | None, permission: Permission
) -> ColumnElement[Any]:
    """Give the SQL that names the relation, or NULL where nothing explains the row.

    No actor: the eyes on a shared screen; each viewer's relation was checked when it sat down.
    """
    rule, scope = RULES[permission], kind.scope
    if not isinstance(actor, Actor):
        return literal(Relation.SYSTEM.value)
    if scope.patient:
        return _patient_relation(actor, getattr(kind, scope.patient), permission)
    if scope.ward:
        return _ward_relation(actor, getattr(kind, scope.ward), covers=rule.writes)
    if scope.branch:
        here = getattr(kind, scope.branch) == actor.branch_id
        return case((here, Relation.PLACE.value), else_=null())
    if scope.house:
        return literal(Relation.PLACE.value)
    if scope.person:
        mine = getattr(kind, scope.person) == actor.id
        return case((mine, Relation.SELF.value), else_=null())
    return null()


def unexplained(kind: type[Model], row: Model) -> WardError:
    """Tell a patient without a relation (403) from a place outside the branch (404)."""
    if kind.scope.patient:
        return NoRelation(getattr(row, kind.scope.patient))
    return Missing()


def _patient_relation(
    actor: Actor, patient: InstrumentedAttribute[UUID], permission: Permission
) -> ScalarSelect[Any]:
    codes = [relation.value for relation in explaining(permission)]
    return (
        select(EXPLAINS.c.code)
        .where(EXPLAINS.c.grant_id == actor.grant_id, EXPLAINS.c.patient_id == patient)
        .where(EXPLAINS.c.code.in_(codes))
        .limit(1)
        .scalar_subquery()
    )


def _ward_relation(
    actor: Actor, ward: InstrumentedAttribute[UUID], *, covers: bool
) -> ColumnElement[Any]:
    """Compare with the wards of the grant, read once however many rows are asked about."""
    within = select(REACH.c.ward_id).where(REACH.c.grant_id == actor.grant_id)
    reached = ward.in_(within.where(REACH.c.covers) if covers else within)
    return case((reached, Relation.PLACE.value), else_=null())
