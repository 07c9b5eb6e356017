"""What the browser is sent: small, whole, and within the content policy."""

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from domain.access import Permission
from tests.browser import pages, samples
from ward.config import ROOT

STATIC = ROOT / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGE_SCRIPTS = re.findall(
    r"/static/((?:js|vendor)/[\w/.-]+\.js)", (ROOT / "templates/layouts/page.html").read_text()
)


def packed(*paths: Path) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def test_the_style_stays_small() -> None:
    assert packed(STATIC / "css/ward.css") <= 14 * 1024


def test_the_scripts_of_a_page_stay_small() -> None:
    scripts = [STATIC / name for name in [*PAGE_SCRIPTS, "js/choices.js"]]
    assert packed(*(path for path in scripts if path.exists())) <= 26 * 1024


@pytest.mark.parametrize("folder", ["fonts", "icons", "vendor/htmx"])
def test_what_others_wrote_is_unchanged(folder: str) -> None:
    for line in (STATIC / folder / "CHECKSUMS").read_text().splitlines():
        if not line.startswith("#"):
            digest, name = line.split()
            assert hashlib.sha256((STATIC / folder / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_carries_script_or_style(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son\w+=|hx-on|js:|<script(?![^>]*src=)|javascript:", text)


def test_every_permission_that_hides_something_has_its_rule() -> None:
    css = (STATIC / "css/ward.css").read_text()
    needed = {
        name
        for path in TEMPLATES
        for name in re.findall(r'data-needs="([\w.]+)"', path.read_text())
    }
    assert needed <= {permission.value for permission in Permission}
    for name in needed:
        assert f'body:not([data-may~="{name}"]) [data-needs~="{name}"]' in css, name


def test_every_sign_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons/sprite.svg").read_text()))
    used = {
        name
        for html in pages.pages().values()
        for name in re.findall(r"sprite\.svg#([\w-]+)", html)
    }
    assert used
    assert used <= drawn


def test_no_id_stands_twice_on_a_page() -> None:
    for name, html in pages.pages().items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), name


def test_a_board_of_thirty_stays_small() -> None:
    assert len(gzip.compress(samples.board(rich=True).encode(), 6)) <= 15 * 1024


def test_every_permission_has_words_on_the_account_page() -> None:
    text = (ROOT / "templates/users/_rights.html").read_text()
    for permission in Permission:
        assert f'"{permission.value}": _(' in text, permission
