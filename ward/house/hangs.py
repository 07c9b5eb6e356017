"""What hangs on a place: who lies there, what is booked, which roles hold there.

Whoever closes a ward need have no relation to its patients; so these are counted, never read.
Every column that leads to a place is named here: as what keeps it open, or as what it may leave
behind. The app does not start with one that is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Column, MetaData, TextClause, text

import ward.schema  # noqa: F401 - every table there is
from ward.db import Model
from ward.security.policy import Undeclared
from ward.work import Work

MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Hanging:
    """One kind of thing that a ward may not leave behind; the statement names or counts it."""

    of: tuple[str, ...]  # the columns, as table.column, that lead from these to the place
    statement: TextClause  # selects one text for each, in the order to name them
    words: str  # "{which}" where they have names, "{n}" where they are counted


_LIE = """
    SELECT b.label FROM stay s JOIN bed b ON b.id = s.bed_id
    WHERE s.ward_id = :place AND s.ended_at IS NULL AND s.voided_at IS NULL
    ORDER BY b.position, b.label
"""
_HELD = """
    SELECT label FROM bed WHERE ward_id = :place AND held_until > :now
    ORDER BY position, label
"""
_MOVES = """
    SELECT id::text FROM move_request
    WHERE (to_ward_id = :place OR from_ward_id = :place) AND status IN ('requested', 'accepted')
"""
_HERE = """
    SELECT e.id::text FROM encounter e
    WHERE e.ward_id = :place AND e.status IN ('arrived', 'triaged', 'in-progress', 'onleave')
    AND NOT EXISTS (SELECT FROM stay s WHERE s.encounter_id = e.id AND s.ended_at IS NULL
                    AND s.voided_at IS NULL AND s.ward_id = :place)
"""
_BOOKED = """
    SELECT id::text FROM appointment WHERE ward_id = :place AND ends_at > :now
    AND status IN ('proposed', 'pending', 'booked', 'arrived', 'checked-in')
"""
_QUEUE = """
    SELECT id::text FROM ticket
    WHERE ward_id = :place AND state IN ('waiting', 'called', 'in-room')
"""
_WAITING = """
    SELECT id::text FROM waitlist_entry
    WHERE ward_id = :place AND status IN ('waiting', 'offered')
"""
_DUTY = "SELECT id::text FROM duty WHERE ward_id = :place AND ended_at IS NULL AND until > :now"
_ALERTS = "SELECT id::text FROM alert WHERE ward_id = :place AND state IN ('open', 'accepted')"
_TASKS = """
    SELECT id::text FROM nursing_task
    WHERE ward_id = :place AND status IN ('requested', 'accepted', 'in-progress')
"""
_STOCK = """
    SELECT product_id::text FROM (
        SELECT DISTINCT ON (product_id) product_id, balance FROM register_entry
        WHERE ward_id = :place ORDER BY product_id, number DESC
    ) last WHERE balance > 0
"""
_PEOPLE = """
    SELECT u.username || ' (' || g.role || ')' FROM user_grant g
    JOIN app_user u ON u.id = g.user_id
    WHERE g.ward_id = :place AND g.revoked_at IS NULL AND (g.until IS NULL OR g.until > :now)
    ORDER BY u.username
"""
_WALLS = """
    SELECT d.label FROM device d JOIN user_grant g ON g.device_id = d.id
    WHERE g.ward_id = :place AND d.revoked_at IS NULL AND g.revoked_at IS NULL
    UNION ALL
    SELECT label FROM device WHERE ward_id = :place AND revoked_at IS NULL
"""
ON_WARD = (
    Hanging(("stay.ward_id",), text(_LIE), "Patients lie in {which}."),
    Hanging(("encounter.ward_id",), text(_HERE), "{n} more have arrived and lie in no bed yet."),
    Hanging(("bed.ward_id",), text(_HELD), "Reserved: {which}."),
    Hanging(
        ("move_request.to_ward_id", "move_request.from_ward_id"),
        text(_MOVES),
        "{n} asked to come or to leave wait for an answer or a bed.",
    ),
    Hanging(("appointment.ward_id",), text(_BOOKED), "{n} booked and still to come."),
    Hanging(("ticket.ward_id",), text(_QUEUE), "{n} in the queue."),
    Hanging(("waitlist_entry.ward_id",), text(_WAITING), "{n} on the waiting list."),
    Hanging(("duty.ward_id",), text(_DUTY), "{n} on duty."),
    Hanging(("alert.ward_id",), text(_ALERTS), "{n} open alerts."),
    Hanging(("nursing_task.ward_id",), text(_TASKS), "{n} open tasks."),
    Hanging(
        ("register_entry.ward_id",),
        text(_STOCK),
        "{n} medicines in the register of controlled drugs are not at nought.",
    ),
    Hanging(("user_grant.ward_id",), text(_PEOPLE), "Roles hold there: {which}."),
    Hanging(
        ("device.ward_id", "user_grant.ward_id"), text(_WALLS), "Screens and tablets: {which}."
    ),
)
_WARDS = "SELECT label FROM ward WHERE branch_id = :place AND ended_at IS NULL ORDER BY label"
_ROLES = """
    SELECT u.username || ' (' || g.role || ')' FROM user_grant g
    JOIN app_user u ON u.id = g.user_id
    WHERE g.branch_id = :place AND g.ward_id IS NULL AND g.revoked_at IS NULL
    AND (g.until IS NULL OR g.until > :now) ORDER BY u.username
