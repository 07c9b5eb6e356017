"""Requests for a bed: accepted or declined with a reason, then moved."""

import pytest

from domain.errors import NotAllowed
from domain.movements import NEEDS_REASON, MovementStatus, answer, choices

M = MovementStatus
ALLOWED = {
    M.REQUESTED: {M.ACCEPTED, M.DECLINED, M.CANCELLED},
    M.ACCEPTED: {M.MOVED, M.CANCELLED},
}


@pytest.mark.parametrize("status", M)
@pytest.mark.parametrize("to", M)
def test_every_request_meets_every_answer(status: M, to: M) -> None:
    if to in ALLOWED.get(status, set()):
        assert answer(status, to, "ward is full") is to
    else:
        assert to not in choices(status)
        with pytest.raises(NotAllowed, match=status.word):
            answer(status, to, "ward is full")


@pytest.mark.parametrize("to", sorted(NEEDS_REASON))
def test_nobody_declines_or_cancels_without_a_reason(to: M) -> None:
    with pytest.raises(NotAllowed, match="reason"):
        answer(M.REQUESTED, to, " ")
