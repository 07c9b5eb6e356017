"""Strong salt: a solution is high-alert by its strength, and where nobody says how strong it is."""

from domain.access import Permission
from domain.prescribing import Tier
from tests.medications.scene import answered, detailed, prescribed
from ward.medications.held import hold
from ward.medications.prescribe import check

MAY = Permission.PRESCRIBE


async def test_weak_salt_is_not_high_alert_and_strong_salt_is(scene, quiet_ida) -> None:
    weak = await prescribed(scene, quiet_ida, detail=detailed("sodium chloride", form="bag 0.9 %"))
    assert not weak.high_alert
    unknown = detailed("sodium chloride", form="ampoule 30 %")
    async with scene.work() as work:
        where = await hold(work, quiet_ida, MAY)
        overrides = [one for one in await check(work, where, unknown) if one.tier is Tier.REASON]
    strong = await prescribed(scene, quiet_ida, detail=unknown, overrides=answered(*overrides))
    assert strong.high_alert
