"""Words: what the codes of the trail mean, as a privacy officer or a patient reads them."""

import re

from domain.access import Relation
from ward.security.actors import ROLES
from ward.trail import Action, Outcome

PAGES = {
    "beds.board": "Bed board",
    "beds.wall": "Wallboard",
    "patients.chart": "Summary",
    "patients.find": "Search for a patient",
    "patients.palette": "Search for a patient",
    "patients.possible": "Possible duplicates",
    "patients.person": "Personal details",
    "patients.amend": "Personal details",
    "patients.register": "Registration",
    "adt.movements": "Movements",
    "adt.bed_movements": "Movements of a bed",
    "labs.results": "Results",
    "labs.result": "A result",
    "labs.as_file": "Results on paper",
    "labs.trend": "Trend of a result",
    "medications.medications": "Medicines chart",
    "medications.as_file": "Medicines chart on paper",
    "medications.history": "History of a medicine",
    "vitals.observations": "Observations",
    "vitals.as_file": "Observations on paper",
    "wristbands.print_band": "Wristband on paper",
    "prescriptions.paper": "Prescription on paper",
    "summaries.show": "Discharge summary",
    "summaries.of_stay": "Discharge summary of one stay",
    "summaries.paper": "Discharge summary on paper",
    "alerts.console": "Alerts",
    "live.beds": "Bed board",
    "live.chart": "Summary",
    "live.bell": "Count of alerts",
    "live.calls": "Alerts that call",
    "live.glass": "Own break-glass",
    "live.glassbell": "Count of break-glass cases",
    "live.glasses": "Break-glass cases",
    "live.held": "Count of results without a patient",
    "live.told": "Notices of break-glass",
    "live.toldbell": "Count of notices of break-glass",
    "live.own": "Patient's own pages",
    "live.labs": "Results",
    "live.duty": "Roster",
    "live.wards": "Wards",
    "audit.explore": "Trail",
    "audit.event": "An event of the trail",
    "audit.export": "Trail, exported",
    "audit.access": "Who looked at a record",
    "breakglass.find": "A record asked for by its number",
    "breakglass.ask": "Break-glass asked for",
    "breakglass.open_record": "Record opened by break-glass",
    "breakglass.end_own": "Break-glass given back",
    "breakglass.revoke": "Break-glass ended by the privacy officer",
    "breakglass.case": "Break-glass case",
    "breakglass.judge": "Break-glass case reviewed",
    "breakglass.seen": "Notice of break-glass seen",
    "live.view_start": "Live screen opened",
    "live.view_delta": "Live screen, somebody new on it",
    "live.view_end": "Live screen closed",
}
PARTS = {
    "admin": "Administration",
    "adt": "Stay",
    "alerts": "Alerts",
    "audit": "Trail",
    "beds": "Beds",
    "breakglass": "Break-glass",
    "care": "Medicines due",
    "cli": "Command line",
    "duty": "Roster",
    "hl7": "Messages",
    "labs": "Laboratory",
    "live": "Live screen",
    "medications": "Medicines",
    "outbound": "Messages sent",
    "patients": "Personal record",
    "portal": "Patient's own pages",
    "prescriptions": "Prescriptions",
    "reconciliation": "Medicines at home",
    "scheduling": "Appointments",
    "summaries": "Discharge summary",
    "tasks": "Tasks",
    "unmatched": "Results without a patient",
    "users": "Account",
    "vitals": "Observations",
    "wristbands": "Wristband",
}
RESOURCES = {"bed": "bed board", "ward": "ward", "patient": "chart"}
RELATIONS = {
    Relation.WARD: "Care relationship",
    Relation.RECENT: "Care relationship until recently",
    Relation.COMING: "Asked to take the patient",
    Relation.ADMISSION: "Admission",
    Relation.CLERK: "Registration",
    Relation.OVERSIGHT: "Oversight",
    Relation.AUTHOR: "Author of this paper",
    Relation.LAB: "Laboratory order",
    Relation.APPOINTMENT: "Appointment",
    Relation.OWN: "Own record",
    Relation.BREAK_GLASS: "Break-glass",
    Relation.SELF: "Own account",
    Relation.PLACE: "Ward in reach",
    Relation.SYSTEM: "Declared system",
}
DID = {
    Action.CREATE: "recorded",
    Action.READ: "viewed",
    Action.UPDATE: "changed",
    Action.DELETE: "deleted",
    Action.EXECUTE: "searched",
}
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEATED = frozenset({"live.view_start", "live.view_delta", "live.view_end"})
SYSTEMS = {"hl7": "Interface", "job": "Background job", "cli": "Command line", "hub": "Screens"}
CARE = frozenset(
    {
        Relation.WARD,
        Relation.RECENT,
        Relation.COMING,
        Relation.LAB,
        Relation.APPOINTMENT,
        Relation.AUTHOR,
    }
)
CLINICAL = frozenset({"D3", "D4", "D5", "D6", "D7"})


def what(code: str, resource: str = "") -> str:
    """Say what was looked at or done."""
    if known := PAGES.get(code):
        shown = RESOURCES.get(resource)
        return f"{known}: {shown}" if shown and code.startswith("live.") else known
    code, _, fact = code.partition("[")  # of a reaction: to what
    part, _, verb = code.rpartition(".")
    spoken = verb.replace("_", " ")
    if fact:
        spoken = f"{spoken}, after {_HUMP.sub(' ', fact.rstrip(']')).lower()}"
    return f"{PARTS.get(part.partition('.')[0], part.capitalize())}: {spoken}" if part else spoken


def did(action: Action, outcome: Outcome) -> str:
    """Say the deed."""
    return "was refused" if outcome is Outcome.REFUSED else DID[action]


def why(relation: str, code: str = "") -> str:
    """Say what explained it."""
    if not relation and code in _SEATED:
        return "Checked as the screen opened"
    return RELATIONS.get(Relation(relation), relation) if relation in set(Relation) else relation


def system(name: str) -> str:
    """Name a system actor."""
    kind, _, rest = name.partition(":")
    if kind == "job":
        return SYSTEMS[kind]  # what it did stands beside it
    return f"{SYSTEMS.get(kind, kind.capitalize())} {rest}".strip()


def role(name: str) -> str:
    """Name a role in small letters, as beside a person's name."""
    return next((said.lower() for one, said in ROLES.items() if one.value == name), name)
