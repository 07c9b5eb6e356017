"""People for tests of patients: invented, each told apart by one thing."""

from datetime import date

from domain.access import Permission
from domain.sexes import Sex
from ward.node import Node
from ward.patients.person import Address, Contact, Name, Number, Person, When
from ward.patients.register import register
from ward.security.actors import System
from ward.work import work_as

CLERK = System("job:test", frozenset(Permission))

JOAN = Person(
    name=Name("Zanderfeldt", "Joan", "Mrs"),
    preferred="Jo",
    born=When(date(1945, 7, 14)),
    sex=Sex.FEMALE,
    numbers=(Number("9012345"), Number("9434765919", "NI", "NHS")),
    addresses=(Address(("1 Quillfeather Row",), "Northsite", postcode="N1 1AA"),),
    contacts=(Contact("+44 20 7946 0018"),),
)
JOHN = Person(
    name=Name("Zanderfelt", "John"),
    born=When(date(1950, 1, 2)),
    sex=Sex.MALE,
    numbers=(Number("9012346"),),
)


async def registered(node: Node, person: Person = JOAN, ward_id=None):
    """Register a person, lying on a ward if one is named, and return the id."""
    async with work_as(node, CLERK, "test") as work:
        patient = await register(work, person)
        patient.ward_id = ward_id
        return patient.id


FORM = {
    "family": "Okonkwo",
    "given": "Adaeze",
    "born": "1984-05-06",
    "sex": "female",
    "telephone": "020 7946 0999",
}
