"""Looks: what is told of a look at a record, to its patient and to whoever reads for them."""

from dataclasses import dataclass
from enum import StrEnum

from domain.access import Relation, Role
from domain.breakglass import Reason, Verdict


class Reader(StrEnum):
    """To whom it is told."""

    PATIENT = "patient"
    OFFICE = "office"  # reads of another's record, for them


@dataclass(frozen=True, slots=True)
class Told:
    """The same, said to the patient and said of the patient."""

    to_patient: str
    of_patient: str

    def to(self, reader: Reader) -> str:
        """Say it to this reader."""
        match reader:
            case Reader.PATIENT:
                return self.to_patient
            case Reader.OFFICE:
                return self.of_patient


def _alike(said: str) -> Told:
    return Told(said, said)


RECORD = Told("your record", "the patient's record")
SEARCHED = Told("your name, in a search", "the patient's name, in a search")
PARTS = {
    "adt": Told("where you stayed", "where the patient stayed"),
    "alerts": Told("warnings about you", "warnings about the patient"),
    "audit": Told(
        "the list of who looked at your record", "the list of who looked at the patient's record"
    ),
    "beds": Told("the list of beds, with you on it", "the list of beds, with the patient on it"),
    "breakglass": Told(
        "the list of who opened your record without being on your team",
        "the list of who opened the patient's record without being on the patient's team",
    ),
    "care": _alike("medicines that were due"),
    "duty": Told("who looks after you", "who looks after the patient"),
    "labs": Told("your test results", "the patient's test results"),
    "medications": Told("your medicines", "the patient's medicines"),
    "patients": Told("your personal record", "the patient's personal record"),
    "portal": Told("your own pages", "the patient's own pages"),
    "prescriptions": Told("your prescriptions", "the patient's prescriptions"),
    "reconciliation": Told(
        "the medicines you take at home", "the medicines the patient takes at home"
    ),
    "scheduling": Told("your appointments", "the patient's appointments"),
    "tasks": Told("what was to be done for you", "what was to be done for the patient"),
    "vitals": Told("your measurements", "the patient's measurements"),
    "wristbands": Told("your wristband", "the patient's wristband"),
}
UNEXPLAINED = _alike("")
HOUSE = {
    Role.PRIVACY.value: _alike("checks that records are used rightly"),
    Role.ADMIN.value: _alike("looks after the hospital's records"),
}
REASONS = {
    Relation.WARD: Told("works where you were a patient", "works where the patient was"),
    Relation.RECENT: Told(
        "looked after you shortly before", "looked after the patient shortly before"
    ),
    Relation.COMING: Told("was asked to take you over", "was asked to take the patient over"),
    Relation.ADMISSION: _alike("was admitting patients"),
    Relation.CLERK: _alike("works at registration"),
    Relation.OVERSIGHT: _alike("checks that records are used rightly"),
    Relation.AUTHOR: Told(
        "wrote the letter of your stay", "wrote the letter of the patient's stay"
    ),
    Relation.LAB: Told("was asked for your tests", "was asked for the patient's tests"),
    Relation.APPOINTMENT: Told(
        "expected you for an appointment", "expected the patient for an appointment"
    ),
    Relation.PLACE: Told("works where you were a patient", "works where the patient was"),
    Relation.OWN: Told("this is your own record", "this is the patient's own record"),
    Relation.BREAK_GLASS: Told(
        "opened your record without being on your team",
        "opened the patient's record without being on the patient's team",
    ),
}
WHY_OPENED = {
    Reason.EMERGENCY: Told("you needed treatment at once", "the patient needed treatment at once"),
    Reason.COVERING: Told(
        "stood in for the team that looks after you",
        "stood in for the team that looks after the patient",
    ),
    Reason.ASKED: Told(
        "was asked to help with your care", "was asked to help with the patient's care"
    ),
    Reason.SAFETY: Told(
        "something in your record had to be put right at once",
        "something in the patient's record had to be put right at once",
    ),
    Reason.OTHER: _alike("gave a reason of their own"),
}
OPENED = Told(
    "Opened without being on your team: {why}. {found}",
    "Opened without being on the patient's team: {why}. {found}",
)
FOUND = {
    None: _alike("The hospital checks whether that was right."),
    Verdict.JUSTIFIED: _alike("The hospital checked it: it was right."),
    Verdict.NOT_JUSTIFIED: _alike("The hospital checked it: it was not right."),
}


def part(code: str, resource: str = "") -> Told:
    """Say which part of the record it was."""
    module = code.partition(".")[0]
    if module == "live":
        return PARTS["patients"] if resource == "patient" else PARTS["beds"]
    if code in {"patients.find", "patients.palette"}:
        return SEARCHED
    return PARTS.get(module, RECORD)


def reason(role: str, relation: str) -> Told:
    """Say what explained it; those who look after the whole house have their own reason."""
    if role in HOUSE:
        return HOUSE[role]
    return (
        REASONS.get(Relation(relation), UNEXPLAINED) if relation in set(Relation) else UNEXPLAINED
    )


def opened(why: Reason, verdict: Verdict | None) -> Told:
    """Say why a record was opened by break-glass, and what the hospital found of it."""
    to_patient, of_patient = (
        OPENED.to(reader).format(why=WHY_OPENED[why].to(reader), found=FOUND[verdict].to(reader))
        for reader in Reader
    )
    return Told(to_patient, of_patient)
