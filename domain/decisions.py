"""Decisions: every rule of prescribing asked at once, and what lets an order pass."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from domain import dosing, drug_allergies, interactions
from domain.errors import NotAllowed
from domain.prescribing import VERSION, Context, Finding, Order, Tier
from domain.rule_switches import ALL_ON, Mode, Modes, mode_of

__all__ = [
    "Context",
    "Finding",
    "Judged",
    "Order",
    "Override",
    "Reason",
    "Step",
    "Tier",
    "check",
    "judge",
    "refuse",
    "unresolved",
]


class Step(StrEnum):
    """When the rules are asked; verification is stricter about what is not known."""

    SIGN = "sign"
    VERIFY = "verify"


class Reason(StrEnum):
    """Why a finding is set aside; our own list, `OTHER` only with words."""

    BENEFIT = "benefit-outweighs-risk"
    MONITORED = "monitored"
    TOLERATED = "tolerated-before"
    NO_ALTERNATIVE = "no-alternative"
    SPECIALIST = "specialist-advice"
    SHORT_COURSE = "short-course"
    SWITCHING = "switching"
    END_OF_LIFE = "end-of-life"
    EMERGENCY = "emergency"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Override:
    """A finding that somebody answered for; who and when is kept with the order."""

    rule: str
    reason: Reason
    text: str = ""
    about: tuple[str, ...] = ()
    version: str = VERSION

    def __post_init__(self) -> None:
        """Refuse the reason that is none without words."""
        if self.reason is Reason.OTHER and not self.text.strip():
            raise NotAllowed("Say in words what the other reason is.", "medications.reason")

    @classmethod
    def of(cls, finding: Finding, reason: Reason, text: str = "") -> "Override":
        """Answer one finding, and only for what it was about."""
        return cls(finding.rule, reason, text, finding.about, finding.version)

    def answers(self, finding: Finding) -> bool:
        """Tell whether it is about this finding: same rule, same version, same medicines."""
        mine = (self.rule, self.version, self.about)
        return mine == (finding.rule, finding.version, finding.about)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say, and what those say that are only counted."""

    findings: tuple[Finding, ...]
    silent: tuple[Finding, ...] = ()


def check(
    order: Order, context: Context, step: Step = Step.SIGN, modes: Modes = ALL_ON
) -> tuple[Finding, ...]:
    """Find everything the rules say about an order, the heaviest first."""
    return judge(order, context, step, modes).findings


def judge(order: Order, context: Context, step: Step = Step.SIGN, modes: Modes = ALL_ON) -> Judged:
    """Ask every rule as it is switched: what is heard is as if the others did not exist."""
    found = [
        *drug_allergies.check(order, context),
        *interactions.check(order, context, frozenset(modes)),
        *dosing.check(order, context),
    ]
    if step is Step.VERIFY:
        found = [_verified(finding, order) for finding in found]
    found.sort(key=lambda finding: (-finding.tier.rank, finding.rule, finding.about))
    by = {mode: tuple(one for one in found if mode_of(one, modes) is mode) for mode in Mode}
    return Judged(by[Mode.ON], by[Mode.SILENT])


def _verified(finding: Finding, order: Order) -> Finding:
    """Stop the verification of an order while nobody knows the allergies, unless it cannot wait."""
    if finding.rule != drug_allergies.UNKNOWN or order.stat:
        return finding
    return replace(finding, tier=Tier.STOP)


def unresolved(
    findings: Iterable[Finding], overrides: Iterable[Override] = ()
) -> tuple[Finding, ...]:
    """List what still keeps the order from passing: every stop, and what has no reason yet."""
    given = tuple(overrides)
    return tuple(
        finding
        for finding in findings
        if finding.tier is Tier.STOP
        or (finding.tier is Tier.REASON and not any(one.answers(finding) for one in given))
    )


def refuse(findings: Iterable[Finding], overrides: Iterable[Override] = ()) -> None:
    """Refuse the order unless every finding that asks has a reason and none stops it."""
    left = unresolved(findings, overrides)
    stop = next((finding for finding in left if finding.tier is Tier.STOP), None)
    if stop:
        raise NotAllowed(f"{stop.sentence} This cannot be overridden.", "medications.stop")
    if left:
        raise NotAllowed(f"{left[0].sentence} Give a reason.", "medications.reason")
