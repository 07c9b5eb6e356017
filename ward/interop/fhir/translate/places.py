"""Places: from Organization and Location to who runs a hospital and where things are in it."""

from ward.interop.fhir.facts.places import Organization, Place
from ward.interop.fhir.pick import JsonObject, number, one, text, texts
from ward.interop.fhir.translate import parts
from ward.interop.fhir.translate.refer import Refer

ORGANIZATION = frozenset(
    ["active", "address", "alias", "identifier", "name", "partOf", "telecom", "type"]
)
LOCATION = frozenset(
    [
        "address",
        "alias",
        "description",
        "identifier",
        "managingOrganization",
        "mode",
        "name",
        "operationalStatus",
        "partOf",
        "physicalType",
        "position",
        "status",
        "telecom",
        "type",
    ]
)


def organization(body: JsonObject, refer: Refer) -> Organization:
    """Translate an Organization."""
    return Organization(
        name=text(body, "name"),
        aliases=texts(body, "alias"),
        identifiers=parts.identifiers(body),
        kinds=parts.concepts(body, "type"),
        addresses=parts.addresses(body),
        contacts=parts.contacts(body),
        part_of=refer.optional(body, "partOf", "Organization"),
        active=parts.active(body),
    )


def place(body: JsonObject, refer: Refer) -> Place:
    """Translate a Location."""
    standing, lies = one(body, "operationalStatus"), one(body, "address")
    position = one(body, "position") or {}
    return Place(
        name=text(body, "name"),
        aliases=texts(body, "alias"),
        description=text(body, "description"),
        identifiers=parts.identifiers(body),
        status=text(body, "status"),
        bed_status=parts.coding(standing) if standing else None,
        mode=text(body, "mode"),
        kinds=parts.concepts(body, "type"),
        physical_kind=parts.concept(one(body, "physicalType")),
        contacts=parts.contacts(body),
        address=parts.address(lies) if lies else None,
        latitude=number(position, "latitude"),
        longitude=number(position, "longitude"),
        part_of=refer.optional(body, "partOf", "Location"),
        keeper=refer.optional(body, "managingOrganization", "Organization"),
    )
