"""Template law: the lint sees what it says it sees."""

import pytest
from jinja2 import nodes

from tools.templates import FOLDER, first_branches, main, read
from ward.render import ENVIRONMENT

SHEETS = sorted(str(one.relative_to(FOLDER)) for one in FOLDER.rglob("_*.html"))
PATIENTS = {"who", "patient", "name"}  # what sheets call whom they are about
OF_STAFF = {"duty/_end.html"}


def test_every_template_keeps_the_law() -> None:
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 0


@pytest.mark.parametrize(
    "source",
    [
        '<p style="color: red">x</p>',
        '<button onclick="go()">x</button>',
        "<script>go()</script>",
        "<style>p {}</style>",
        '{% if a %}<p>x</p>{% else %}<p style="{{ b }}">x</p>{% endif %}',
    ],
)
def test_what_the_content_policy_blocks_is_found(source: str) -> None:
    assert read(source).forbidden


def test_a_script_of_ours_is_allowed() -> None:
    assert read('<script src="/static/js/live.js" defer></script>').forbidden == []


@pytest.mark.parametrize(
    ("source", "roots"),
    [
        ('<li id="bed-{{ id }}"><img src="x"><b>1</b></li>', 1),
        ("<p>1</p><p>2</p>", 2),
        ("{% if a %}<p>1</p>{% elif b %}<p>2</p>{% else %}<p>3</p>{% endif %}", 1),
        ("<p>{% if a %}1</p>{% if b %}<i>2</i>{% else %}3{% endif %}{% else %}</p>{% endif %}", 2),
        ("{# <p> #}<p>{% for x in y %}<b>{{ x }}</b>{% else %}none{% endfor %}</p>", 1),
    ],
)
def test_roots_are_counted_along_one_way(source: str, roots: int) -> None:
    assert len(read(first_branches(source)).roots) == roots


@pytest.mark.parametrize("name", SHEETS)
def test_whom_a_sheet_names_is_told_from_another_of_that_name(name: str) -> None:
    drawn = ENVIRONMENT.parse((FOLDER / name).read_text())
    calls = [one for one in drawn.find_all(nodes.Call) if getattr(one.node, "name", "") == "head"]
    for call in calls if name not in OF_STAFF else []:
        called = {one.name for one in call.find_all(nodes.Name)}
        known = "known" in called | {one.attr for one in call.find_all(nodes.Getattr)}
        assert known or not called & PATIENTS, call
