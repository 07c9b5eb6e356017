"""Answers: what stands in the calendar of who goes home."""

from collections.abc import Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from domain import display
from domain.access import Permission
from domain.discharge import Answer, Item
from ward.adt.questions import BookedCheck, before_discharge
from ward.adt.whose import whose
from ward.scheduling.coming import Coming, coming_of
from ward.work import Work

VIEW = Permission.VIEW_APPOINTMENTS


@before_discharge.answer("appointments", VIEW)
async def coming(work: Work, encounters: Sequence[UUID]) -> Mapping[UUID, list[BookedCheck]]:
    """Answer where who goes is expected again."""
    patients = await whose(work, encounters, VIEW)
    found = {}
    for encounter, patient in patients.items():
        listed = tuple(map(_words, await coming_of(work, patient)))
        said = Answer.NOT_DONE if listed else Answer.DONE
        found[encounter] = [BookedCheck(Item.NO_APPOINTMENTS, said, listed)]
    return found


def _words(one: Coming) -> str:
    when = display.instant(one.starts_at, ZoneInfo(one.zone))
    return f"{when}, {one.visit}, {one.clinic}"
