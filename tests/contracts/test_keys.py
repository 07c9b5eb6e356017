"""Keys: where the root key lies, and what happens when it is the wrong one."""

from pathlib import Path

import pytest

from tests.databases import Database
from tests.stations import settings_for
from ward.config import DEMO_KEYS_MARK, SettingsError, read
from ward.crypto import Place, Unreadable, seal, unseal
from ward.db import new_id
from ward.dev.embedded import Stores
from ward.keys.providers import FileKeys
from ward.node import open_node


async def test_a_root_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    keys = FileKeys(tmp_path / "keys", demo=True)
    wrapped = await keys.wrap(b"k" * 32)
    assert keys.fresh
    assert keys.path.stat().st_mode & 0o777 == 0o600
    again = FileKeys(tmp_path / "keys")
    assert await again.unwrap(wrapped) == b"k" * 32
    assert not again.fresh


async def test_production_refuses_the_keys_of_a_demo(tmp_path: Path) -> None:
    await FileKeys(tmp_path / "keys", demo=True).wrap(b"k" * 32)
    assert (tmp_path / "keys" / DEMO_KEYS_MARK).exists()
    with pytest.raises(SettingsError, match="demo keys"):
        read(
            {
                "WARD_ENV": "production",
                "WARD_HOME": str(tmp_path),
                "WARD_DATABASE_URL": "postgresql://db/ward",
                "WARD_REDIS_URL": "redis://cache",
                "WARD_PUBLIC_URL": "https://ward.example",
            }
        )


async def test_a_database_does_not_open_under_another_root_key(
    database: Database, stores: Stores
) -> None:
    with pytest.raises(Unreadable, match="not the one this database uses"):
        await open_node(settings_for(database, stores, root_key="66" * 32))


@pytest.mark.parametrize("change", ["table", "column", "row_id", "subject_id"])
def test_a_ciphertext_opens_only_where_it_was_sealed(change: str) -> None:
    place = Place("patient", "identity", new_id(), new_id())
    other = {
        "table": Place("allergy", place.column, place.row_id, place.subject_id),
        "column": Place(place.table, "note", place.row_id, place.subject_id),
        "row_id": Place(place.table, place.column, new_id(), place.subject_id),
        "subject_id": Place(place.table, place.column, place.row_id, new_id()),
    }[change]
    envelope = seal(b"k" * 32, 1, place, b"plain")
    assert unseal(b"k" * 32, place, envelope) == b"plain"
    with pytest.raises(Unreadable):
        unseal(b"k" * 32, other, envelope)


def test_two_seals_of_one_value_look_different() -> None:
    place = Place("patient", "identity", new_id(), new_id())
    assert seal(b"k" * 32, 1, place, b"same") != seal(b"k" * 32, 1, place, b"same")
