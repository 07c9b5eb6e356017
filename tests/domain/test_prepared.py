"""A label of ours says which dose it is for, and nothing of the patient."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import gs1
from domain.errors import NotAllowed
from domain.prepared import Prepared, read


@given(st.uuids(), st.booleans())
def test_what_is_printed_is_read_again(number: UUID, dose: bool) -> None:
    said = Prepared(dose_id=number) if dose else Prepared(request_id=number)
    assert read(gs1.encode(said.elements)) == said


@pytest.mark.parametrize(
    "other",
    [
        "",
        "MRN-104892",
        "0109506000134307",  # a GTIN
        "01095060001343071729013110LOT42A",
        "91X" + "0" * 32,
        "91D" + "0" * 31,
        "91D" + "G" * 32,
    ],
)
def test_another_code_is_no_label(other: str) -> None:
    assert read(other) is None


def test_a_label_is_for_something() -> None:
    with pytest.raises(NotAllowed):
        _ = Prepared().elements
    assert len(gs1.encode(Prepared(dose_id=uuid4()).elements)) < 60
