"""Invariants: rules of R4 between the elements of one resource, for the types Ward imports.

Keys and wording follow the R4 (4.0.1) definitions of the resources.
"""

from collections.abc import Callable, Iterator

from domain.allergies import Clinical, Verification
from ward.interop.fhir.facts.condition import ConditionCertainty, ConditionStatus
from ward.interop.fhir.outcomes import Problem
from ward.interop.fhir.pick import JsonObject, many, numbered, one, text

CODES = "http://terminology.hl7.org/CodeSystem/"
STATUSES: dict[tuple[str, str], tuple[str, frozenset[str]]] = {
    ("AllergyIntolerance", "clinicalStatus"): (
        CODES + "allergyintolerance-clinical",
        frozenset(Clinical),
    ),
    ("AllergyIntolerance", "verificationStatus"): (
        CODES + "allergyintolerance-verification",
        frozenset(Verification),
    ),
    ("Condition", "clinicalStatus"): (CODES + "condition-clinical", frozenset(ConditionStatus)),
    ("Condition", "verificationStatus"): (
        CODES + "condition-ver-status",
        frozenset(ConditionCertainty),
    ),
}
OVER = {ConditionStatus.INACTIVE, ConditionStatus.REMISSION, ConditionStatus.RESOLVED}
WRONG = "entered-in-error"


def invariants(kind: str, body: JsonObject) -> Iterator[Problem]:
    """Tell which rules a resource of a type that Ward imports breaks."""
    rules = RULES.get(kind)
    if rules is None:
        return
    yield from _understood(kind, body)
    yield from _contacts(kind, body)
    for rule in rules:
        yield from rule(kind, body)


def status(kind: str, body: JsonObject, name: str) -> str | None:
    """Return the code of a clinical or verification status, from its required code system."""
    system, _ = STATUSES[kind, name]
    codings = many(one(body, name) or {}, "coding")
    return next(
        (text(coding, "code") for coding in codings if coding.get("system") == system), None
    )


def _understood(kind: str, body: JsonObject) -> Iterator[Problem]:
    """Keep out what may mean the opposite of what it says: FHIR forbids to guess."""
    if body.get("implicitRules"):
        yield Problem(f"{kind}.implicitRules", "names rules that Ward does not know")
    for path in _modifiers(kind, {key: body[key] for key in body if key != "contained"}):
        yield Problem(path, "changes the meaning in a way that Ward does not know")


def _modifiers(path: str, value: object) -> Iterator[str]:
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _modifiers(f"{path}[{place}]", item)
    elif isinstance(value, dict):
        if value.get("modifierExtension"):
            yield f"{path}.modifierExtension"
        for name, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _modifiers(f"{path}.{name}", inner)


def _contacts(kind: str, body: JsonObject) -> Iterator[Problem]:
    for place, contact in numbered(body, "telecom"):
        if text(contact, "value") and not text(contact, "system"):
            rule = "is required where there is a value (cpt-2)"
            yield Problem(f"{kind}.telecom[{place}].system", rule)


def _statuses(kind: str, body: JsonObject) -> Iterator[Problem]:
    for (of, name), (system, codes) in STATUSES.items():
        if of != kind or one(body, name) is None:
            continue
        code = status(kind, body, name)
        if code not in codes:
            allowed = ", ".join(sorted(codes))
            yield Problem(f"{kind}.{name}.coding", f"must have a code of {system}: {allowed}")


def _allergy(kind: str, body: JsonObject) -> Iterator[Problem]:
    wrong = status(kind, body, "verificationStatus") == WRONG
    if not wrong and one(body, "clinicalStatus") is None:
        yield Problem(f"{kind}.clinicalStatus", f"is required unless {WRONG} (ait-1)")
    if wrong and one(body, "clinicalStatus") is not None:
        yield Problem(f"{kind}.clinicalStatus", f"must be absent when {WRONG} (ait-2)")


def _condition(kind: str, body: JsonObject) -> Iterator[Problem]:
    code = status(kind, body, "clinicalStatus")
    if any(name.startswith("abatement") and body[name] for name in body) and code not in OVER:
        rule = "must be inactive, remission or resolved once it has abated (con-4)"
        yield Problem(f"{kind}.clinicalStatus", rule)
    if code is not None and status(kind, body, "verificationStatus") == WRONG:
        yield Problem(f"{kind}.clinicalStatus", f"must be absent when {WRONG} (con-5)")


def _patient(kind: str, body: JsonObject) -> Iterator[Problem]:
    for place, contact in numbered(body, "contact"):
        if not any(contact.get(name) for name in ("name", "telecom", "address", "organization")):
            rule = "must have a name, a telecom, an address or an organization (pat-1)"
            yield Problem(f"{kind}.contact[{place}]", rule)


def _organization(kind: str, body: JsonObject) -> Iterator[Problem]:
    if not text(body, "name") and not many(body, "identifier"):
        yield Problem(f"{kind}.name", "is required where there is no identifier (org-1)")
    for name, rule in (("address", "org-2"), ("telecom", "org-3")):
        for place, entry in numbered(body, name):
            if text(entry, "use") == "home":
                yield Problem(f"{kind}.{name}[{place}].use", f"must not be home ({rule})")


Rule = Callable[[str, JsonObject], Iterator[Problem]]
RULES: dict[str, tuple[Rule, ...]] = {
    "Patient": (_patient,),
    "AllergyIntolerance": (_statuses, _allergy),
    "Condition": (_statuses, _condition),
    "Practitioner": (),
    "PractitionerRole": (),
    "Organization": (_organization,),
    "Location": (),
}
