"""Chips stand in one order on every card, three at most; what +n hides opens for everybody."""

import re
from types import SimpleNamespace

import pytest

from ward.beds.parts import flags
from ward.render import ENVIRONMENT

SAID = {
    "safeguarding": "Safeguarding", "falls": "Falls", "allergy": "Allergy latex",
    "similar_name": "Similar name", "critical_result": "K 6.8 HH",
}  # fmt: skip


def chip(code: str) -> SimpleNamespace:
    tone = "critical" if code == "critical_result" else "plain"
    return SimpleNamespace(code=code, label=SAID[code], tone=tone)


def drawn(*codes: str, of: str | None = "b1") -> str:
    macro = ENVIRONMENT.get_template("ui/parts.html").module.chips
    return str(macro([chip(code) for code in codes], of))


def test_the_order_does_not_depend_on_which_module_answers_first() -> None:
    parts = {
        "flags_standing": [chip("safeguarding"), chip("falls")],
        "flags": [chip("similar_name"), chip("allergy")],
        "flags_labs": [chip("critical_result")],
    }
    order = ["critical_result", "similar_name", "allergy", "falls", "safeguarding"]
    assert [one.code for one in flags(parts)] == order
    assert [one.code for one in flags(dict(reversed(parts.items())))] == order


@pytest.mark.parametrize("count", [1, 2])
def test_what_fits_needs_no_more(count: int) -> None:
    html = drawn(*list(SAID)[:count])
    assert "<button" not in html
    assert "popover" not in html


def test_three_at_most_and_the_rest_opens_by_touch_and_keyboard() -> None:
    html = drawn("similar_name", "allergy", "falls", "safeguarding")
    buttons = re.findall(r"<button[^>]*popovertarget=\"flags-b1\">(.*?)</button>", html)
    assert [one[:2] for one in buttons] == ["+2", "+1"]  # narrow, wide
    assert "Falls, Safeguarding" in buttons[0]  # said to a screen reader
    (box,) = re.findall(r'<li popover id="flags-b1">.*?</ul></li>', html)
    for code in ("similar_name", "allergy", "falls", "safeguarding"):
        assert SAID[code] in box


def test_without_a_card_nothing_opens() -> None:
    assert "<button" not in drawn("similar_name", "allergy", "falls", of=None)
