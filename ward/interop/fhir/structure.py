"""Structure: whether each element of a resource is one R4 knows, written in the right kind of JSON.

Unlike the models of fhir.resources this also checks codes of required bindings and the targets of
references. It looks at one resource without its contained Bundle entries, and never stops at the
first problem.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from pydantic import BaseModel

from ward.interop.fhir.outcomes import Problem
from ward.interop.fhir.pick import JsonObject, kind_of, text
from ward.interop.fhir.shapes import Element, Holds, model_of, shape

FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
LITERAL = re.compile(r"(?:.*/)?(?P<kind>[A-Z][A-Za-z]+)/[A-Za-z0-9.-]{1,64}(?:/_history/.+)?")
LONGEST = 64  # characters of an element name worth showing


def structure(body: JsonObject, model: type[BaseModel], path: str) -> Iterator[Problem]:
    """Tell what is wrong with the elements of a whole resource."""
    yield from _part({name: body[name] for name in body if name != "resourceType"}, model, path)


def _part(body: JsonObject, model: type[BaseModel], path: str) -> Iterator[Problem]:
    elements = shape(model)
    for name, value in body.items():
        if value is None:
            continue
        element = elements.get(name)
        if element is None:
            yield Problem(f"{path}.{_shown(name)}", "is not an element of R4")
        else:
            yield from _element(value, element, f"{path}.{name}")
    yield from _choices(body, elements, path)


def _shown(name: str) -> str:
    return name if name.isidentifier() and name.isascii() and len(name) <= LONGEST else "…"


def _choices(body: JsonObject, elements: dict[str, Element], path: str) -> Iterator[Problem]:
    given: dict[str, set[str]] = {}
    needed: set[str] = set()
    for name, element in elements.items():
        if element.choice is None:
            continue
        if body.get(name) is not None or body.get(f"_{name}") is not None:
            given.setdefault(element.choice, set()).add(name)
        if element.choice_needed:
            needed.add(element.choice)
    for choice, names in given.items():
        if len(names) > 1:
            yield Problem(f"{path}.{choice}[x]", f"is given twice: {', '.join(sorted(names))}")
    for choice in sorted(needed - given.keys()):
        yield Problem(f"{path}.{choice}[x]", "is required")


def _element(value: object, element: Element, path: str) -> Iterator[Problem]:
    if element.many != isinstance(value, list):
        yield Problem(path, "must be a list" if element.many else "must not be a list")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _item(item, element, f"{path}[{place}]")
    else:
        yield from _item(value, element, path)


def _item(value: object, element: Element, path: str) -> Iterator[Problem]:
    if value is None and _may_have_gaps(element):
        return
    if not _fits(value, element.holds):
        yield Problem(path, f"must be {element.holds}")
    elif isinstance(value, str):
        yield from _text(value, element, path)
    elif isinstance(value, dict) and element.holds is Holds.RESOURCE:
        yield from _resource(value, path)
    elif isinstance(value, dict) and element.model is not None:
        yield from _part(value, element.model, path)
        yield from _target(value, element.targets, path)


def _may_have_gaps(element: Element) -> bool:
    """Tell whether null may stand in a list: where a value and its extension lie side by side."""
    if element.model is not None:
        return element.model.__name__ == "FHIRPrimitiveExtension"
    return element.holds is not Holds.RESOURCE


def _fits(value: object, holds: Holds) -> bool:
    match holds:
        case Holds.TEXT:
            return isinstance(value, str)
        case Holds.TRUTH:
            return isinstance(value, bool)
        case Holds.WHOLE:
            return isinstance(value, int) and not isinstance(value, bool)
        case Holds.NUMBER:
            return isinstance(value, int | Decimal) and not isinstance(value, bool)
        case _:
            return isinstance(value, dict)


def _text(value: str, element: Element, path: str) -> Iterator[Problem]:
    if FORBIDDEN.search(value):
        yield Problem(path, "holds a character that FHIR does not allow")
    elif element.codes and value not in element.codes:
        yield Problem(path, f"must be one of: {', '.join(sorted(element.codes))}")


def _resource(body: JsonObject, path: str) -> Iterator[Problem]:
    model = model_of(kind_of(body))
    if model is None:
        yield Problem(f"{path}.resourceType", "is not a resource of R4")
    else:
        yield from structure(body, model, path)


def _target(body: JsonObject, targets: frozenset[str], path: str) -> Iterator[Problem]:
    if not targets or "Resource" in targets:
        return
    literal = LITERAL.fullmatch(text(body, "reference") or "")
    for kind, where in ((literal and literal["kind"], "reference"), (text(body, "type"), "type")):
        if kind and model_of(kind) is not None and kind not in targets:
            yield Problem(f"{path}.{where}", f"must point to {_or(targets)}, not {kind}")


def _or(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds))
