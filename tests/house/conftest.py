"""The scene of the tests of stays, on a node that serves."""

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
