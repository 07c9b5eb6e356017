"""Bedsides: sets of observations for tests, in the words of a nurse."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from domain.oxygen import Device
from domain.vitals import Acvpu, Vital
from ward import clock
from ward.vitals.said import Said

WELL = {
    Vital.RESP_RATE: "16",
    Vital.SPO2: "98",
    Vital.SBP: "122",
    Vital.DBP: "78",
    Vital.PULSE: "72",
    Vital.TEMP: "36.8",
}
ILL = WELL | {Vital.RESP_RATE: "26", Vital.SPO2: "91", Vital.PULSE: "118", Vital.SBP: "98"}


def told(values: dict[Vital, str] = WELL, *, at: datetime | None = None, **more) -> Said:
    """Say a whole set: on room air, alert, sure of everything."""
    said = Said(
        taken_at=at or clock.now(),
        values={vital: Decimal(value) for vital, value in values.items()},
        consciousness=Acvpu.ALERT,
        device=Device.AIR,
        sure=frozenset(values),
    )
    return replace(said, **more)
