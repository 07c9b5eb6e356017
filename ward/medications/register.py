"""Register: the controlled drugs of a ward, line by line, each standing on the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text

from domain import formulary, registers
from domain.access import D0, D4, Permission
from domain.formulary import Unit
from domain.registers import Entry
from ward.db import new_id
from ward.duty.queries import names
from ward.errors import Invalid
from ward.medications import witness as witnesses
from ward.medications.events import RegisterWritten
from ward.medications.held import actor_id
from ward.medications.house import Product
from ward.medications.occasion import MAY
from ward.medications.stock import RegisterEntry
from ward.medications.witness import Witnessed
from ward.patients.queries import among
from ward.places.models import Ward
from ward.projections import projection
from ward.security.actors import System
from ward.work import Work

VIEW = Permission.VIEW_MEDICATIONS
_READER = System("job:medicines", frozenset())
MOST_LINES = 200


@projection(D4)
class EntryView:
    """One line of the book."""

    number: int
    kind: Entry
    at: datetime
    change: str
    balance: str
    by: str
    witness: str
    incident: str | None
    note: str | None


@projection(D4)
class Book:
    """One drug in one form: what is left, and how it came to that, newest line first."""

    product_id: UUID
    name: str
    unit: Unit
    balance: str
    number: int  # of the last line: a form that saw another one is refused
    lines: tuple[EntryView, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What one line of the register is to say; the amount is in the unit of the product."""

    kind: Entry
    amount: Decimal
    incident: str = ""
    note: str = ""
    administration_id: UUID | None = None
    second: str = ""  # of paper: the second person as written there; nobody signed here


async def enter(
    work: Work, ward_id: UUID, product_id: UUID, said: Written, witness: Witnessed | None
) -> RegisterEntry:
    """Write a line; whoever counts and finds another amount says what was found."""
    ward = await work.access(Ward, ward_id, MAY)
    witness_id = await witnesses.check(work, witness, ward) if witness else None
    row = await write(work, ward_id, product_id, said, witness_id)
    work.record(RegisterWritten(ward_id, row.id))
    return row


async def number(work: Work, ward_id: UUID, product_id: UUID) -> int:
    """Tell the number of the last line of a drug; nobody writes another before this work ends."""
    await _alone(work, ward_id, product_id)
    last = await last_line(work, ward_id, product_id)
    return last.number if last else 0


async def write(
    work: Work, ward_id: UUID, product_id: UUID, said: Written, witness_id: UUID | None
) -> RegisterEntry:
    """Write one line after the last; two at once wait for each other."""
    await _alone(work, ward_id, product_id)
    last = await last_line(work, ward_id, product_id)
    opening = last.balance if last else Decimal(0)
    change = registers.change(said.kind, said.amount, opening)
    if said.kind.witnessed and witness_id is None and not said.second:
        raise Invalid({"witness_name": "This line of the register needs a witness."})
    if registers.mismatch(said.kind, change) and last and not said.incident.strip():
        raise Invalid({"incident": "The count does not agree with the book. Say what was found."})
    found = said.incident.strip() or (None if last else "First count")
    row = RegisterEntry(
        id=new_id(),
        ward_id=ward_id,
        product_id=product_id,
        number=last.number + 1 if last else 1,
        previous=last.number if last else None,
        kind=said.kind,
        opening=opening,
        change=change,
        balance=opening + change,
        at=work.now,
        recorded_at=work.now,
        recorded_by=actor_id(work),
        recorded_as=work.actor.name,
        witnessed_by=witness_id,
        administration_id=said.administration_id,
    )
    incident = found if registers.mismatch(said.kind, change) else None
    note, second = said.note.strip() or None, said.second or None
    await work.seal(row, incident=incident, note=note, second=second)
    work.add(row, MAY)
    await work.flush()
    return row


_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:book, 0))")


async def _alone(work: Work, ward_id: UUID, product_id: UUID) -> None:
    await (await work.connection()).execute(_ALONE, {"book": f"register/{ward_id}/{product_id}"})


async def last_line(work: Work, ward_id: UUID, product_id: UUID) -> RegisterEntry | None:
    newest = (
        select(RegisterEntry)
        .where(RegisterEntry.ward_id == ward_id, RegisterEntry.product_id == product_id)
        .order_by(RegisterEntry.number.desc())
        .limit(1)
    )
    return next(iter(await work.every(newest, MAY)), None)


async def books(work: Work, ward_id: UUID) -> list[Book]:
    """Answer: what does the register of this ward say of each drug?"""
    newest = (
        select(RegisterEntry)
        .where(RegisterEntry.ward_id == ward_id)
        .order_by(RegisterEntry.recorded_at.desc(), RegisterEntry.number.desc())
        .limit(MOST_LINES)
    )
    rows = await work.every(newest, VIEW)
    known = await products(work, {row.product_id for row in rows})
    people = await names(
        work, {one for row in rows for one in (row.recorded_by, row.witnessed_by) if one}
    )
    said = {one: person.name for one, person in people.items()}
    incidents = await work.open(rows, RegisterEntry.incident)
    seconds = await work.open(rows, RegisterEntry.second)
    notes = await work.open(rows, RegisterEntry.note)
    books: dict[UUID, list[RegisterEntry]] = {}
    for row in sorted(rows, key=lambda row: -row.number):
        books.setdefault(row.product_id, []).append(row)

    def shown(row: RegisterEntry, unit: Unit) -> EntryView:
        sign = "+" if row.change >= 0 else "\N{MINUS SIGN}"
        change = sign + formulary.write(abs(row.change), unit)
        two = seconds[row.id]
        return EntryView(
            row.number, row.kind, row.at, change, formulary.write(row.balance, unit),
            _named(said, row.recorded_by),
            f"on paper: {two}" if two else _named(said, row.witnessed_by),
            incidents[row.id], notes[row.id],
        )  # fmt: skip

    return [
        Book(one, product_name(known[one]), known[one].unit,
             formulary.write(lines[0].balance, known[one].unit), lines[0].number,
             tuple(shown(row, known[one].unit) for row in lines))
        for one, lines in books.items()
    ]  # fmt: skip


def _named(said: Mapping[UUID, str], one: UUID | None) -> str:
    return said.get(one, "") if one else ""


async def controlled(work: Work, names: Sequence[str]) -> list[Product]:
    """List the packs of controlled drugs that a register may be kept of."""
    aside = work.watched(_READER, frozenset({D0}))
    listed = select(Product).where(Product.generic.in_(names), Product.withdrawn_at.is_(None))
    return await aside.every(
        listed.order_by(Product.generic, Product.strength), Permission.VIEW_FORMULARY
    )


async def products(work: Work, ids: set[UUID]) -> dict[UUID, Product]:
    aside = work.watched(_READER, frozenset({D0}))
    rows = await aside.every(
        select(Product).where(among(Product.id, ids)), Permission.VIEW_FORMULARY
    )
    return {row.id: row for row in rows}


def product_name(product: Product) -> str:
    """Name a drug as the book does: morphine, ampoule of 10 mg."""
    return f"{product.generic}, {product.form} of {formulary.write(product.strength, product.unit)}"
