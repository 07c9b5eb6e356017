"""Answers: who of mother and infant stays when the other goes home."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.access import Permission
from domain.discharge import Answer, Item
from domain.infants import Kin
from ward.adt import queries
from ward.adt.questions import NameCheck, before_discharge
from ward.adt.whose import whose
from ward.infants import queries as infants
from ward.work import Work

VIEW = Permission.VIEW_PATIENT


@before_discharge.answer("infants", VIEW)
async def who_stays(work: Work, encounters: Sequence[UUID]) -> Mapping[UUID, list[NameCheck]]:
    """Answer whose mother or infant lies in a bed; the name only to who may see both."""
    patients = await whose(work, encounters, VIEW)
    return {one: await _lines(work, patient) for one, patient in patients.items()}


async def _lines(work: Work, patient_id: UUID) -> list[NameCheck]:
    linked = await infants.linked(work, patient_id)
    if not linked:
        return []
    names = await infants.called(work, patient_id)
    places = await queries.whereabouts(work, list(names))
    staying = [
        f"{names[one.patient_id].name}, {_kin(one.kin)}, {place.ward}, bed {place.bed}"
        for one in linked
        if (place := places.get(one.patient_id))
    ]
    if not staying:
        return []
    return [NameCheck(Item.NOBODY_STAYS, Answer.NOT_DONE, tuple(staying))]


def _kin(kin: Kin) -> str:
    return kin.word.lower()
