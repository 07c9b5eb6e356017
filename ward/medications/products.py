"""Products: packs the pharmacy knows by their code; a scan finds the medicine through them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, select

from domain import gs1, rights
from domain.access import D0, Permission
from domain.errors import NotAllowed
from domain.formulary import Route, Unit, named, write
from ward.db import new_id
from ward.errors import Invalid
from ward.medications.held import actor_id
from ward.medications.house import Product
from ward.projections import projection
from ward.work import Work

SEE, SET = Permission.VIEW_FORMULARY, Permission.SET_FORMULARY
_GTIN, _EAN, _EAN8 = 14, 13, 8
LONGEST_FORM = 60


@projection(D0)
class Pack:
    """A pack as a list shows it."""

    id: UUID
    gtin: str
    generic: str
    shown: str
    form: str
    strength: str
    routes: tuple[Route, ...]
    withdrawn: bool
    version: int


@dataclass(frozen=True, slots=True)
class ProductSaid:
    """What a pharmacist says of a pack."""

    gtin: str
    generic: str
    form: str
    strength: Decimal
    unit: Unit
    routes: tuple[Route, ...]


async def product_of(work: Work, gtin: str) -> rights.Product | None:
    """Answer: which medicine is in a pack with this code? None: the pharmacy does not know it."""
    found = await work.every(_standing().where(Product.gtin == gtin), SEE)
    return _rule(found[0]) if found else None


async def products_of(work: Work, generic: str) -> list[Pack]:
    """Answer: which packs of a medicine may be scanned?"""
    mine = _standing().where(Product.generic == generic)
    return [_pack(row) for row in await work.every(mine.order_by(Product.gtin), SEE)]


async def all_products(work: Work, *, withdrawn: bool = False) -> list[Pack]:
    """Answer: which packs does the pharmacy know? Those withdrawn only when asked for."""
    rows = select(Product) if withdrawn else _standing()
    ordered = rows.order_by(Product.generic, Product.strength, Product.gtin)
    return [_pack(row) for row in await work.every(ordered, SEE)]


def code_of(scanned: str, today: date) -> str:
    """Read the GTIN out of what was scanned or typed: a whole code, or the digits below it."""
    digits = "".join(scanned.split())
    if digits.isascii() and digits.isdigit() and len(digits) in {_GTIN, _EAN, _EAN8}:
        if not gs1.checks(digits):
            raise NotAllowed(
                "The check digit is wrong. Compare the number with the pack.", "gs1.check-digit"
            )
        return digits.zfill(_GTIN)
    return gs1.pack(scanned, today).gtin


async def add(work: Work, said: ProductSaid) -> Product:
    """Have a pack be known by its code from now on; a withdrawn one comes back as said."""
    drug = named(said.generic)
    if drug is None:
        raise Invalid({"generic": "Choose a medicine of the formulary."})
    strange = [route for route in said.routes if route not in drug.routes]
    if strange or not said.routes:
        raise Invalid({"routes": "Choose the routes of this medicine that the pack is for."})
    rows = await work.every(select(Product).where(Product.gtin == said.gtin), SET)
    row = rows[0] if rows else None
    if row is not None and row.withdrawn_at is None:
        raise NotAllowed(
            f"This code is known already: {row.generic}, {row.form}. Withdraw it first.",
            "products.known",
        )
    filled = {
        "generic": drug.generic,
        "form": said.form,
        "strength": said.strength,
        "unit": said.unit,
        "routes": " ".join(route.value for route in said.routes),
        "added_at": work.now,
        "added_by": actor_id(work),
    }
    if row is None:
        row = Product(id=new_id(), gtin=said.gtin, **filled)
        work.add(row, SET)
        return row
    for name, value in filled.items():
        setattr(row, name, value)
    row.withdrawn_at = None
    return row


async def withdraw(work: Work, product_id: UUID, *, seen: int | None) -> Product:
    """Have a code be unknown from now on: a scan of it stops at the bedside."""
    row = await work.access(Product, product_id, SET, lock=True, seen=seen)
    if row.withdrawn_at is not None:
        raise NotAllowed("This pack is withdrawn already.", "products.withdrawn")
    row.withdrawn_at = work.now
    return row


def packs_for(rows: Sequence[Pack], text: str) -> list[Pack]:
    """Choose the packs whose code, name or form holds a text."""
    wanted = text.casefold().split()
    return [
        one
        for one in rows
        if all(word in f"{one.generic} {one.form} {one.gtin}".casefold() for word in wanted)
    ]


def _standing() -> Select[Product]:
    return select(Product).where(Product.withdrawn_at.is_(None))


def _rule(row: Product) -> rights.Product:
    return rights.Product(row.gtin, row.generic, frozenset(map(Route, row.routes.split())))


def _pack(row: Product) -> Pack:
    drug = named(row.generic)
    return Pack(
        id=row.id,
        gtin=row.gtin,
        generic=row.generic,
        shown=drug.shown if drug else row.generic,
        form=row.form,
        strength=write(row.strength, row.unit),
        routes=tuple(map(Route, row.routes.split())),
        withdrawn=row.withdrawn_at is not None,
        version=row.version,
    )
