"""Cast: the people and places that demo, documents, pictures and tests all speak of."""

from dataclasses import dataclass

from domain.access import Role

PASSWORD = "ward-demo-2026"  # noqa: S105 - the demo's, printed on its sign-in page
ZONE = "Europe/London"


@dataclass(frozen=True, slots=True)
class WardPlan:
    """A ward or a clinic of the demo hospital."""

    label: str
    code: str
    beds: int
    kind: str = "ward"
    side_rooms: tuple[int, ...] = ()

    def room_of(self, number: int) -> str:
        """Name the bay or the side room that a bed stands in: six beds a bay."""
        if number in self.side_rooms:
            return f"Side room {self.side_rooms.index(number) + 1}"
        return f"Bay {chr(ord('A') + (number - 1) // 6)}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demo user: the name is the person's, the user name is the role's."""

    username: str
    name: str
    role: Role
    ward: str | None = None
    branch: str = "Northsite"


BRANCHES = {
    "Northsite": [
        WardPlan("Six East", "6E", 30, side_rooms=(9, 21, 27)),
        WardPlan("Six West", "6W", 24, side_rooms=(10,)),
        WardPlan("Acute Admissions", "AAU", 18),
        WardPlan("Outpatients", "OPD", 0, "clinic"),
    ],
    "Riverside": [
        WardPlan("Harbour", "HB", 16, side_rooms=(4,)),
        WardPlan("Day clinic", "DC", 0, "clinic"),
    ],
}

SIGN_INS = [
    SignIn("nurse", "Ada Lovelock", Role.NURSE, "Six East"),
    SignIn("nurse2", "Florence Okonjo", Role.NURSE, "Six East"),
    SignIn("charge", "Grace Hopwell", Role.CHARGE, "Six East"),
    SignIn("doctor", "Joan Patelle", Role.DOCTOR),
    SignIn("doctor2", "Emil Adeyemi", Role.DOCTOR),
    SignIn("pharmacist", "Rosa Lindholm", Role.PHARMACIST),
    SignIn("lab", "Viktor Brandt", Role.LAB),
    SignIn("reception", "Mary Seagrove", Role.RECEPTION),
    SignIn("reception2", "Tomas Reedman", Role.RECEPTION, branch="Riverside"),
    SignIn("biller", "Nadia Ferro", Role.BILLING),
    SignIn("admin", "Piet Vandenberg", Role.ADMIN),
    SignIn("privacy", "Ines Calloway", Role.PRIVACY),
    SignIn("patient", "Joan Smithson", Role.PATIENT),
]
