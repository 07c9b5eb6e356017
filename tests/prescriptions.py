"""Prescriptions: orders and patients for tests of the rules."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.allergies import Allergy, AllergyState, Kind, Severity
from domain.formulary import Route, unlisted
from domain.prescribing import Context, Finding, Order, Pregnancy, Sensitivity, Stopped, Tier

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ordered(name: str, route: Route | str | None = None, **said: Any) -> Order:
    drug = unlisted(name)
    usual = drug.routes[0] if drug.routes else Route.ORAL
    for amount in ("dose", "per_day", "max_rate"):
        if amount in said:
            said[amount] = Decimal(said[amount])
    return Order(drug=drug, route=Route(route) if route else usual, **said)


def patient(*orders: Order | str, **known: Any) -> Context:
    """A man of 70 of whom nothing is known that a rule could mind."""
    usual: dict[str, Any] = {
        "at": NOW,
        "allergy_state": AllergyState.NONE_KNOWN,
        "age_years": 70,
        "weight": Decimal(80),
        "pregnancy": Pregnancy.NO,
        "orders": tuple(ordered(one) if isinstance(one, str) else one for one in orders),
    }
    return Context(**usual | known)


def reacted(
    substance: str, *reactions: str, severity: Severity | None = None, kind: Kind = Kind.ALLERGY
) -> Sensitivity:
    return Sensitivity(Allergy(substance, reactions, severity=severity), kind)


def allergic(*sensitivities: Sensitivity, **known: Any) -> Context:
    return patient(allergies=sensitivities, allergy_state=AllergyState.KNOWN, **known)


def stopped(order: Order, before: Any) -> Stopped:
    return Stopped(order, NOW - before)


def said(findings: tuple[Finding, ...]) -> dict[str, Tier]:
    return {finding.rule: finding.tier for finding in findings}
