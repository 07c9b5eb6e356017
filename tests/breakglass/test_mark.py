"""The mark: whatever was looked at through the glass names its case, and nothing else does."""

from tests.breakglass.conftest import West
from tests.stations import Station
from ward import invariants


async def told(west: West) -> list[str]:
    (check,) = [check for name, _, check in invariants.CHECKS if name == "I15"]
    async with west.scene.node.aside.connect() as connection:
        return await check(west.scene.node, connection)


async def test_a_look_without_its_case_is_told(
    west: West, nurse: Station, privacy: Station
) -> None:
    case = await west.broken(nurse)
    await nurse.get(west.path)
    await privacy.post(f"/break-glass/{case}/revoke")
    await nurse.get(west.path)
    assert await told(west) == []
    await west.sql(  # as if it had ended an hour before it was looked at
        "UPDATE break_glass SET opened_at = opened_at - interval '1 h', until = opened_at,"
        " ended_at = opened_at - interval '1 h'"
    )
    assert len(await told(west)) >= 2
