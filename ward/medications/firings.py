"""Firings: how often each rule speaks, and what becomes of it; of no patient."""

from collections.abc import Iterable, Sequence

from domain import decisions
from domain.access import Permission
from domain.decisions import Finding, Judged, Step
from domain.prescribing import Tier
from ward.db import new_id
from ward.medications.held import actor_id
from ward.medications.house import FiringOutcome, RuleFiring
from ward.work import Work


def count(work: Work, judged: Judged, step: Step, permission: Permission) -> None:
    """Count the findings of an order that was signed: shown, answered for, or counted only."""
    for finding in judged.silent:
        _add(work, finding, step, FiringOutcome.SILENT, permission)
    for finding in judged.findings:
        shown = finding.tier is Tier.INLINE
        outcome = FiringOutcome.SHOWN if shown else FiringOutcome.OVERRIDDEN
        _add(work, finding, step, outcome, permission)


def heeded(
    work: Work,
    findings: Iterable[Finding],
    step: Step,
    permission: Permission,
    given: Sequence[decisions.Override] = (),
) -> None:
    """Count the findings that kept an order from being signed; in a work of its own."""
    for finding in decisions.unresolved(findings, given):
        _add(work, finding, step, FiringOutcome.HEEDED, permission)


def _add(
    work: Work, finding: Finding, step: Step, outcome: FiringOutcome, permission: Permission
) -> None:
    row = RuleFiring(
        id=new_id(),
        rule=finding.rule,
        rule_version=finding.version,
        tier=finding.tier,
        step=step,
        outcome=outcome,
        at=work.now,
        by=actor_id(work),
    )
    work.add(row, permission)
