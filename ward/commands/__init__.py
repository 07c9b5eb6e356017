"""Commands: what `ward` can do, one file per kind of work."""

from ward.commands import checking, importing, laboratory, people, places, push, serving, walls

__all__ = [
    "checking",
    "importing",
    "laboratory",
    "people",
    "places",
    "push",
    "serving",
    "walls",
]
