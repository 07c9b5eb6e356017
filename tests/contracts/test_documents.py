"""Documents: every link leads somewhere, every file they name is there."""

import re
from pathlib import Path

import pytest

from tests.contracts.sources import name
from ward.config import ROOT

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`((?:\w+/)+[\w.-]+\.(?:py|html|js|md|svg|csv|hl7|css))`")
EXAMPLE = re.compile(r"belongings?(?![a-z])")  # the module that docs/add-a-feature.md works through
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text("utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = [file for file in FILE.findall(page.read_text("utf-8")) if not EXAMPLE.search(file)]
    assert [file for file in named if not (ROOT / file).exists()] == []
