"""A patient in a bed of Six East, as for medicines."""

from tests.medications.conftest import (  # noqa: F401 - fixtures
    _true_time,
    beginnings,
    ida,
    open_scene,
    quiet,
    quiet_ida,
    scene,
)
