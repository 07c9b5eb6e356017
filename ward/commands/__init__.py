"""Commands: what `ward` can do, one file per kind of work."""

from ward.commands import (
    auditing,
    checking,
    importing,
    keeping,
    keys,
    laboratory,
    people,
    places,
    push,
    serving,
    walls,
)

__all__ = [
    "auditing",
    "checking",
    "importing",
    "keeping",
    "keys",
    "laboratory",
    "people",
    "places",
    "push",
    "serving",
    "walls",
]
