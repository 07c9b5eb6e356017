"""Packs: what a code on a medicine says, and what the pharmacy knows of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from domain import gs1, rights
from domain.access import D0, Permission
from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.formulary import Route, write
from domain.rights import Picked
from ward.medications.house import Product
from ward.security.actors import System
from ward.work import Work

_READER = System("job:medicines", frozenset())
MOST = 8  # packs of one dose


@dataclass(frozen=True, slots=True)
class Scan:
    """A pack that was scanned: the code as it was read, and what it is."""

    raw: str
    pack: gs1.Pack
    product: Product | None

    @property
    def known(self) -> rights.Product | None:
        """Give the product in the form the rules use."""
        if self.product is None:
            return None
        routes = frozenset(Route(one) for one in self.product.routes.split())
        return rights.Product(self.product.gtin, self.product.generic, routes)

    @property
    def picked(self) -> Picked:
        """Give the scan in the form the rules use."""
        return Picked(self.pack, self.known)

    @property
    def words(self) -> str:
        """Say what is in one piece: tablet of 40 mg."""
        if self.product is None:
            return ""
        return f"{self.product.form} of {write(self.product.strength, self.product.unit)}"


async def scans(work: Work, codes: Iterable[str], local: datetime) -> tuple[Scan, ...]:
    """Read packs anew: what a browser says about them counts for nothing; `local` is now."""
    raws = list(codes)
    if len(raws) > MOST:
        raise NotAllowed("These are too many packs for one dose. Start again.", "rights.packs")
    read = [gs1.pack(raw, local.date()) for raw in raws]
    known = await products(work, [one.gtin for one in read])
    return tuple(Scan(raw, one, known.get(one.gtin)) for raw, one in zip(raws, read, strict=True))


async def products(work: Work, gtins: Sequence[str]) -> Mapping[str, Product]:
    """Answer: what are these codes? Those withdrawn from the list are unknown."""
    if not gtins:
        return {}
    aside = work.watched(_READER, frozenset({D0}))
    listed = select(Product).where(Product.gtin.in_(gtins), Product.withdrawn_at.is_(None))
    rows = await aside.every(listed, Permission.VIEW_FORMULARY)
    return {row.gtin: row for row in rows}


def pieces(amount: Amount, scan: Scan) -> Decimal | None:
    """Work out how many pieces of a pack make an amount; None where the units do not compare."""
    if scan.product is None:
        return None
    try:
        return amount.to(scan.product.unit).value / scan.product.strength
    except NotAllowed:
        return None


def from_pack(amount: Amount, scan: Scan) -> str:
    """Say what to take: 2 × tablet of 20 mg; halves and quarters as they are."""
    count = pieces(amount, scan)
    if count is None:
        return scan.words
    number = f"{count.quantize(Decimal('0.001')).normalize():f}"
    return f"{number} × {scan.words}"
