"""Mark: every page, screen and print says that nobody is real, and a real one says nothing."""

from datetime import UTC

import httpx

from tests.databases import Database
from tests.stations import Running, running, settings_for, signed_in
from ward import paper, render
from ward.config import Env
from ward.dev.cast import PASSWORD
from ward.dev.demo import FOUNDER, wall_link
from ward.dev.embedded import Stores
from ward.work import work_as

SAID = '<p class="mark"><b>{}</b> · invented patients</p>'
FILE = "/static/css/mark.css"


async def seen(ward: Running, *paths: str) -> list[str]:
    """Read pages without a session."""
    async with httpx.AsyncClient(base_url=ward.url, follow_redirects=True) as reader:
        return [(await reader.get(path)).text for path in paths]


async def test_every_page_with_and_without_a_session_is_marked(ward: Running) -> None:
    outside = await seen(ward, "/login", "/offline", "/nowhere", await wall_link(ward.node))
    async with signed_in(ward.url, "charge") as grace:
        inside = [(await grace.client.get(path)).text for path in ("/wards", "/account", "/nobody")]
    for html in [*outside, *inside]:
        assert html.count(SAID.format("DEMO")) == 1
        assert 'data-mark="DEMO"' in html
        assert FILE in html


async def test_a_training_says_training(database: Database, stores: Stores) -> None:
    async with running(settings_for(database, stores, env="training", simulator="off")) as ward:
        [html] = await seen(ward, "/login")
        assert SAID.format("TRAINING") in html
        assert 'class="demo">TRAINING<' in html
        assert "DEMO" not in html
        assert PASSWORD in html  # its people are invented: their sign-ins stand on the page
        async with work_as(ward.node, FOUNDER, "test.paper") as work:
            printed = paper.stamp(work, "SMITH, Joan", UTC)
        assert (printed.demo, printed.mark) == (True, "TRAINING")


def test_what_is_real_has_no_mark() -> None:
    try:
        render.mark(Env.PRODUCTION)
        assert "mark" not in render.render("errors/offline.html")
    finally:
        render.mark(Env.TEST)
