"""Shapes: what R4 lets each element of a resource hold, read off the models of fhir.resources.

The models themselves let a text stand for a boolean, a number for a date, a string of JSON for an
object, any code in a required binding and any target of a reference. A shape knows better.
"""

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache

from fhir.resources.R4B import get_fhir_model_class
from pydantic import BaseModel

MORE = {"+", "etc.", "formats"}  # marks a list of codes that the models do not give in full


class Holds(StrEnum):
    """The kind of JSON an element is written in; the value is how a message names it."""

    TEXT = "a text"
    TRUTH = "true or false"
    WHOLE = "a whole number"
    NUMBER = "a number"
    OBJECT = "an object"
    RESOURCE = "a resource"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: the kind of JSON it is written in, and what else R4 asks of it.

    `codes` are those of a required binding, `targets` the types a Reference may point to, and
    `choice` is the name of the value[x] it is one form of ("deceased").
    """

    holds: Holds
    many: bool
    codes: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    model: type[BaseModel] | None = None
    choice: str | None = None
    choice_needed: bool = False


def model_of(kind: str) -> type[BaseModel] | None:
    """Return the R4B model of a resource type, or None where FHIR has no such resource."""
    try:
        model = get_fhir_model_class(kind)
    except (ValueError, KeyError):
        return None
    return model if _stands_alone(model) else None


def _stands_alone(model: type[BaseModel]) -> bool:
    above = {parent.__name__ for parent in model.__mro__[1:]}
    return bool(above & {"Resource", "DomainResource"}) and model.__name__ != "DomainResource"


@cache
def shape(model: type[BaseModel]) -> dict[str, Element]:
    """Return the elements of a model by the names they have in JSON."""
    return {
        field.alias or name: _element(field.annotation, field.json_schema_extra)
        for name, field in model.model_fields.items()
        if name not in {"resource_type", "fhir_comments"}
    }


def _element(annotation: object, extra: object) -> Element:
    facts = extra if isinstance(extra, dict) else {}
    codes = frozenset(str(code) for code in _listed(facts, "enum_values"))
    targets = frozenset(str(target) for target in _listed(facts, "enum_reference_types"))
    leaves = list(_leaves(annotation))
    many = any(typing.get_origin(part) is list for part in _unions(annotation))
    holds, model = _holds(leaves)
    choice = facts.get("one_of_many")
    return Element(
        holds,
        many,
        frozenset() if codes & MORE else codes,
        targets,
        model,
        choice if isinstance(choice, str) else None,
        facts.get("one_of_many_required") is True,
    )


def _listed(facts: dict[object, object], name: str) -> list[object]:
    values = facts.get(name)
    return values if isinstance(values, list) else []


def _unions(annotation: object) -> Iterator[object]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _unions(typing.get_args(annotation)[0])
    elif origin is typing.Union or type(annotation).__name__ == "UnionType":
        for part in typing.get_args(annotation):
            yield from _unions(part)
    else:
        yield annotation


def _leaves(annotation: object) -> Iterator[object]:
    for part in _unions(annotation):
        if typing.get_origin(part) is list:
            yield from _leaves(typing.get_args(part)[0])
        else:
            yield part


def _holds(leaves: list[object]) -> tuple[Holds, type[BaseModel] | None]:
    for leaf in leaves:
        if hasattr(leaf, "get_model_klass"):
            model: type[BaseModel] = leaf.get_model_klass()
            whole = model.__name__ in {"Resource", "DomainResource"}
            return (Holds.RESOURCE, None) if whole else (Holds.OBJECT, model)
    if bool in leaves:
        return Holds.TRUTH, None
    if Decimal in leaves:
        return Holds.NUMBER, None
    if int in leaves:
        return Holds.WHOLE, None
    return Holds.TEXT, None
