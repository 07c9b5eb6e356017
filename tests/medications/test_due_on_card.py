"""Due on the card: what a board says of the medicines of who lies there."""

from datetime import timedelta

from domain.frequencies import Code
from tests.medications.conftest import admitted
from tests.medications.scene import doses_of, prescribed, touched
from ward import clock
from ward.medications.answers import owed_to


async def _owed(scene, *patients):
    async with scene.work() as work:
        return await owed_to(work, patients)


async def test_the_next_dose_of_each_patient_is_told_by_one_question(scene, quiet_ida) -> None:
    other = await admitted(scene, "6E-02", "Otherwise")
    assert await _owed(scene, quiet_ida, other) == {}
    mine = await prescribed(scene, quiet_ida, "amoxicillin", Code.BD)
    await prescribed(scene, quiet_ida, "metoprolol", Code.BD, at=clock.now() + timedelta(hours=13))
    (first, _), *_ = await doses_of(scene, mine.id)
    owed = await _owed(scene, quiet_ida, other)
    assert set(owed) == {quiet_ida}
    assert (owed[quiet_ida].next.id, owed[quiet_ida].overdue) == (first.id, ())
    await touched(scene, first.id)
    assert (await _owed(scene, quiet_ida))[quiet_ida].next.id != first.id


async def test_an_overdue_dose_is_told_and_whether_minutes_matter(scene, quiet_ida) -> None:
    mine = await prescribed(scene, quiet_ida, "amoxicillin", Code.BD)
    (dose, _), *_ = await doses_of(scene, mine.id)
    clock.shift(dose.closes_at - clock.now() + timedelta(minutes=1))
    owed = (await _owed(scene, quiet_ida))[quiet_ida]
    assert [one.id for one in owed.overdue] == [dose.id]
    assert not owed.critical