"""
ON_BRANCH = (
    Hanging(("ward.branch_id",), text(_WARDS), "Open there: {which}."),
    Hanging(("user_grant.branch_id",), text(_ROLES), "Roles hold for all of it: {which}."),
)
_BEDS = "SELECT label FROM bed WHERE room_id = :place AND ended_at IS NULL ORDER BY position, label"
IN_ROOM = (Hanging(("bed.room_id",), text(_BEDS), "Beds stand in it: {which}."),)


_SETTING = "a setting, which holds again when the place opens"
_PAST = "what was done there, which stays readable"
_ELSEWHERE = "belongs to what is counted above"
_ENDS = "ends by itself"
LEFT = {
    "alert_policy.branch_id": _SETTING,
    "alert_policy.ward_id": _SETTING,
    "appointment_series.ward_id": _ELSEWHERE,
    "bed.branch_id": _ELSEWHERE,
    "bed_change.ward_id": _PAST,
    "bed_nurse.ward_id": _ELSEWHERE,
    "break_glass.branch_id": _ENDS,
    "break_glass.ward_id": _ENDS,
    "clinic_hours.ward_id": _SETTING,
    "closure.ward_id": _SETTING,
    "device.branch_id": _ELSEWHERE,
    "encounter.branch_id": _ELSEWHERE,
    "hl7_code.ward_id": _SETTING,
    "hl7_place.ward_id": _SETTING,
    "hold.ward_id": _ENDS,
    "join_code.branch_id": _ENDS,
    "medication_administration.ward_id": _PAST,
    "missing_dose.ward_id": _ELSEWHERE,
    "move_request.branch_id": _ELSEWHERE,
    "observation_set.ward_id": _PAST,
    "patient.ward_id": _ELSEWHERE,
    "place_change.branch_id": _PAST,
    "place_change.ward_id": _PAST,
    "practitioner.branch_id": _SETTING,
    "reservation.ward_id": _ELSEWHERE,
    "resource.ward_id": _SETTING,
    "room.ward_id": "closes with its ward",
    "specimen.ward_id": _PAST,
    "specimen_check.ward_id": _PAST,
    "visit_need.ward_id": _SETTING,
    "visit_type.ward_id": _SETTING,
    "ward_card.ward_id": _SETTING,
    "ward_medicines.ward_id": _SETTING,
}
"""What a place that closes may leave behind, and why."""


def refuse_unnamed(metadata: MetaData = Model.metadata) -> None:
    """Refuse to start with a column that leads to a place and is not named here, or is no more."""
    kept = {name for kind in (*ON_WARD, *ON_BRANCH, *IN_ROOM) for name in kind.of}
    leads = {f"{column.table.name}.{column.name}" for column in _leading(metadata)}
    if twice := kept & LEFT.keys():
        msg = f"{min(twice)} keeps a place open and is left behind: one of both."
        raise Undeclared(msg)
    if unnamed := leads - kept - LEFT.keys():
        msg = f"{min(unnamed)} hangs on a place: say in ward/house/hangs.py if it keeps one open."
        raise Undeclared(msg)
    if gone := (kept | LEFT.keys()) - leads:
        msg = f"{min(gone)} hangs on no place, but ward/house/hangs.py names it."
        raise Undeclared(msg)


def _leading(metadata: MetaData) -> Iterator[Column[UUID]]:
    places = {"branch", "ward", "room"}
    for table in metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table.name in places:
                yield key.parent


async def hangs(work: Work, place_id: UUID, kinds: tuple[Hanging, ...]) -> list[str]:
    """Say in sentences what would be orphaned if this place closed now."""
    connection = await work.connection()
    found = []
    for kind in kinds:
        given = {"place": place_id, "now": work.now}
        asked = {name: given[name] for name in given if f":{name}" in kind.statement.text}
        rows = list((await connection.execute(kind.statement, asked)).scalars())
        if rows:
            found.append(kind.words.format(n=len(rows), which=_named(rows)))
    return found


def _named(rows: list[str]) -> str:
    shown = ", ".join(rows[:MOST_NAMED])
    more = len(rows) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
