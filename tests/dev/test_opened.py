"""The record that the demo opened by break-glass: once, and ready to be reviewed."""

from sqlalchemy import text

from tests.adt.conftest import open_scene  # noqa: F401 - a fixture
from tests.adt.scene import Scene
from tests.adt.test_transfer import lying
from tests.stations import Sign
from ward.dev.opened import WHY, open_a_record


async def test_a_case_waits_for_its_review(open_scene: Scene, sign: Sign) -> None:  # noqa: F811
    node = open_scene.node
    assert not await open_a_record(node)  # nobody lies there yet
    await lying(open_scene, "6W-01")
    assert await open_a_record(node)
    assert not await open_a_record(node)
    async with node.aside.connect() as connection:
        (case,) = (await connection.execute(text("SELECT id FROM break_glass"))).scalars()
    privacy = await sign("privacy")
    page = (await privacy.get(f"/break-glass/{case}")).text
    assert WHY in page
    assert "Florence Okonjo" in page
    assert "1 look, 0 changes" in page
    assert "Ended by the person" in page
