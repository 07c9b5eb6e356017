"""Rule switches: whether a rule of prescribing speaks, is only counted, or is not asked."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.drug_allergies import SAME
from domain.errors import NotAllowed
from domain.interaction_rows import ROWS
from domain.prescribing import Finding, Tier

#: A trial of a rule: at least a day, at most half a year. Engineering default.
SHORTEST, LONGEST = timedelta(days=1), timedelta(days=180)
#: A rule overridden in more than so many of 100 cases is proposed for less (ui.md, alerts).
TOO_OFTEN = 90


class Mode(StrEnum):
    """What a rule does when it finds something."""

    ON = "on"
    SILENT = "silent"  # it is asked and counted, and shown to nobody
    OFF = "off"

    @property
    def word(self) -> str:
        """Name it as the report does."""
        return _WORDS[self]


_WORDS = MappingProxyType({Mode.ON: "On", Mode.SILENT: "Counted only", Mode.OFF: "Off"})

Modes = Mapping[str, Mode]
ALL_ON: Modes = MappingProxyType({})

#: Rules of `domain.dosing` that can stop an order.
_STOPS = frozenset(
    {"route-never", "prn-limits", "methotrexate-day", "insulin-units", "insulin-whole"}
    | {"potassium-infusion", "potassium-rate", "limit-day", "limit-gap"}
)
ALWAYS_ON = "This rule stops what must not be given. It is always on."


def may_be_switched(rule: str) -> bool:
    """Tell whether a rule may be less than on: never one that forbids."""
    row = ROWS.get(rule)
    stops = row is not None and row.tier is Tier.STOP
    return not (stops or rule == SAME or rule in _STOPS)


def check(rule: str, mode: Mode, reason: str, trial: timedelta | None = None) -> None:
    """Refuse to switch what must stay on, to switch without a reason, or a trial of no length."""
    if mode is not Mode.ON and not may_be_switched(rule):
        raise NotAllowed(ALWAYS_ON, "rule.always-on")
    if not reason.strip():
        raise NotAllowed("Say why the rule is set so.", "rule.reason")
    if trial is None:
        return
    if mode is not Mode.SILENT:
        raise NotAllowed("Only a rule that is counted has an end of its trial.", "rule.trial")
    if not SHORTEST <= trial <= LONGEST:
        raise NotAllowed(f"A trial lasts 1 to {LONGEST.days} days.", "rule.trial")


def mode_of(finding: Finding, modes: Modes) -> Mode:
    """Tell what becomes of a finding; one that stops is heard whatever its rule is set to."""
    return Mode.ON if finding.tier is Tier.STOP else modes.get(finding.rule, Mode.ON)


def proposed(overridden: int, heeded: int) -> bool:
    """Tell whether a rule is set aside so often that it should say less."""
    asked = overridden + heeded
    return asked > 0 and 100 * overridden > TOO_OFTEN * asked
