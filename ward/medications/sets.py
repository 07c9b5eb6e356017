"""Sets: orders that are filled in at once: order sets of the house, favourites of a prescriber."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, select

from domain.access import D0, Permission
from domain.errors import NotAllowed
from domain.formulary import unlisted
from ward.db import new_id
from ward.errors import Invalid, Missing
from ward.medications.held import actor_id
from ward.medications.house import OrderTemplate, TemplateKind
from ward.medications.ordering_fields import Typed
from ward.projections import projection
from ward.work import Work

SEE, SET, ORDER = Permission.VIEW_FORMULARY, Permission.SET_FORMULARY, Permission.PRESCRIBE
MOST_LINES, MOST_FAVOURITES = 20, 30
LONGEST_NAME, LONGEST_PURPOSE = 80, 400

#: What a template may hold of a line: what is of the order, nothing that is of a patient.
KEPT = (
    *("generic", "form", "dose", "dose_most", "unit", "route", "frequency", "times", "weekday"),
    *("monthday", "count", "interval", "interval_in", "max_24h", "max_count", "infusion"),
    *("volume", "diluent", "rate", "rate_unit", "least", "most", "target", "modified_release"),
    *("indication", "note", "rows"),
)
_PREFIXES = ("step_dose_", "step_days_")


@projection(D0)
class Template:
    """A set or a favourite, its lines as a form types them."""

    id: UUID
    kind: TemplateKind
    name: str
    purpose: str
    lines: tuple[Typed, ...]
    version: int

    @property
    def holds(self) -> str:
        """Name the medicines in it."""
        return ", ".join(unlisted(line["generic"]).generic for line in self.lines)


async def sets(work: Work) -> list[Template]:
    """Answer: which order sets has the house?"""
    rows = await work.every(_standing(TemplateKind.SET).order_by(OrderTemplate.name), SEE)
    return [_view(row) for row in rows]


async def favourites(work: Work) -> list[Template]:
    """Answer: which orders has this prescriber kept?"""
    mine = _standing(TemplateKind.FAVOURITE).where(OrderTemplate.owner_id == actor_id(work))
    return [_view(row) for row in await work.every(mine.order_by(OrderTemplate.name), SEE)]


async def template(work: Work, template_id: UUID) -> Template:
    """Give one set, or one of the prescriber's own favourites."""
    row = await work.access(OrderTemplate, template_id, SEE)
    others = row.kind is TemplateKind.FAVOURITE and row.owner_id != actor_id(work)
    if others or row.withdrawn_at is not None:
        raise Missing("This set was withdrawn.")
    return _view(row)


async def keep_favourite(work: Work, name: str, line: Typed) -> OrderTemplate:
    """Keep an order for oneself, to be filled in with one tap."""
    if len(await favourites(work)) >= MOST_FAVOURITES:
        raise NotAllowed(
            f"There are {MOST_FAVOURITES} favourites. Take one away first.", "sets.many"
        )
    row = _row(work, TemplateKind.FAVOURITE, name, "", [line])
    work.add(row, ORDER)
    await work.flush()
    return row


async def forget_favourite(work: Work, template_id: UUID) -> None:
    """Take one of one's own favourites away."""
    row = await work.access(OrderTemplate, template_id, ORDER, lock=True)
    if row.owner_id != actor_id(work) or row.kind is not TemplateKind.FAVOURITE:
        raise Missing("This is no favourite of yours.")
    row.withdrawn_at = row.withdrawn_at or work.now


async def put_set(
    work: Work,
    name: str,
    purpose: str,
    lines: Sequence[Typed],
    *,
    replaces: tuple[UUID, int | None] | None = None,
) -> OrderTemplate:
    """Have a set stand as said; one that is changed is withdrawn, and the new one stands."""
    wrong = {}
    if not name.strip() or len(name) > LONGEST_NAME:
        wrong["name"] = f"Name the set, in at most {LONGEST_NAME} letters."
    if not purpose.strip() or len(purpose) > LONGEST_PURPOSE:
        wrong["purpose"] = "Say what the set is for, and where it is from."
    if not 0 < len(lines) <= MOST_LINES:
        wrong["name"] = f"A set has 1 to {MOST_LINES} medicines."
    if wrong:
        raise Invalid(wrong)
    if replaces is not None:
        await withdraw_set(work, replaces[0], seen=replaces[1])
        await work.flush()
    row = _row(work, TemplateKind.SET, name.strip(), purpose.strip(), lines)
    work.add(row, SET)
    await work.flush()
    return row


async def withdraw_set(work: Work, template_id: UUID, *, seen: int | None) -> OrderTemplate:
    """Have a set be offered no more; orders that came of it stay."""
    row = await work.access(OrderTemplate, template_id, SET, lock=True, seen=seen)
    if row.kind is not TemplateKind.SET or row.withdrawn_at is not None:
        raise NotAllowed("This set was withdrawn already.", "sets.withdrawn")
    row.withdrawn_at = work.now
    return row


def kept(line: Typed) -> dict[str, str]:
    """Take out of a line what a template may hold."""
    return {
        name: text
        for name, text in line.texts.items()
        if text and (name in KEPT or name.startswith((*_PREFIXES, "is_")))
    }


def _row(
    work: Work, kind: TemplateKind, name: str, purpose: str, lines: Sequence[Typed]
) -> OrderTemplate:
    by = actor_id(work)
    return OrderTemplate(
        id=new_id(),
        kind=kind,
        owner_id=by if kind is TemplateKind.FAVOURITE else None,
        name=name[: 2 * LONGEST_NAME],
        purpose=purpose,
        orders=[kept(line) for line in lines],
        made_at=work.now,
        made_by=by,
    )


def _standing(kind: TemplateKind) -> Select[OrderTemplate]:
    return select(OrderTemplate).where(
        OrderTemplate.kind == kind, OrderTemplate.withdrawn_at.is_(None)
    )


def _view(row: OrderTemplate) -> Template:
    lines = tuple(Typed(_texts(one)) for one in row.orders)
    return Template(row.id, row.kind, row.name, row.purpose, lines, row.version)


def _texts(stored: Mapping[str, object]) -> dict[str, str]:
    return {str(name): str(text) for name, text in stored.items()}
