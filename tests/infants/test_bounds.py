"""Bounds: what one step cannot tell to every page is refused with a sentence; nobody is moved."""

from uuid import UUID

from sqlalchemy import text

from domain.access import Permission
from tests.infants.conftest import newborn, two_in
from ward.adt.admit import admit
from ward.beds.open import open_bed
from ward.infants.service import link
from ward.patients.register import register
from ward.places.models import Ward
from ward.places.service import open_ward

MANY = "Too many to move in one step"


async def quads(scene, *beds: str) -> tuple[UUID, dict[str, UUID]]:
    """Lay a mother into the first bed and her infants into the others; give their encounters."""
    mother, found = await scene.patient("Quillfeather", "Ida"), {}
    for nth, bed in enumerate(beds):
        async with scene.work() as work:
            who = mother if nth == 0 else (await register(work, newborn(f"Young{nth}"))).id
            if nth:
                await link(work, who, mother)
        async with scene.work() as work:
            found[bed] = (await admit(work, who, scene.beds[bed])).id
    return mother, found


async def wards(scene, *codes: str) -> None:
    """Open more wards, each with one bed, which the nurse in charge works on too."""
    async with scene.work() as work:
        east = await work.access(Ward, scene.east, Permission.OPEN_PLACES)
        for code in codes:
            made = await open_ward(work, east.branch_id, f"Ward {code}", code)
            scene.beds[f"{code}-01"] = (await open_bed(work, made, "01")).id
    async with scene.node.aside.begin() as connection:
        await connection.execute(text("UPDATE user_grant SET ward_id = NULL"))


async def test_four_are_not_moved_to_more_wards_than_can_be_told(open_scene, charge) -> None:
    await wards(open_scene, "7A", "7B")
    _, lie = await quads(open_scene, "6E-01", "6E-02", "6E-03", "6E-04")
    first, *others = lie.values()
    said = {"bed_id": open_scene.beds["6E-05"], "version": 1}
    for one, bed in zip(others, ("6W-01", "7A-01", "7B-01"), strict=True):
        said |= {f"along-{one}": "yes", f"seen-{one}": 1, f"bed-{one}": open_scene.beds[bed]}
    answer = await charge.post(f"/stays/{first}/transfer", **said)
    assert answer.status_code == 409, answer.text
    assert MANY in answer.text
    assert await open_scene.scalar("SELECT count(*) FROM stay") == 4


async def test_four_of_four_wards_are_not_asked_for_in_one_step(open_scene, charge) -> None:
    await wards(open_scene, "7A", "7B", "7C")
    _, lie = await quads(open_scene, "6E-01", "6W-02", "7A-01", "7B-01")
    first, *others = lie.values()
    said = {f"along-{one}": "yes" for one in others}
    to = await open_scene.scalar("SELECT id FROM ward WHERE code = '7C'")
    answer = await charge.post(f"/stays/{first}/request", ward_id=to, version=1, **said)
    assert answer.status_code == 409, answer.text
    assert MANY in answer.text
    assert await open_scene.scalar("SELECT count(*) FROM move_request") == 0


async def test_four_of_four_wards_are_not_accepted_in_one_step(open_scene, charge) -> None:
    await wards(open_scene, "7A", "7B")
    _, lie = await quads(open_scene, "6W-01", "6W-02", "7A-01", "7B-01")
    for one in lie.values():
        path = f"/stays/{one}/request"
        assert (await charge.post(path, ward_id=open_scene.east, version=1)).status_code == 200
    moves = [move.id for move in await open_scene.requests()]
    said = {"bed_id": open_scene.beds["6E-01"], "version": 1}
    for nth, one in enumerate(moves[1:], 2):
        said |= {f"along-{one}": "yes", f"seen-{one}": 1}
        said[f"bed-{one}"] = open_scene.beds[f"6E-0{nth}"]
    answer = await charge.post(f"/moves/{moves[0]}/accept", **said)
    assert answer.status_code == 409, answer.text
    assert MANY in answer.text
    assert await open_scene.scalar("SELECT count(*) FROM bed WHERE held_for IS NOT NULL") == 0


async def test_who_moves_along_is_moved_only_as_the_form_saw_them(open_scene, nurse) -> None:
    two = await two_in(open_scene, "6E-01", "6E-02")
    said = {"bed_id": open_scene.beds["6E-03"], "version": await two.seen(two.mothers)}
    said |= {f"along-{two.infants}": "yes", f"bed-{two.infants}": open_scene.beds["6E-04"]}
    answer = await nurse.post(f"/stays/{two.mothers}/transfer", **said)
    assert answer.status_code == 422, answer.text
