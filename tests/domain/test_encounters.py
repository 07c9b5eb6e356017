"""Encounter states: every state meets every other; codes are translated, never guessed."""

import pytest

from domain.encounters import (
    AdmitSource,
    Disposition,
    EncounterClass,
    EncounterStatus,
    cancelled,
    choices,
    class_from_hl7,
    disposition_from_hl7,
    move,
)
from domain.errors import NotAllowed

S = EncounterStatus
ALLOWED = {
    S.PLANNED: {S.ARRIVED, S.IN_PROGRESS, S.CANCELLED},
    S.ARRIVED: {S.TRIAGED, S.IN_PROGRESS, S.CANCELLED},
    S.TRIAGED: {S.IN_PROGRESS, S.CANCELLED},
    S.IN_PROGRESS: {S.ON_LEAVE, S.FINISHED},
    S.ON_LEAVE: {S.IN_PROGRESS, S.FINISHED},
    S.FINISHED: {S.IN_PROGRESS},
    S.CANCELLED: set(),
    S.UNKNOWN: set(),
}


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("to", S)
def test_every_state_meets_every_other(status: S, to: S) -> None:
    anything = status is not S.ENTERED_IN_ERROR and to is S.ENTERED_IN_ERROR
    if anything or to in ALLOWED.get(status, set()):
        assert to in choices(status)
        assert move(status, to) is to
    else:
        with pytest.raises(NotAllowed, match=f"from {status.word} to {to.word}"):
            move(status, to)


def test_what_never_began_is_cancelled_and_what_began_was_an_error() -> None:
    assert cancelled(S.PLANNED) is S.CANCELLED
    assert cancelled(S.ARRIVED) is S.CANCELLED
    assert cancelled(S.IN_PROGRESS) is S.ENTERED_IN_ERROR
    with pytest.raises(NotAllowed):
        cancelled(S.FINISHED)


@pytest.mark.parametrize(
    ("code", "cls"),
    [
        ("I", EncounterClass.INPATIENT),
        ("E", EncounterClass.EMERGENCY),
        ("O", EncounterClass.AMBULATORY),
        ("P", EncounterClass.PRE_ADMISSION),
        ("R", EncounterClass.AMBULATORY),
        ("B", EncounterClass.INPATIENT),
        ("U", None),
        ("", None),
        ("?", None),
    ],
)
def test_patient_class_is_translated_or_left_alone(code: str, cls: EncounterClass | None) -> None:
    assert class_from_hl7(code) is cls


def test_a_disposition_code_only_the_site_knows_is_not_guessed() -> None:
    assert disposition_from_hl7("01") is Disposition.HOME
    assert disposition_from_hl7("99") is None


def test_every_source_and_destination_has_a_word() -> None:
    assert all(value.word for value in [*AdmitSource, *Disposition, *EncounterStatus])
    assert Disposition.DIED.value == "exp"
    assert S.FINISHED.word == "Discharged"
