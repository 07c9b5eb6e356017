"""Narrow names: a name that must break shows that it goes on."""

import pytest

from ward.render import soft


@pytest.mark.parametrize("name", ["SMITH, Joan", "O'CONNOR Siobhan", ""])
def test_a_short_name_is_left_as_it_is(name: str) -> None:
    assert soft(name) == name


def test_a_long_word_breaks_with_a_hyphen_and_never_near_its_ends() -> None:
    first, *others = soft("CASTELLANOS, Rubén").split("\N{SOFT HYPHEN}")
    assert first == "CAS"
    assert others[-1] == "NOS, Rubén"
    assert "".join([first, *others]) == "CASTELLANOS, Rubén"
