"""Validate: whether a resource is valid R4, and where it is not.

Three layers: the structure (elements, kinds of JSON, required codes, targets of references), the
R4B models of fhir.resources (mandatory elements, forms of dates, ids and URLs; R4 and R4B agree
on all resources Ward meets), and the invariants of the types that Ward imports. Each is asked only
when the one before found nothing. Never raises.

Every resource is looked at, also those that are not imported yet: a sender learns at once what is
wrong, and 12 MB of Bundles take about three seconds.
"""

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ward.interop.fhir.invariants import invariants
from ward.interop.fhir.outcomes import Problem
from ward.interop.fhir.pick import JsonObject, kind_of
from ward.interop.fhir.shapes import model_of
from ward.interop.fhir.structure import structure

MOST = 20  # problems told of one resource

SAYS = {
    "missing": "is required",
    "model_field_validation.missing": "is required",
    "extra_forbidden": "is not an element of R4",
    "string_pattern_mismatch": "does not have the form R4 asks for",
    "string_too_short": "must not be empty",
    "value_error": "does not have the form R4 asks for",
}


def validate(body: JsonObject) -> tuple[Problem, ...]:
    """List what is wrong with one resource, element by element; nothing when it is valid."""
    kind = kind_of(body)
    model = model_of(kind)
    if model is None:
        return (Problem("resourceType", "is not a resource of R4"),)
    problems = list(structure(body, model, kind)) or _modelled(body, model, kind)
    return tuple((problems or list(invariants(kind, body)))[:MOST])


def _modelled(body: JsonObject, model: type[BaseModel], kind: str) -> list[Problem]:
    try:
        model.model_validate(body)
    except ValidationError as error:
        told = (_problem(kind, detail) for detail in error.errors(include_input=False))
        return list(dict.fromkeys(told))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        return [Problem(kind, "could not be understood as this resource")]  # a gap in the model
    return []


def _problem(kind: str, detail: ErrorDetails) -> Problem:
    path = kind
    for part in detail["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return Problem(path, SAYS.get(detail["type"], f"is not valid ({detail['type']})"))
