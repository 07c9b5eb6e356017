"""Newer page: a page may be ahead of the draw that is under way when it asks."""

from tests.realtime.test_machine import Machine


def test_a_page_newer_than_the_draw_under_way_waits_for_its_own() -> None:
    """Found by the machine: what changed and changed back meanwhile stayed on that page."""
    state = Machine()
    state.start()
    state.write(label="off", lamp=1, pokes=0, secret="")
    for _ in range(2):
        state.open_page(fresh=False, view="full")
    state.write(label="off", lamp=3, pokes=0, secret="s")
    state.open_page(fresh=True, view="full")
    state.write(label="off", lamp=3, pokes=0, secret="")
    state.teardown()
