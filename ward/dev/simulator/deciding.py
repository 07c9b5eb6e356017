"""Deciding: what a doctor of the demo orders, changes, withholds or has given again."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from uuid import UUID

from domain.orders import RequestStatus
from ward.dev import orders
from ward.dev.simulator.dosing import Here
from ward.dev.simulator.hands import Act
from ward.medications.change import change
from ward.medications.details import OrderDetail
from ward.medications.line import Line
from ward.medications.prescribe import Ordered, prescribe
from ward.medications.suspend import hold_order, lift
from ward.work import Work

_WITHHELD = 0.3  # of the visits to somebody with a diuretic
_THIRSTY = 0.15  # of all others on Six East


def decide(
    here: Here, lines: Mapping[str, Line], doctor: UUID | None, dice: Random
) -> tuple[Act, str]:
    """Decide about one patient; only doses that the catalogue of the demo has are ordered."""
    held = [one for one in lines.values() if one.request.status is RequestStatus.ON_HOLD]
    if held:
        return _lifting(held[0]), "lift"
    metoprolol, furosemide = lines.get("metoprolol"), lines.get("furosemide")
    if metoprolol and metoprolol.detail.dose > orders.LESS:
        return _halving(metoprolol), "change"
    if furosemide and dice.random() < _WITHHELD:
        return _withholding(furosemide), "hold"
    thirsty = here.ward == "Six East" and dice.random() < _THIRSTY
    if thirsty and orders.SALINE.generic not in lines and not furosemide:
        return _ordering(here, orders.SALINE, doctor), "prescribe"
    return _ordering(here, _fresh(lines, dice), doctor), "prescribe"


def _lifting(line: Line) -> Act:
    async def act(work: Work) -> None:
        await lift(work, line.request.id, seen=line.request.version)

    return act


def _halving(line: Line) -> Act:
    less = replace(line.detail, dose=orders.LESS)

    async def act(work: Work) -> None:
        seen = line.request.version
        await change(work, line.request.id, less, "Pulse 52 overnight", seen=seen)

    return act


def _withholding(line: Line) -> Act:
    async def act(work: Work) -> None:
        seen = line.request.version
        await hold_order(work, line.request.id, "Until the next round", seen=seen)

    return act


def _ordering(here: Here, detail: OrderDetail, doctor: UUID | None) -> Act:
    async def act(work: Work) -> None:
        wanted = Ordered(detail=detail, starts_at=work.now)
        await prescribe(work, here.patient, [wanted], prescriber=doctor)

    return act


def _fresh(lines: Mapping[str, Line], dice: Random) -> OrderDetail:
    missing = sorted(set(orders.USUAL) - set(lines))
    if "paracetamol" in missing or not missing:
        return orders.PARACETAMOL
    return orders.USUAL[dice.choice(missing)].detail
