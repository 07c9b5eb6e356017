"""Places by commands: the same rules as the pages, in the words of whoever types."""

import pytest

from tests.stations import Running
from tests.users.operator import typed


async def place(ward: Running, *words: str):
    return await typed(ward.node.settings, "place", *words)


async def test_a_ward_is_renamed_closed_and_opened_again(ward: Running, admin) -> None:
    for words in (
        ["ward", "add", "Seven North", "--code", "7N", "--branch", "Northsite"],
        ["room", "add", "Bay A", "--ward", "Seven North"],
        ["bed", "add", "01-02", "--ward", "Seven North", "--room", "Bay A"],
        ["bed", "rename", "02", "B2", "--ward", "Seven North"],
        ["bed", "set", "B2", "--ward", "Seven North", "--position", "7", "--attribute", "oxygen"],
        ["bed", "close", "01", "--ward", "Seven North", "--why", "Broken"],
        ["room", "rename", "Bay A", "Bay 1", "--ward", "Seven North"],
        ["ward", "rename", "Seven North", "Cedar", "--code", "CD"],
        ["ward", "close", "Cedar", "--why", "Refurbished"],
    ):
        told = await place(ward, *words)
        assert (told.status, told.err) == (0, ""), words
    assert "Cedar" not in (await place(ward, "list")).out
    assert "Cedar" in (await place(ward, "list", "--closed")).out
    assert (await place(ward, "ward", "reopen", "Cedar")).out == "Cedar is open.\n"
    told = await place(ward, "bed", "reopen", "01", "--ward", "Cedar")
    assert told.out == "Bed 01 is back, to be cleaned.\n"
    assert "Cedar" in (await admin.get("/wards")).text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ward", "close", "Six East", "--why", "x"], "Six East stays open. Roles hold there:"),
        (["branch", "close", "Northsite", "--why", "x"], "Northsite stays open. Open there:"),
        (["room", "close", "Bay A", "--ward", "Six East", "--why", "x"], "Beds stand in it: 01"),
        (["ward", "reopen", "Six East"], "There is no ward"),
        (["ward", "rename", "Six East", "Six West"], "There is a ward of this name"),
        (["bed", "close", "99", "--ward", "Six East", "--why", "x"], "Six East has no bed 99."),
        (["bed", "close", "01", "--ward", "Six East", "--why", " "], "Say why"),
    ],
)
async def test_what_cannot_be_done_says_why(ward: Running, words, sentence) -> None:
    told = await place(ward, *words)
    assert told.status == 1
    assert sentence in told.err
