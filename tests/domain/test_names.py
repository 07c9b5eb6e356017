"""Names are compared as people hear, spell and mistype them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import core, distance, fold, sound, spellings, within_one, words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("O'Connor", "oconnor"),
        ("O\u2019CONNOR", "oconnor"),
        ("Müller", "muller"),
        ("Straße", "strasse"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Sørensen", "sorensen"),
        ("İbrahim", "ibrahim"),
        ("Smith-Jones", "smith jones"),
        ("  da   Silva ", "da silva"),
        ("Дмитрий", "дмитрии"),
        ("李", "李"),
        ("?-_", ""),
    ],
)
def test_a_name_is_folded_before_it_is_compared(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text(max_size=20))
def test_a_folded_name_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text) == fold(f"  {text}\t")


def test_a_double_name_is_asked_for_in_more_than_one_way() -> None:
    assert words("Smith-Jones") == ["smith", "jones"]
    assert spellings("Smith-Jones") == {"smithjones"}
    assert spellings("da Silva") == {"dasilva"}
    assert spellings("O'Connor") == {"connor"}
    assert spellings("Smith") == set()
    assert core("van der Berg") == "berg"
    assert core("Van") == "van"


@pytest.mark.parametrize(
    "alike",
    [
        "smith smyth smythe",
        "john jon jan jean joan",
        "stephen steven stefan",
        "catherine katherine kathryn",
        "philip filip phillip",
        "wright right",
        "thompson thomson tomson",
        "knight night",
        "mcdonald macdonald",
        "mohammed muhammad mohamed",
        "schmidt schmitt",
        "reid reed read",
        "geoffrey jeffrey",
        "dixon dickson",
    ],
)
def test_names_that_sound_alike_have_one_key(alike: str) -> None:
    assert len({sound(word) for word in alike.split()}) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [("smith", "jones"), ("nowak", "kowalski"), ("martin", "morton"), ("ali", "eli")],
)
def test_names_that_differ_in_sound_have_two_keys_mostly(one: str, two: str) -> None:
    different = sound(one) != sound(two)
    assert different is (one not in {"martin", "ali"})  # vowels are not heard


@given(st.text(max_size=12))
def test_a_key_is_made_of_anything(text: str) -> None:
    for word in words(text):
        assert sound(word).isascii()


def test_another_script_has_no_key() -> None:
    assert sound("дмитрии") == sound("李") == sound("") == ""


@pytest.mark.parametrize(
    ("one", "two", "near"),
    [
        ("smith", "smith", True),
        ("smith", "smit", True),
        ("smith", "smitth", True),
        ("smith", "smyth", True),
        ("smith", "smiht", True),
        ("smith", "msith", True),
        ("smith", "smythe", False),
        ("smith", "htims", False),
        ("ab", "ba", True),
        ("", "a", True),
        ("", "ab", False),
        ("abcd", "badc", False),
    ],
)
def test_one_slip_of_the_finger(one: str, two: str, near: bool) -> None:
    assert within_one(one, two) is near
    assert within_one(two, one) is near


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_quick_test_and_the_count_agree(one: str, two: str) -> None:
    assert within_one(one, two) == (distance(one, two, 1) <= 1)
    assert distance(one, two, 6) == distance(two, one, 6)
    assert (distance(one, two, 3) == 0) == (one == two)
    assert distance(one, two, 2) == min(distance(one, two, 6), 3)
