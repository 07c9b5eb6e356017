"""Questions: what adt must know and only higher modules can tell.

`before_discharge` is asked with an encounter's id: each answer is a list of `Check`.
`care_recorded` is asked with an encounter's id: an answer that is not None forbids to take the
admission back.
"""

from collections.abc import Iterable
from uuid import UUID

from domain.access import D0, D1, D2, D3, D4, D5
from domain.discharge import Answer, Item, merged
from ward.ask import Question
from ward.projections import projection
from ward.work import Work

before_discharge = Question("before_discharge")
care_recorded = Question("care_recorded")


@projection(D0)
class Check:
    """One line of the discharge checklist, as a module answers it.

    `what` names what is open, `link` is where it is settled.
    """

    item: Item
    answer: Answer
    what: tuple[str, ...] = ()
    link: str = ""

    @property
    def open(self) -> bool:
        """Say whether it is not settled."""
        return self.answer is Answer.NOT_DONE


@projection(D1)
class NameCheck(Check):
    """A line that names somebody else."""


@projection(D2)
class BookedCheck(Check):
    """A line that names appointments."""


@projection(D3)
class RecordCheck(Check):
    """A line that names what stands in the basic record."""


@projection(D4)
class OrderCheck(Check):
    """A line that names orders or medicines."""


@projection(D5)
class ResultCheck(Check):
    """A line that names results."""


async def checks(work: Work, encounter: UUID) -> list[Check]:
    """Ask every module what is to be settled before going home: what is in the way comes first."""
    answers = (await before_discharge.ask(work, [encounter]))[encounter]
    lines: list[Check] = [line for part in answers.values() for line in part or ()]
    order = list(Item)
    return sorted(lines, key=lambda line: (not line.item.blocks, order.index(line.item)))


async def checklist(work: Work, encounter: UUID) -> dict[Item, Answer]:
    """Ask every module what stands in the way of going home."""
    return answers_of(await checks(work, encounter))


def answers_of(lines: Iterable[Check]) -> dict[Item, Answer]:
    """Tell of each item whether it is settled."""
    return merged((line.item, line.answer) for line in lines)


async def has_care(work: Work, encounter: UUID) -> bool:
    """Ask whether anything clinical hangs on this encounter."""
    answers = (await care_recorded.ask(work, [encounter]))[encounter]
    return any(answer is not None for answer in answers.values())
