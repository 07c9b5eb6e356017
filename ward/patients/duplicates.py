"""Duplicates: nobody is registered twice unseen, not even by two clerks at the same moment."""

from sqlalchemy import text

from ward.errors import WardError
from ward.patients.index import index_of
from ward.patients.models import Patient
from ward.patients.person import Person
from ward.patients.register import register
from ward.patients.search import Found, doubles
from ward.work import Work

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('ward.patients.register'))")


class PerhapsKnown(WardError):
    """People who may be the one being registered; the clerk looks and decides (409)."""

    status = 409
    discloses = True

    def __init__(self, found: list[Found]) -> None:
        super().__init__(
            "Perhaps already registered. Look at the people shown in the form, then decide."
        )
        self.found = found


async def register_once(work: Work, person: Person, *, anyway: bool) -> Patient:
    """Register a person nobody similar to whom is known, or, `anyway`, after a look at those.

    Clerks register one after the other, and each looks at what the one before has committed.
    """
    await (await work.connection()).execute(_ONE_AT_A_TIME)
    await index_of(work.node).refresh()
    found = await doubles(work, person)
    if found and not anyway:
        raise PerhapsKnown(found)
    return await register(work, person, overlooked=[one.id for one in found])
