"""A clinic with people who come."""

from tests.scheduling.conftest import (  # noqa: F401 - fixtures
    _true_time,
    beginnings,
    clinic,
    open_door,
    open_scene,
    quiet,
    scene,
)
