"""Tour: shown to whoever asks, offered once where nobody is real, and never in the way."""

import json
import re

import pytest

from domain.access import Role
from tests.databases import Database
from tests.stations import Running, Sign, running, settings_for, signed_in
from ward.config import ROOT
from ward.dev.cast import SIGN_INS
from ward.dev.embedded import Stores
from ward.shell import SHORTCUTS
from ward.tours import COOKIE, TOURS

STEP = re.compile(r'<li data-at="[^"]+"><b>[^<]+</b><p>[^<]{20,}</p></li>')
TOURING = sorted({sign.role: sign.username for sign in reversed(SIGN_INS)}.items())
OFFER = 'id="tour-offer"'


def test_everybody_but_a_wall_has_a_tour() -> None:
    written = {path.stem for path in (ROOT / "templates/tours").glob("[!_]*.html")}
    assert written == {role.value for role in TOURS} == {role.value for role in Role} - {"wall"}


@pytest.mark.parametrize(("role", "username"), TOURING)
async def test_it_is_shown_to_whoever_asks_and_to_nobody_else(
    sign: Sign, role: Role, username: str
) -> None:
    station = await sign(username)
    plain = await station.client.get("/", follow_redirects=True)
    assert "tour.js" not in plain.text
    assert OFFER not in plain.text  # tests are offered nothing
    assert ('href="/tour"' in plain.text) is (role in TOURS)
    shown = await station.client.get("/tour", follow_redirects=True)
    assert shown.status_code == plain.status_code
    assert shown.url.path == plain.url.path
    assert ("tour.js" in shown.text) is ("driver.js.iife.js" in shown.text) is (role in TOURS)
    if role in TOURS:
        assert 4 <= len(STEP.findall(shown.text)) <= 7
        other = await station.client.get("/account?tour=1")
        assert "tour.js" not in other.text


@pytest.mark.parametrize("env", ["demo", "training"])
async def test_it_is_offered_once_a_role_where_nobody_is_real(
    database: Database, stores: Stores, env: str
) -> None:
    choice = settings_for(database, stores, env=env, simulator="off")
    async with running(choice) as ward, signed_in(ward.url, "nurse") as ada:
        first = await ada.client.get("/", follow_redirects=True)
        assert OFFER in first.text
        assert OFFER not in (await ada.client.get("/account")).text
        put_away = await ada.client.post("/tour/later", follow_redirects=True)
        assert OFFER not in put_away.text
        assert 'href="/tour"' in put_away.text
        await ada.client.post("/logout")
        assert ada.client.cookies[COOKIE] == "nurse"  # it outlives the sign-out
        async with signed_in(ward.url, "reception") as mary:
            desk = await mary.client.get("/", follow_redirects=True)
            assert OFFER in desk.text  # another role has another page
            shown = await mary.client.get("/tour", follow_redirects=True)
            assert "tour.js" in shown.text
            assert OFFER not in (await mary.client.get("/", follow_redirects=True)).text
            known = [f"{one.name}={one.value}" for one in mary.client.cookies.jar]
            kept = [one for one in known if not one.startswith(COOKIE)]
            odd = "; ".join([*kept, f"{COOKIE}=nurse.<b>"])
            again = await mary.client.get("/tour", headers={"cookie": odd})
            assert f"{COOKIE}=nurse.reception;" in again.headers["set-cookie"]


async def test_signing_out_empties_the_browser(sign: Sign) -> None:
    station = await sign("nurse")
    answer = await station.client.post("/logout")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'


@pytest.mark.parametrize(
    ("username", "pages"),
    [
        ("nurse", (r"/wards/.+/beds\?only=mine", r"/wards/.+/care\?only=mine", "/alerts", "")),
        ("doctor", ("", "", "/alerts", "/schedule/mine")),
        ("reception", ("", "", "", "/schedule")),
        ("patient", ("", "", "", "")),
    ],
)
async def test_a_shortcut_leads_each_to_their_own_page(
    sign: Sign, username: str, pages: tuple[str, ...]
) -> None:
    station = await sign(username)
    begins = (await station.client.get("/")).headers["location"]
    for name, expected in zip(SHORTCUTS, pages, strict=True):
        answer = await station.client.get(f"/go/{name}")
        assert answer.status_code == 303
        there = answer.headers["location"]
        assert re.fullmatch(expected, there) if expected else there == begins, name
    assert (await station.client.get("/go/nowhere")).headers["location"] == begins


async def test_what_a_browser_needs_to_install_it_is_there(ward: Running, sign: Sign) -> None:
    station = await sign("nurse")
    manifest = (await station.client.get("/static/manifest.webmanifest")).json()
    assert manifest["id"] == manifest["start_url"] == "/"
    assert [one["url"] for one in manifest["shortcuts"]] == [f"/go/{name}" for name in SHORTCUTS]
    icons = [one for each in [manifest, *manifest["shortcuts"]] for one in each["icons"]]
    assert {"maskable"} <= {one.get("purpose") for one in icons}
    for one in icons:
        assert (await station.client.get(one["src"])).status_code == 200
    page = (await station.client.get("/account")).text
    assert 'id="install"' in page
    assert "Add to Home Screen" in page
    assert json.dumps(manifest).isascii()
