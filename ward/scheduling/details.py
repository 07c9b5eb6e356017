"""Details: what is sealed of an appointment, of a series and of somebody who waits for one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class AppointmentDetail:
    """Why the patient comes and what to remember; free text stays here and nowhere else."""

    reason: str = ""
    note: str = ""
    interpreter: str = ""  # the language an interpreter is needed for
    transport: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Wish:
    """What somebody on the waiting list asked for, in words."""

    note: str = ""
    interpreter: str = ""
    transport: bool = False
