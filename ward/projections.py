"""Projections: what leaves the queries: frozen, and of one class of data each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import NoneType
from typing import Any, TypeVar, dataclass_transform
from uuid import UUID

from domain.access import DataClass

_MARK = "__data_class__"
_PLAIN = frozenset({str, int, bool, NoneType, UUID, date, datetime})
"""What most of a context is: none of these is a projection, or holds one."""
T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def projection(data: DataClass) -> Callable[[type[T]], type[T]]:
    """Make a frozen dataclass of one class of data; views are built by leaving classes out."""

    def decorate(kind: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True)(kind)
        setattr(made, _MARK, data)
        return made

    return decorate


def within(value: Any, classes: frozenset[DataClass]) -> Any:
    """Leave out of a template's context every projection whose class is not among these.

    A projection becomes None, one in a list is dropped, mappings are walked; plain
    values (labels, instants) pass.
    """
    if type(value) in _PLAIN:
        return value
    mark = getattr(value, _MARK, None)
    if mark is not None:
        return value if mark in classes else None
    if isinstance(value, Mapping):
        return {name: within(item, classes) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [item for item in value if getattr(item, _MARK, None) in {None, *classes}]
    return value
