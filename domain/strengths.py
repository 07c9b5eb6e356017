"""Strengths: how concentrated a solution is, in per cent (g in 100 mL), where the order says it."""

import re
from decimal import Decimal
from types import MappingProxyType

from domain.amounts import Amount
from domain.errors import NotAllowed
from domain.formulary import Unit

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?%")
#: Molar masses, so that mmol in a volume is a strength: NaCl 58.44 g/mol (0.9 % is 154 mmol/L).
_MG_PER_MMOL = MappingProxyType({"sodium chloride": Decimal("58.44")})


def percent(
    generic: str, form: str, dissolved: Amount | None = None, volume_ml: Decimal | None = None
) -> Decimal | None:
    """Tell how strong a solution is, by its name or by what is in the bag; the strongest counts.

    None: the order does not say, and nothing may be assumed.
    """
    said = [Decimal(one) for one in _PERCENT.findall(form)]
    mg = _mg(generic, dissolved) if dissolved is not None else None
    if mg is not None and volume_ml:
        said.append(mg / volume_ml / 10)
    return max(said, default=None)


def _mg(generic: str, amount: Amount) -> Decimal | None:
    if amount.unit is Unit.MMOL:
        each = _MG_PER_MMOL.get(generic)
        return amount.value * each if each is not None else None
    try:
        return amount.to(Unit.MG).value
    except NotAllowed:
        return None
