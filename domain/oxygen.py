"""Oxygen: air or oxygen, through what, and how much."""

from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from domain.errors import NotAllowed


class Device(StrEnum):
    """How oxygen reaches the patient; our own words, not the letters of any printed chart."""

    AIR = "air"
    NASAL_CANNULA = "nasal-cannula"
    SIMPLE_MASK = "simple-mask"
    VENTURI = "venturi-mask"
    RESERVOIR = "reservoir-mask"
    HIGH_FLOW = "high-flow-nasal"
    TRACHEOSTOMY = "tracheostomy-mask"
    CPAP = "cpap"
    NIV = "niv"
    OTHER = "other"

    @property
    def word(self) -> str:
        """Name the device as the form does."""
        return _DEVICES[self]


_DEVICES = MappingProxyType(
    {
        Device.AIR: "Room air",
        Device.NASAL_CANNULA: "Nasal cannula",
        Device.SIMPLE_MASK: "Simple face mask",
        Device.VENTURI: "Venturi mask",
        Device.RESERVOIR: "Reservoir mask",
        Device.HIGH_FLOW: "High-flow nasal oxygen",
        Device.TRACHEOSTOMY: "Tracheostomy mask",
        Device.CPAP: "CPAP",
        Device.NIV: "Non-invasive ventilation",
        Device.OTHER: "Other device",
    }
)
_AIR = Decimal(21)  # per cent of oxygen in air, data/vitals.csv


def check_oxygen(device: Device | None, flow: Decimal | None, fio2: Decimal | None) -> None:
    """Refuse oxygen that contradicts itself, and a device of which nobody says how much."""
    given = (flow or 0) > 0 or (fio2 or 0) > _AIR
    if device is Device.AIR and given:
        raise NotAllowed("Room air has no oxygen flow. Choose a device.", "vitals.oxygen")
    if device not in {None, Device.AIR} and flow is None and fio2 is None:
        raise NotAllowed("Give the flow or the FiO2 of the oxygen.", "vitals.oxygen")


def on_oxygen(flow: Decimal | None, fio2: Decimal | None, device: Device | None) -> bool | None:
    """Tell oxygen from air; None when nobody recorded either: air is never inferred."""
    if fio2 is not None:
        return fio2 > _AIR  # a flow with FiO2 21 is air
    if flow is not None:
        return flow > 0
    return False if device is Device.AIR else None
