"""Card rows: what a ward may leave off, and what stays whatever is set."""

import pytest

from domain.card_rows import CardRow, chip_stays


@pytest.mark.parametrize("row", CardRow)
def test_every_row_has_words(row: CardRow) -> None:
    assert row.word


@pytest.mark.parametrize(
    ("code", "tone", "stays"),
    [
        ("results", "warning", False),
        ("no_nurse", "warning", False),
        ("results", "critical", True),
        ("critical_result", "critical", True),
        ("allergy", "allergy", True),
        ("similar_name", "strong", True),
        ("isolation", "strong", True),
        ("home", "plain", True),  # the name of a row, not of a chip that can be left off
    ],
)
def test_a_chip_stays_unless_it_is_one_a_ward_may_leave_off(
    code: str, tone: str, stays: bool
) -> None:
    assert chip_stays(code, tone, tuple(CardRow)) is stays
    assert chip_stays(code, tone, ())
