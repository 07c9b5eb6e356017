"""What hangs on a place is named: a module that is forgotten keeps the app from starting."""

import subprocess
import sys

import pytest
from sqlalchemy import Column, ForeignKey, MetaData, Table, Uuid

from tests.stations import Running
from ward.app import build_app
from ward.config import ROOT
from ward.db import Model
from ward.house import hangs
from ward.security.policy import Undeclared


def test_whatever_else_was_imported_every_table_is_asked_about() -> None:
    alone = "from ward.house import hangs; hangs.refuse_unnamed()"
    subprocess.run([sys.executable, "-c", alone], cwd=ROOT, check=True, timeout=60)


def copied() -> MetaData:
    """Copy all tables, so that one can be added."""
    metadata = MetaData()
    for table in Model.metadata.tables.values():
        table.to_metadata(metadata)
    return metadata


@pytest.mark.parametrize("place", ["branch", "ward", "room"])
def test_a_new_table_that_hangs_on_a_place_must_be_named(place: str) -> None:
    metadata = copied()
    hangs.refuse_unnamed(metadata)
    Table("visitor", metadata, Column("at_id", Uuid, ForeignKey(f"{place}.id")))
    with pytest.raises(Undeclared, match=r"visitor\.at_id hangs on a place"):
        hangs.refuse_unnamed(metadata)


async def test_the_app_does_not_start_with_one_that_is_not_named(
    ward: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {name: why for name, why in hangs.LEFT.items() if name != "closure.ward_id"}
    monkeypatch.setattr(hangs, "LEFT", named)
    with pytest.raises(Undeclared, match=r"closure\.ward_id"):
        build_app(ward.node)


def test_what_is_no_more_or_is_named_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hangs, "LEFT", hangs.LEFT | {"visitor.ward_id": "left"})
    with pytest.raises(Undeclared, match=r"visitor\.ward_id hangs on no place"):
        hangs.refuse_unnamed()
    monkeypatch.setattr(hangs, "LEFT", hangs.LEFT | {"stay.ward_id": "left"})
    with pytest.raises(Undeclared, match=r"stay\.ward_id keeps a place open"):
        hangs.refuse_unnamed()


def test_what_keeps_a_place_open_is_asked_of_the_very_tables_it_names() -> None:
    for kind in (*hangs.ON_WARD, *hangs.ON_BRANCH, *hangs.IN_ROOM):
        for name in kind.of:
            table, column = name.split(".")
            assert table in kind.statement.text.split(), name
            assert column in kind.statement.text, name
