"""Relations: the SQL that says why somebody may reach a row."""

from functools import cache, lru_cache
from typing import Any, Literal, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    bindparam,
    case,
    column,
    func,
    literal,
    literal_column,
    null,
    select,
    table,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import ScalarSelect

from domain.access import D10, RULES, Permission, Relation, explaining
from ward.crypto import SubjectKey
from ward.db import Model
from ward.errors import Missing, NoRelation, WardError
from ward.security.actors import Actor, System

EXPLAINS = table(
    "explains", column("grant_id"), column("patient_id"), column("code"), column("until")
)
REACH = table("reach", column("grant_id"), column("ward_id"), column("covers"))

WRAPPED = (SubjectKey.subject_id, SubjectKey.key_version, SubjectKey.wrapped)

M = TypeVar("M", bound=Model)
Lock = Literal["share", "update"] | bool

# Who asks is no part of a statement: it is made once, and each asks it with `asking`.
MY_GRANT, MY_BRANCH, MYSELF = (
    bindparam(name, type_=Uuid) for name in ("my_grant", "my_branch", "myself")
)


def asking(actor: Actor | System | None) -> dict[str, UUID | None]:
    """Give the parameters that say who asks; none for whoever needs no relation.

    No actor: the eyes on a shared screen; each viewer's relation was checked when it sat down.
    """
    if not isinstance(actor, Actor):
        return {}
    return {"my_grant": actor.grant_id, "my_branch": actor.branch_id, "myself": actor.id}


@cache
def one(kind: type[M], permission: Permission, lock: Lock, *, person: bool) -> Select[M, Any]:
    """Select one row by its `key`, locked or not, and beside it what explains it."""
    why_column = why(kind, permission, person=person)
    statement = select(kind, why_column).where(kind.id == bindparam("key"))
    if lock:
        statement = statement.with_for_update(read=lock == "share", of=kind)
    return statement


def explained(
    statement: Select[*tuple[Any, ...]], permission: Permission, *, person: bool, keys: bool
) -> tuple[Select[*tuple[Any, ...]], list[type[Model]]]:
    """Leave out what nothing explains, and give what explains each entity behind the entities.

    Returns the statement, and the entities it selects. With `keys` the wrapped keys of the
    first one's subjects stand last in each row.
    """
    kinds = [column["entity"] for column in statement.column_descriptions]
    reasons = [why(kind, permission, person=person) for kind in kinds]
    beside = statement.add_columns(*reasons).where(*(reason.is_not(None) for reason in reasons))
    if keys:
        subject = getattr(kinds[0], kinds[0].subject)
        beside = beside.outerjoin(SubjectKey, SubjectKey.subject_id == subject)
        beside = beside.add_columns(*WRAPPED)
    return beside, kinds


kept_explained = lru_cache(maxsize=1_000)(explained)  # for statements that stay, in their modules


@lru_cache(maxsize=1_000)
def explained_columns(
    statement: Select[*tuple[Any, ...]], permission: Permission, *, person: bool
) -> tuple[Select[*tuple[Any, ...]], type[Model]]:
    """Leave out what nothing explains of one entity's columns; what explains each stands last.

    Returns the statement, and the entity. Never of a patient's rows: each of them is told.
    """
    (kind,) = {column["entity"] for column in statement.column_descriptions}
    if kind.scope.patient:
        msg = f"{kind.__tablename__} is a patient's: load its rows."
        raise TypeError(msg)
    reason = why(kind, permission, person=person)
    return statement.add_columns(reason).where(reason.is_not(None)), kind


def why(kind: type[Model], permission: Permission, *, person: bool) -> ColumnElement[Any]:
    """Give the SQL that names the relation, or NULL where nothing explains the row."""
    rule, scope = RULES[permission], kind.scope
    if not person:
        return literal(Relation.SYSTEM.value)
    if scope.patient:
        known = _patient_relation(getattr(kind, scope.patient), permission)
        written = scope.authors and Relation.AUTHOR in explaining(permission)
        return func.coalesce(known, _authorship(kind)) if written else known
    if scope.ward:
        return _ward_relation(getattr(kind, scope.ward), covers=rule.writes)
    if scope.branch:
        here = getattr(kind, scope.branch) == MY_BRANCH
        return case((here, Relation.PLACE.value), else_=null())
    if scope.house:
        return literal(Relation.PLACE.value)
    if scope.person and rule.data is D10:  # whoever manages users manages everybody
        return literal(Relation.PLACE.value)
    if scope.person:
        mine = getattr(kind, scope.person) == MYSELF
        return case((mine, Relation.SELF.value), else_=null())
    return null()


def unexplained(kind: type[Model], row: Model) -> WardError:
    """Tell a patient without a relation (403) from a place outside the branch (404)."""
    if kind.scope.patient:
        return NoRelation(getattr(row, kind.scope.patient))
    return Missing()


def _patient_relation(
    patient: InstrumentedAttribute[UUID], permission: Permission
) -> ScalarSelect[Any]:
    codes: list[ColumnElement[str]] = [
        literal_column(f"'{relation.value}'") for relation in explaining(permission)
    ]
    return (
        select(EXPLAINS.c.code)
        .where(EXPLAINS.c.grant_id == MY_GRANT, EXPLAINS.c.patient_id == patient)
        .where(EXPLAINS.c.code.in_(codes))
        .limit(1)
        .scalar_subquery()
    )


def _authorship(kind: type[Model]) -> ColumnElement[Any]:
    """Name who asks as the author of the row: the first of its columns that is filled names one."""
    author = func.coalesce(*(getattr(kind, one) for one in kind.scope.authors))
    return case((author == MYSELF, Relation.AUTHOR.value), else_=null())


def _ward_relation(ward: InstrumentedAttribute[UUID], *, covers: bool) -> ColumnElement[Any]:
    """Compare with the wards of the grant, read once however many rows are asked about."""
    within = select(REACH.c.ward_id).where(REACH.c.grant_id == MY_GRANT)
    reached = ward.in_(within.where(REACH.c.covers) if covers else within)
    return case((reached, Relation.PLACE.value), else_=null())
