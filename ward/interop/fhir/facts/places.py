"""Places: what Organization and Location resources say."""

from dataclasses import dataclass
from decimal import Decimal

from ward.interop.fhir.keys import SourceKey
from ward.interop.fhir.values import Address, Coding, Concept, Contact, Identifier


@dataclass(frozen=True, slots=True, repr=False)
class Organization:
    """An Organization: a hospital, branch, practice, insurer or team."""

    name: str | None
    aliases: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    kinds: tuple[Concept, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[Contact, ...] = ()
    part_of: SourceKey | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """A Location: a building, ward, room or bed.

    `status` is active, suspended or inactive; `bed_status` a code of HL7 table 0116;
    `physical_kind` says whether it is a building, a ward, a room or a bed.
    """

    name: str | None
    aliases: tuple[str, ...] = ()
    description: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    status: str | None = None
    bed_status: Coding | None = None
    mode: str | None = None
    kinds: tuple[Concept, ...] = ()
    physical_kind: Concept | None = None
    contacts: tuple[Contact, ...] = ()
    address: Address | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    part_of: SourceKey | None = None
    keeper: SourceKey | None = None  # Location.managingOrganization
