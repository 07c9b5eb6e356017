"""Passwords: what a password costs where no test has made it cheap (tests/conftest.py does)."""

import importlib.util

from argon2 import extract_parameters
from argon2.low_level import Type

from ward.security import passwords


def test_a_password_costs_what_owasp_asks_for() -> None:
    assert passwords.__spec__
    assert passwords.__spec__.origin
    spec = importlib.util.spec_from_file_location("as_shipped", passwords.__spec__.origin)
    assert spec
    assert spec.loader
    shipped = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shipped)
    used = extract_parameters(shipped._HASHER.hash("a password"))
    assert used.type is Type.ID
    assert used.memory_cost >= 19 * 1024  # OWASP password storage: argon2id, m=19 MiB, t=2, p=1
    assert used.time_cost >= 2
    assert used.salt_len >= 16
    unknown = extract_parameters(shipped._dummy())
    assert unknown == used, "somebody unknown costs as much as somebody known"
