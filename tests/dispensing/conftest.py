"""A patient in a bed of Six East with no known allergies."""

from tests.adt.conftest import open_scene, quiet, scene  # noqa: F401 - fixtures
from tests.medications.conftest import beginnings, ida  # noqa: F401 - fixtures
