"""Register of doses: what a controlled drug that is given takes out of the book, and gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from domain import formulary, registers
from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.registers import Entry
from ward.errors import Invalid
from ward.medications import register
from ward.medications import witness as witnesses
from ward.medications.details import GivenAmount
from ward.medications.events import RegisterWritten
from ward.medications.held import Held
from ward.medications.house import Product
from ward.medications.models import GivenSource, MedicationAdministration
from ward.medications.occasion import MAY, Occasion
from ward.medications.packs import Scan
from ward.medications.register import Written
from ward.medications.said import GivenSaid, Judged
from ward.medications.stock import RegisterEntry
from ward.medications.witness import Witnessed
from ward.work import Work

NOBODY = "Nobody on the paper"


@dataclass(frozen=True, slots=True)
class Choice:
    """A book of the ward out of which a dose may have been taken."""

    product: Product
    balance: Decimal
    share: str  # filled in: what is plain, else nothing

    @property
    def name(self) -> str:
        """Name the drug as the book does."""
        return register.product_name(self.product)

    @property
    def left(self) -> str:
        """Say how much the book says is there."""
        return formulary.write(self.balance, self.product.unit)


async def choices(
    work: Work, found: Occasion, amount: Amount, scanned: Sequence[Scan]
) -> list[Choice]:
    """Answer: out of which books of this ward may this dose have been taken?"""
    books = await _books(work, found)
    plain = _plain(books, scanned)
    shares = {plain: _counted(amount, books[plain][0])} if plain else {}
    return [
        Choice(product, balance, witnesses.number(much) if (much := shares.get(key)) else "")
        for key, (product, balance) in books.items()
    ]


async def _books(work: Work, found: Occasion) -> dict[UUID, tuple[Product, Decimal]]:
    """List the drugs of an order that the ward keeps a book of, and what is left of each."""
    generic = found.line.drug.generic
    if not found.line.drug.called & frozenset(found.held.settings.controlled):
        return {}
    kept = {}
    for product in await register.controlled(work, [generic]):
        last = await register.last_line(work, found.held.ward.id, product.id)
        if last is not None:
            kept[product.id] = (product, last.balance)
    return kept


def _plain(books: Mapping[UUID, object], scanned: Sequence[Scan]) -> UUID | None:
    """Tell which book it was where that is plain: one was scanned, or the ward keeps only one."""
    read = {one.product.id for one in scanned if one.product}
    among = read & books.keys() if read else set(books)
    return among.pop() if len(among) == 1 and len(read) <= 1 else None


def _counted(amount: Amount, product: Product) -> Decimal | None:
    try:
        return amount.to(product.unit).value
    except NotAllowed:
        return None


async def give_out(
    work: Work, found: Occasion, given: MedicationAdministration, said: GivenSaid, judged: Judged
) -> None:
    """Write down what a dose took out of each book, and what was left over of the last piece."""
    books = await _books(work, found)
    read = {one.product.id for one in judged.packs if one.product}
    if not books or (read and not read & books.keys()):  # the ward keeps no book of it
        return
    taken = _taken(books, said, judged)
    registers.share({one: Amount(much, books[one][0].unit) for one, much in taken.items()},
                    judged.amount)  # fmt: skip
    on_paper = said.source is GivenSource.PAPER and given.witnessed_by is None
    second = (said.second.strip() or NOBODY) if on_paper else ""
    for key in sorted(taken):
        left = registers.waste(taken[key], books[key][0].strength)
        for kind, much in ((Entry.GIVEN, taken[key]), (Entry.WASTED, left)):
            if much:
                line = Written(kind, much, administration_id=given.id, second=second)
                await register.write(work, found.held.ward.id, key, line, given.witnessed_by)
    work.record(RegisterWritten(found.held.ward.id, given.id))


def _taken(
    books: Mapping[UUID, tuple[Product, Decimal]], said: GivenSaid, judged: Judged
) -> dict[UUID, Decimal]:
    """Tell how much was taken of each drug, or ask where nobody can know."""
    taken = {key: much for key, much in said.taken.items() if much}
    if not taken:
        plain = _plain(books, judged.packs)
        much = _counted(judged.amount, books[plain][0]) if plain else None
        taken = {plain: much} if plain and much else {}
    if not taken or not taken.keys() <= books.keys():
        names = " or ".join(register.product_name(product) for product, _ in books.values())
        raise NotAllowed(
            f"Say out of which it was taken, and how much of each: {names}.", "register.which"
        )
    return taken


# ------------------------------------------------------------------------------- taken back


async def lines_of(work: Work, given: MedicationAdministration) -> list[RegisterEntry]:
    """List what a dose took out of the books; a corrected time keeps the lines of the first."""
    ids, one = [given.id], given
    while one.replaces_id is not None:
        one = await work.access(MedicationAdministration, one.replaces_id, MAY)
        ids.append(one.id)
    mine = select(RegisterEntry).where(RegisterEntry.administration_id.in_(ids))
    rows = await work.every(mine.order_by(RegisterEntry.number), MAY)
    newest = next((key for key in ids if any(row.administration_id == key for row in rows)), None)
    return [row for row in rows if row.administration_id == newest]


async def second(
    work: Work, where: Held, rows: Sequence[RegisterEntry], signed: Witnessed | None
) -> UUID | None:
    """Have a second person count what comes back, where a book is about to be corrected."""
    if not rows:
        return None
    if signed is None:
        raise Invalid({"witness_name": "The register is corrected too: a second person signs."})
    return await witnesses.check(work, signed, where.ward)


async def put_back(
    work: Work,
    rows: Sequence[RegisterEntry],
    reason: str,
    witness_id: UUID | None,
    *,
    wasted: bool = False,
) -> None:
    """Correct the books after a dose that had not been given; what was opened is wasted then."""
    for row in rows:
        much = -row.change
        await register.write(
            work, row.ward_id, row.product_id, Written(Entry.CORRECTED, much, note=reason),
            witness_id,
        )  # fmt: skip
        if wasted:
            said = Written(Entry.WASTED, much, note=reason)
            await register.write(work, row.ward_id, row.product_id, said, witness_id)
    if rows:
        work.record(RegisterWritten(rows[0].ward_id, rows[0].id))


async def instead(  # noqa: PLR0913 - the lines of a dose, and what was true
    work: Work,
    rows: Sequence[RegisterEntry],
    made: MedicationAdministration,
    amount: GivenAmount,
    reason: str,
    *,
    witness_id: UUID | None,
) -> None:
    """Write into the book what was really taken out for a dose whose record was wrong."""
    out = [row for row in rows if row.kind is Entry.GIVEN]
    if len({row.product_id for row in out}) > 1:
        raise NotAllowed(
            "This dose was taken out of two books. Take the entry back, and record it again.",
            "register.which",
        )
    row = out[0]
    known = (await register.products(work, {row.product_id}))[row.product_id]
    await put_back(work, rows, reason, witness_id)
    taken = Amount(amount.value, amount.unit).to(known.unit).value
    left = registers.waste(taken, known.strength)
    for kind, much in ((Entry.GIVEN, taken), (Entry.WASTED, left)):
        if much:
            said = Written(kind, much, note=reason, administration_id=made.id)
            await register.write(work, row.ward_id, known.id, said, witness_id)
