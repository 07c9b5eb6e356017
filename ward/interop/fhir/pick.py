"""Pick: taking values out of parsed JSON without trusting its shape.

A missing element, an explicit null and an element of another kind all read as absent;
`ward.interop.fhir.validate` is what tells the sender that the kind was wrong.
"""

from decimal import Decimal

JsonObject = dict[str, object]


def text(body: JsonObject, name: str) -> str | None:
    """Return a text element, stripped of the blanks around it; blank counts as absent."""
    value = body.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


def texts(body: JsonObject, name: str) -> tuple[str, ...]:
    """Return the texts of a repeating element, leaving out the places that hold none."""
    values = body.get(name)
    if not isinstance(values, list):
        return ()
    return tuple(value.strip() for value in values if isinstance(value, str) and value.strip())


def truth(body: JsonObject, name: str) -> bool | None:
    """Return a boolean element; a text that reads "true" is not one."""
    value = body.get(name)
    return value if isinstance(value, bool) else None


def number(body: JsonObject, name: str) -> Decimal | None:
    """Return a number with the digits it was written with: 185.0 stays 185.0."""
    value = body.get(name)
    if isinstance(value, bool):
        return None
    return Decimal(value) if isinstance(value, int | Decimal) else None


def whole(body: JsonObject, name: str) -> int | None:
    """Return a whole number."""
    value = body.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def one(body: JsonObject, name: str) -> JsonObject | None:
    """Return an element that is itself an object."""
    value = body.get(name)
    return value if isinstance(value, dict) and value else None


def many(body: JsonObject, name: str) -> list[JsonObject]:
    """Return the objects of a repeating element."""
    values = body.get(name)
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, dict) and value]


def numbered(body: JsonObject, name: str) -> list[tuple[int, JsonObject]]:
    """Return the objects of a repeating element with the place each had in the list."""
    values = body.get(name)
    if not isinstance(values, list):
        return []
    return [(place, value) for place, value in enumerate(values) if isinstance(value, dict)]


def kind_of(body: JsonObject) -> str:
    """Return the resource type, or "unknown" where none is readable."""
    kind = body.get("resourceType")
    fits = isinstance(kind, str) and kind.isalpha() and kind.isascii() and len(kind) <= 64
    return kind if fits and isinstance(kind, str) else "unknown"
