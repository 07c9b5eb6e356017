"""Parts: what stands in a summary, each part of one class of data, in words as it was signed."""

from dataclasses import dataclass

from domain.access import D1, D2, D3, D4, D5, D6, DataClass, Permission
from ward.projections import projection


@dataclass(frozen=True, slots=True, repr=False)
class Words:
    """What a doctor writes."""

    reason: str = ""  # why the patient was admitted
    course: str = ""  # what was done, and how it went
    plan: str = ""  # what is to be done now, by whom


@projection(D1)
class About:
    """Who, where, from when until when, from where and whereto."""

    name: str
    born: str
    age: str
    sex: str
    numbers: tuple[str, ...]
    house: str
    ward: str
    came: str
    source: str
    left: str
    destination: str


@projection(D6)
class Clinical:
    """Diagnoses, and the doctor's words."""

    problems: tuple[str, ...]
    reason: str
    course: str
    plan: str


@projection(D3)
class Record:
    """Allergies, and the last observations with their score."""

    allergies: tuple[str, ...]
    observed: tuple[tuple[str, str], ...]
    observed_at: str
    news: str


@dataclass(frozen=True, slots=True, repr=False)
class FromHome:
    """A medicine from home: how it was taken, what becomes of it, and why."""

    name: str
    how: str
    becomes: str
    why: str


@projection(D4)
class Medicines:
    """What is taken from now on, and what was given on the ward."""

    asked: str  # what is known of the list from home, when it is empty
    home: tuple[FromHome, ...]
    supplied: tuple[str, ...]
    ward: tuple[str, ...]


@projection(D5)
class Results:
    """Results beyond their range in this stay, and what the laboratory still owes."""

    notable: tuple[str, ...]
    pending: tuple[str, ...]


@projection(D2)
class Coming:
    """Appointments to come."""

    visits: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Parts:
    """A summary, as far as somebody may read it; None: not for these eyes."""

    about: About | None = None
    clinical: Clinical | None = None
    record: Record | None = None
    medicines: Medicines | None = None
    results: Results | None = None
    coming: Coming | None = None

    @property
    def whole(self) -> bool:
        """Say whether nothing is left out."""
        return not self.without

    @property
    def without(self) -> tuple[str, ...]:
        """Name what is left out."""
        return tuple(word for name, word in CALLED.items() if getattr(self, name) is None)


CALLED = {
    "about": "who it is about",
    "clinical": "diagnoses and the doctor's words",
    "record": "allergies and observations",
    "medicines": "medicines",
    "results": "results",
    "coming": "appointments",
}

#: Which class a part is of, and by which permission it is read.
READ_BY: dict[str, tuple[DataClass, Permission]] = {
    "about": (D1, Permission.VIEW_PATIENT),
    "clinical": (D6, Permission.VIEW_CONDITIONS),
    "record": (D3, Permission.VIEW_ALLERGIES),
    "medicines": (D4, Permission.VIEW_MEDICATIONS),
    "results": (D5, Permission.VIEW_LABS),
    "coming": (D2, Permission.VIEW_APPOINTMENTS),
}
