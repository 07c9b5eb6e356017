"""The simulator runs where the worker runs, and only when the settings want it."""

import pytest

from ward import modules
from ward.commands.serving import PARTS, _simulated
from ward.config import read
from ward.dev.simulator.day import PART, Simulator

ALL = frozenset(PARTS)


@pytest.fixture(autouse=True)
def _background(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "BACKGROUND", list(modules.BACKGROUND))


@pytest.mark.parametrize(
    ("environ", "parts", "runs"),
    [
        ({}, ALL, True),
        ({"WARD_SIMULATOR": "off"}, ALL, False),
        ({"WARD_ENV": "test"}, ALL, False),
        ({"WARD_ENV": "test", "WARD_SIMULATOR": "60"}, ALL, True),
        ({}, frozenset({"mllp"}), False),
        ({}, frozenset[str](), False),
    ],
)
def test_the_simulator_follows_its_setting_alone(
    environ: dict[str, str], parts: frozenset[str], runs: bool
) -> None:
    chosen = _simulated(read(environ), parts)
    assert chosen == (parts | {PART} if runs else parts)
    assert (Simulator in modules.BACKGROUND) is runs
