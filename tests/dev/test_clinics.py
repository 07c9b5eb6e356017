"""The clinics of the demo: booked once, with somebody in every state that the clock allows."""

from sqlalchemy import text

from ward.dev.clinics import found_clinics
from ward.dev.outpatients import book_outpatients, visitors
from ward.node import Node


async def test_the_clinics_are_booked_once(node: Node) -> None:
    assert await found_clinics(node)
    assert await book_outpatients(node)
    assert not await found_clinics(node)
    assert not await book_outpatients(node)
    async with node.aside.connect() as connection:
        rows = await connection.execute(
            text("SELECT status, count(*) FROM appointment GROUP BY status")
        )
        states = {row[0]: row[1] for row in rows}
        linked = await connection.scalar(
            text(
                "SELECT count(*) FROM patient_account JOIN app_user u ON u.id = user_id"
                " WHERE username = 'patient'"
            )
        )
        offered = await connection.scalar(text("SELECT count(*) FROM hold WHERE ended_at IS NULL"))
        waiting = await connection.scalar(text("SELECT count(*) FROM waitlist_entry"))
    assert sum(states.values()) > 60
    assert states["booked"] > 20
    assert linked == 1
    assert offered == 1
    assert waiting == 6
    assert len({one.mrn for one in visitors()}) == len(visitors())
