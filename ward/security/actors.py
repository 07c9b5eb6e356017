"""Actors: on whose behalf a piece of work is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Permission, Role, may

ROLES = {
    Role.NURSE: "Nurse",
    Role.CHARGE: "Charge nurse",
    Role.DOCTOR: "Doctor",
    Role.PHARMACIST: "Pharmacist",
    Role.LAB: "Laboratory",
    Role.RECEPTION: "Reception",
    Role.BILLING: "Billing",
    Role.ADMIN: "Administrator",
    Role.PRIVACY: "Privacy officer",
    Role.PATIENT: "Patient",
    Role.WALL: "Wallboard",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A record that a grant has opened without a relation, and until when."""

    id: UUID
    patient_id: UUID
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person or a device, acting under one grant."""

    kind: str  # person or device
    id: UUID
    role: Role
    grant_id: UUID
    branch_id: UUID
    ward_id: UUID | None
    wards: tuple[UUID, ...] = ()  # the wards of the grant: its one, or all of the branch
    session_id: UUID | None
    until: datetime
    ip: str = ""
    display: str = ""
    username: str = ""
    proved_at: datetime | None = None  # when they last gave all the proof that is asked of them
    amr: str = ""  # how: pwd, otp, hwk, rcv, pin, oidc
    owes: bool = False  # a second factor must be set up before anything else
    chooses: bool = False  # another chose their password: they choose their own before that
    device_id: UUID | None = None  # an enrolled device, if it is one
    idle: timedelta = timedelta(minutes=15)
    glass: tuple[Opened, ...] = ()  # what break-glass has opened now

    @property
    def name(self) -> str:
        """Name the role; a person's name never enters the trail in clear."""
        return self.role.value

    def may(self, permission: Permission) -> bool:
        """Say whether the role holds the permission."""
        return may(self.role, permission)

    def proved(self, now: datetime, holds: timedelta) -> bool:
        """Say whether the person gave all the proof asked of them, not longer ago than this."""
        return self.proved_at is not None and now - self.proved_at <= holds


@dataclass(frozen=True, slots=True)
class System:
    """A border or a job (`hl7:<sender>`, `job:<name>`) with declared permissions."""

    name: str
    permissions: frozenset[Permission]
    kind: str = "system"
    id: UUID | None = None
    session_id: UUID | None = None
    ip: str = ""

    def may(self, permission: Permission) -> bool:
        """Say whether the permission was declared."""
        return permission in self.permissions
