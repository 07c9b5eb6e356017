"""Questions: what adt must know and only higher modules can tell.

`before_discharge` is asked with an encounter's id: each answer is a list of `Check`.
`care_recorded` is asked with an encounter's id: an answer that is not None forbids to take the
admission back.
"""

from uuid import UUID

from domain.access import D0
from domain.discharge import Answer, Item
from ward.ask import Question
from ward.projections import projection
from ward.work import Work

before_discharge = Question("before_discharge")
care_recorded = Question("care_recorded")


@projection(D0)
class Check:
    """One line of the discharge checklist, as a module answers it."""

    item: Item
    answer: Answer


async def checklist(work: Work, encounter: UUID) -> dict[Item, Answer]:
    """Ask every module what stands in the way of going home."""
    answers = (await before_discharge.ask(work, [encounter]))[encounter]
    lines = [line for part in answers.values() for line in part or ()]
    return {line.item: line.answer for line in lines}


async def has_care(work: Work, encounter: UUID) -> bool:
    """Ask whether anything clinical hangs on this encounter."""
    answers = (await care_recorded.ask(work, [encounter]))[encounter]
    return any(answer is not None for answer in answers.values())
