"""Parts: translating the data types that resources are made of."""

from ward.interop.fhir.pick import JsonObject, many, number, one, text, texts, truth, whole
from ward.interop.fhir.translate.refer import Untranslatable
from ward.interop.fhir.values import (
    Address,
    Coding,
    Concept,
    Contact,
    Identifier,
    Moment,
    Name,
    Quantity,
    When,
    moment,
)

LONGEST = 250
"""Characters in one part of a name, a number or an address; as HL7 v2 here takes them."""

NAME_ORDER = ("official", "usual", None, "nickname", "temp", "anonymous", "maiden", "old")


def coding(body: JsonObject) -> Coding:
    """Translate a Coding."""
    return Coding(text(body, "system"), text(body, "code"), text(body, "display"))


def concept(body: JsonObject | None) -> Concept | None:
    """Translate a CodeableConcept; one that says nothing reads as absent."""
    if body is None:
        return None
    found = Concept(text(body, "text"), tuple(coding(entry) for entry in many(body, "coding")))
    return found if found.words is not None else None


def concepts(body: JsonObject, name: str) -> tuple[Concept, ...]:
    """Translate a repeating CodeableConcept."""
    found = (concept(entry) for entry in many(body, name))
    return tuple(entry for entry in found if entry is not None)


def _short(body: JsonObject, kind: str, *elements: str) -> None:
    """Refuse what no card, label or band could show."""
    for element in elements:
        said = body.get(element)
        for part in said if isinstance(said, list) else [said]:
            if isinstance(part, str) and len(part) > LONGEST:
                raise Untranslatable(f"{kind}.{element}", f"is over {LONGEST} characters")


def identifiers(body: JsonObject) -> tuple[Identifier, ...]:
    """Translate the identifiers that have a value, with the kind of number each is."""
    for entry in many(body, "identifier"):
        _short(entry, "Identifier", "value")
    return tuple(
        Identifier(
            system=text(entry, "system"),
            value=value,
            kind=_kind(entry),
            use=text(entry, "use"),
            issuer=text(one(entry, "assigner") or {}, "display"),
        )
        for entry in many(body, "identifier")
        if (value := text(entry, "value")) is not None
    )


def _kind(entry: JsonObject) -> str | None:
    codes = (text(coded, "code") for coded in many(one(entry, "type") or {}, "coding"))
    return next((code for code in codes if code), None)


def name(body: JsonObject) -> Name:
    """Translate a HumanName."""
    _short(body, "HumanName", "family", "given", "prefix", "suffix", "text")
    return Name(
        family=text(body, "family"),
        given=texts(body, "given"),
        prefix=texts(body, "prefix"),
        suffix=texts(body, "suffix"),
        text=text(body, "text"),
        use=text(body, "use"),
    )


def names(body: JsonObject) -> tuple[Name | None, tuple[Name, ...]]:
    """Translate the names of a person: the one to call by first, then the others."""
    found = [name(entry) for entry in many(body, "name")]
    found = [entry for entry in found if entry.family or entry.given or entry.text]
    found.sort(key=lambda entry: NAME_ORDER.index(entry.use) if entry.use in NAME_ORDER else 0)
    return (found[0], tuple(found[1:])) if found else (None, ())


def address(body: JsonObject) -> Address:
    """Translate an Address."""
    _short(body, "Address", "line", "city", "district", "state", "postalCode", "country")
    return Address(
        lines=texts(body, "line"),
        city=text(body, "city"),
        district=text(body, "district"),
        state=text(body, "state"),
        postal_code=text(body, "postalCode"),
        country=text(body, "country"),
        text=text(body, "text"),
        use=text(body, "use"),
    )


def addresses(body: JsonObject) -> tuple[Address, ...]:
    """Translate all addresses."""
    return tuple(address(entry) for entry in many(body, "address"))


def contacts(body: JsonObject) -> tuple[Contact, ...]:
    """Translate telephone numbers, mail addresses and the like."""
    return tuple(
        Contact(system, value, text(entry, "use"), whole(entry, "rank"))
        for entry in many(body, "telecom")
        if (system := text(entry, "system")) and (value := text(entry, "value"))
    )


def when(body: JsonObject, element: str, path: str) -> Moment | None:
    """Translate a date or dateTime, or say that it is no day of the calendar."""
    written = text(body, element)
    if written is None:
        return None
    try:
        return moment(written)
    except ValueError:
        raise Untranslatable(f"{path}.{element}", "is no day or time of the calendar") from None


def quantity(body: JsonObject | None) -> Quantity | None:
    """Translate a Quantity or Age with its digits as they were written."""
    if body is None:
        return None
    return Quantity(
        value=number(body, "value"),
        unit=text(body, "unit"),
        system=text(body, "system"),
        code=text(body, "code"),
        comparator=text(body, "comparator"),
    )


def timing(body: JsonObject, element: str, path: str) -> When | None:
    """Translate onset[x] or abatement[x], in whichever form it comes."""
    period = one(body, f"{element}Period") or {}
    bounds = one(body, f"{element}Range") or {}
    found = When(
        start=when(body, f"{element}DateTime", path) or when(period, "start", f"{path}.{element}"),
        end=when(period, "end", f"{path}.{element}"),
        age=quantity(one(body, f"{element}Age")) or quantity(one(bounds, "low")),
        oldest=quantity(one(bounds, "high")),
        words=text(body, f"{element}String"),
    )
    return found if found != When() else None


def notes(body: JsonObject) -> tuple[str, ...]:
    """Translate annotations to their texts."""
    return tuple(said for entry in many(body, "note") if (said := text(entry, "text")))


def active(body: JsonObject) -> bool:
    """Tell whether a record is in use; FHIR reads silence as yes."""
    return truth(body, "active") is not False
