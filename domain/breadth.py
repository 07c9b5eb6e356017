"""Breadth: how much of the trail a role reads."""

from enum import StrEnum

from domain.access import AD, PV, C, Role


class Breadth(StrEnum):
    """How much of the trail somebody reads: of everybody, of one's wards, or one's own."""

    ALL = "all"
    WARD = "ward"
    OWN = "own"


def breadth(role: Role) -> Breadth:
    """Say how much of the trail a role reads (the row D9 of the matrix)."""
    return {AD: Breadth.ALL, PV: Breadth.ALL, C: Breadth.WARD}.get(role, Breadth.OWN)
