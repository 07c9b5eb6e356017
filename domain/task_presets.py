"""Task presets: lists of tasks that are added in one action, versioned, with their source.

The admission bundle is the local default of clinical/handover.md, section 2: "Admission bundle
(default, local): identification band, allergies, vital signs + NEWS2, weight/height, falls,
pressure, VTE, nutrition screen, MRSA/infection screen, medicines reconciliation within 24 h,
property, contacts, EDD, consent and privacy preferences, interpreter need." Two of these have a
time of their own: medicines within 24 h (the same sentence), and VTE within 14 h of admission
(section 5, "Default timing"). The others are due when whoever adds them says so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.duty import DutyRole


@dataclass(frozen=True, slots=True)
class PresetTask:
    """One task of a list; `within` is counted from admission, None: when the form says."""

    code: str
    what: str
    within: timedelta | None = None
    part: DutyRole = DutyRole.NURSE


@dataclass(frozen=True, slots=True)
class Preset:
    """A list of tasks; another version is another list, and tasks keep the code of theirs."""

    key: str
    version: int
    label: str
    source: str
    tasks: tuple[PresetTask, ...]

    def code(self, task: PresetTask) -> str:
        """Name a task of this list for good."""
        return f"{self.key}.{self.version}.{task.code}"


def due_at(task: PresetTask, admitted_at: datetime, otherwise: datetime) -> datetime:
    """Tell when a task of a list is due; one whose window has passed is due with the others."""
    if task.within is None:
        return otherwise
    by = admitted_at + task.within
    return max(by, otherwise)


ADMISSION = Preset(
    "admission",
    1,
    "Admission bundle",
    "clinical/handover.md, sections 2 and 5 (local defaults)",
    (
        PresetTask("band", "Identification band"),
        PresetTask("allergies", "Allergies"),
        PresetTask("vitals", "Vital signs and NEWS2"),
        PresetTask("weight", "Weight and height"),
        PresetTask("falls", "Falls risk"),
        PresetTask("pressure", "Pressure damage risk"),
        PresetTask("vte", "VTE risk", timedelta(hours=14)),
        PresetTask("nutrition", "Nutrition screen"),
        PresetTask("infection", "MRSA and infection screen"),
        PresetTask("medicines", "Medicines reconciliation", timedelta(hours=24)),
        PresetTask("property", "Property"),
        PresetTask("contacts", "Contacts"),
        PresetTask("edd", "Expected day of discharge"),
        PresetTask("consent", "Consent and privacy preferences"),
        PresetTask("interpreter", "Interpreter need"),
    ),
)
PRESETS = {ADMISSION.key: ADMISSION}
